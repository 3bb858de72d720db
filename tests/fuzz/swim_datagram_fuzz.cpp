// SPDX-License-Identifier: GPL-3.0-or-later
// Datagrams of failure detection. The input is several, each behind its length, without the head that says
// whose they are: what has another head is nothing at all. A detector that knows three members hears them one
// by one, and its timers run between them.
#include "nodecore/membership/swim_detector.h"
#include "tests/fuzz/fuzz.h"

using namespace ringmaster;
using fuzz::require;

namespace {

constexpr quint64 clusterTag = 7;
constexpr NodeId self{1};

class Ports final : public Clock, public Random, public Datagrams {
public:
    MonoTime now() const override { return time; }
    WallTime wallNow() const override { return {}; }
    quint64 next() override { return m_state = m_state * 6364136223846793005ULL + 1442695040888963407ULL; }
    void send(NodeId, const QString&, const QByteArray& datagram) override
    {
        require(datagram.size() <= Datagrams::maxBytes, "a datagram is bounded");
        require(SwimMessage::decode(datagram, clusterTag).has_value(), "what is sent is a message");
    }

    MonoTime time;

private:
    quint64 m_state = 1;
};

QByteArray headed(QByteArrayView body)
{
    ByteWriter to;
    to.u16(0x5253);
    to.u8(1);
    to.u64(clusterTag);
    return to.take() + body.toByteArray();
}

void checkMessage(const QByteArray& datagram)
{
    const std::optional<SwimMessage> message = SwimMessage::decode(datagram, clusterTag);
    if (!message)
        return;
    require(SwimMessage::senderOf(datagram) == message->from, "the sender stands where it is looked for");
    require(!SwimMessage::decode(datagram, clusterTag + 1), "a message is of one cluster");
    require(message->card.size() <= SwimMessage::maxCardBytes, "a card is bounded");
    require(message->updates.size() <= SwimMessage::maxUpdates, "updates are bounded");
    require(message->incarnation <= SwimUpdate::maxIncarnation, "an incarnation is bounded");
    const QByteArray encoded = message->encoded(clusterTag);
    require(encoded.size() <= datagram.size(), "there is no shorter encoding");
    require(SwimMessage::decode(encoded, clusterTag) == message, "what was encoded can be decoded");
}

} // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    Ports ports;
    Timers timers;
    SwimDetector detector({}, self, clusterTag, {ports, timers, ports, ports}, {});
    for (const quint64 member : {2, 3, 4})
        detector.setMember(NodeId{member}, QStringLiteral("node-%1:1").arg(member));
    detector.start();
    ByteReader from(fuzz::viewOf(data, size));
    while (from.remaining() > 0 && !from.failed()) {
        const QByteArray datagram = headed(from.view(2 * Datagrams::maxBytes));
        checkMessage(datagram);
        detector.receive(QStringLiteral("node-2:1"), datagram);
        detector.receiveOverLink(NodeId{3}, datagram);
        ports.time = ports.time + std::chrono::milliseconds(200);
        timers.runDue(ports.time);
        require(detector.incarnation() <= SwimUpdate::maxIncarnation, "its incarnation is bounded");
    }
    return 0;
}
