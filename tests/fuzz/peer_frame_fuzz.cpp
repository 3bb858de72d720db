// SPDX-License-Identifier: GPL-3.0-or-later
// A peer's stream of bytes: cut into frames, the first read as an introduction, all others as messages.
// The first byte of the input says how the stream is cut up.
#include "nodecore/membership/member.h"
#include "nodecore/net/peer_frame_reader.h"
#include "nodecore/wire/hello.h"
#include "nodecore/wire/message.h"
#include "tests/fuzz/fuzz.h"

using namespace ringmaster;
using fuzz::require;

namespace {

constexpr qsizetype maxHelloBytes = 4096;
constexpr qsizetype maxFrameBytes = 1 << 20;
constexpr qsizetype bufferBytes = 1024;

struct Frames {
    std::vector<QByteArray> all;
    bool failed = false;
    friend bool operator==(const Frames&, const Frames&) = default;
};

class Receiver {
public:
    bool receive(QByteArrayView bytes)
    {
        while (!bytes.isEmpty() && !m_reader.failed()) {
            const std::span<char> space = m_reader.space();
            require(!space.empty(), "there is always space to receive into");
            const qsizetype count = std::min<qsizetype>(bytes.size(), static_cast<qsizetype>(space.size()));
            std::copy_n(bytes.begin(), count, space.begin());
            m_reader.filled(count);
            m_received += count;
            bytes = bytes.sliced(count);
            require(m_reader.capacity() <= std::max(2 * m_received, bufferBytes),
                    "the buffer grows with what arrives");
            takeFrames();
        }
        m_frames.failed = m_reader.failed();
        return !m_reader.failed();
    }
    Frames frames() { return std::move(m_frames); }

private:
    void takeFrames()
    {
        while (const auto frame = m_reader.next()) {
            if (m_frames.all.empty())
                m_reader.setBounds(maxFrameBytes, bufferBytes);
            m_frames.all.push_back(frame->toByteArray());
        }
    }

    PeerFrameReader m_reader{maxHelloBytes, bufferBytes};
    Frames m_frames;
    qsizetype m_received = 0;
};

void readIntroduction(const QByteArray& frame)
{
    if (const Result<Hello> hello = Hello::decode(frame))
        require(hello->encoded() == frame, "a hello has one encoding");
    if (const std::optional<Refusal> refusal = Refusal::decode(frame))
        require(Refusal::decode(refusal->encoded()).has_value(), "a refusal can be told on");
}

// A long error is cut where it is told on, and a time beyond an hour where it is read. No node of ours sends
// either.
bool isCut(const wire::Message& message)
{
    const auto isLong = [](const auto& alternative) {
        if constexpr (requires { alternative.error; })
            return alternative.error && alternative.error->message.size() > wire::maxErrorBytes / 4;
        else
            return false;
    };
    const auto* reply = std::get_if<wire::ForwardReply>(&message);
    const auto isLate = [](const TraceStep& step) { return step.at >= std::chrono::hours(1); };
    return std::visit(isLong, message) ||
           (reply && std::any_of(reply->steps.begin(), reply->steps.end(), isLate));
}

void readMembers(const wire::Message& message)
{
    const auto* members = std::get_if<wire::Members>(&message);
    if (!members)
        return;
    for (const QByteArray& record : members->records) {
        ByteReader from(record);
        const Member member = Member::decode(from);
        if (!from.finished())
            continue;
        ByteWriter to;
        member.encode(to);
        require(to.result() == record, "a member has one encoding");
    }
}

void readMessage(const QByteArray& frame)
{
    const std::optional<wire::Message> message = wire::decode(frame);
    if (!message)
        return;
    const QByteArray encoded = wire::encode(*message);
    require(isCut(*message) || encoded == frame, "a message has one encoding");
    const std::optional<wire::Message> again = wire::decode(encoded);
    require(again && wire::encode(*again) == encoded, "what was encoded can be decoded");
    readMembers(*message);
}

} // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    QByteArrayView stream = fuzz::viewOf(data, size);
    const quint8 pattern = fuzz::takeChoice(stream);
    Receiver whole;
    whole.receive(stream);
    const Frames frames = whole.frames();
    Receiver cut;
    fuzz::inPieces(stream, pattern, [&](QByteArrayView piece) { return cut.receive(piece); });
    require(cut.frames() == frames, "frames do not depend on how the stream is cut up");

    for (size_t i = 0; i < frames.all.size(); ++i) {
        if (i == 0)
            readIntroduction(frames.all[i]);
        else
            readMessage(frames.all[i]);
    }
    return 0;
}
