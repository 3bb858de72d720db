// SPDX-License-Identifier: GPL-3.0-or-later
// A client's bytes: the head of a request, its target and its body. The first byte of the input says how
// they are cut up.
#include "nodecore/client/client_json.h"
#include "nodecore/net/http_chunks.h"
#include "nodecore/net/http_fields.h"
#include "nodecore/net/http_guard.h"
#include "nodecore/net/http_hosts.h"
#include "nodecore/net/http_query.h"
#include "tests/fuzz/fuzz.h"

using namespace ringmaster;
using fuzz::require;

namespace {

// Small, so that the fuzzer reaches them.
constexpr HttpLimits limits{1024, 16, 512};
constexpr qsizetype maxTrailerBytes = 256;

bool liesWithin(QByteArrayView part, QByteArrayView whole)
{
    return part.isEmpty() || (part.begin() >= whole.begin() && part.end() <= whole.end());
}

void checkAccepted(const HttpGuard& guard, QByteArrayView bytes)
{
    const HttpRequest& request = guard.request();
    require(guard.headBytes() <= limits.headBytes && guard.headBytes() <= bytes.size(),
            "the head is bounded");
    require(bytes.first(guard.headBytes()).endsWith("\r\n\r\n"), "a head ends with an empty line");
    require(static_cast<int>(request.fields.size()) <= limits.fields, "fields are bounded");
    require(request.contentLength >= 0 && request.contentLength <= limits.bodyBytes, "a body is bounded");
    require(!request.isChunked || request.contentLength == 0, "a body has one length");
    require(isToken(request.method), "a method is a token");
    require(request.path.startsWith('/') || request.path == "*", "a path begins with a slash");
    for (const QByteArrayView part : {request.method, request.path, request.query, request.host})
        require(liesWithin(part, bytes), "the request points into its bytes");
    for (const HttpField& field : request.fields) {
        require(liesWithin(field.name, bytes) && liesWithin(field.value, bytes), "so do its fields");
        require(!field.value.contains('\n') && !field.value.contains('\0'), "a field is one line");
    }
}

struct Body {
    ChunkDecoder::Verdict verdict = ChunkDecoder::Verdict::NeedMore;
    int status = 0;
    qsizetype consumed = 0;
    QByteArray bytes;
    friend bool operator==(const Body&, const Body&) = default;
};

class BodyReader {
public:
    bool feed(QByteArrayView piece)
    {
        m_unread.append(piece.data(), piece.size());
        qsizetype consumed = 0;
        m_body.verdict = m_decoder.feed(m_unread, consumed, m_body.bytes);
        require(consumed >= 0 && consumed <= m_unread.size(), "a decoder takes what is there");
        require(m_body.bytes.size() <= limits.bodyBytes, "a chunked body is bounded");
        m_unread.remove(0, consumed);
        m_body.consumed += consumed;
        return m_body.verdict == ChunkDecoder::Verdict::NeedMore;
    }
    Body body()
    {
        if (m_body.verdict == ChunkDecoder::Verdict::Refuse) {
            m_body.status = m_decoder.refusal().status;
            m_body.consumed = 0; // the connection ends here
            m_body.bytes.clear();
        }
        return m_body;
    }

private:
    ChunkDecoder m_decoder{limits.bodyBytes, maxTrailerBytes};
    QByteArray m_unread;
    Body m_body;
};

void readChunks(QByteArrayView bytes, quint8 pattern)
{
    BodyReader whole;
    BodyReader cut;
    if (!bytes.isEmpty())
        whole.feed(bytes);
    fuzz::inPieces(bytes, pattern, [&](QByteArrayView piece) { return cut.feed(piece); });
    require(whole.body() == cut.body(), "a body does not depend on how it is cut up");
}

void readTarget(const HttpRequest& request)
{
    QueryReader query(request.query);
    (void)query.integer("r", 1, 255);
    (void)query.flag("sloppy");
    (void)query.word("trace", "1");
    const std::optional<QByteArray> prefix = query.bytes("prefix");
    const bool valid = query.finish().has_value();
    require(!valid || !prefix || prefix->size() <= request.query.size(), "decoding makes nothing longer");
    if (const Result<Key> key = keyFromPath(request.path.sliced(1)))
        require(keyFromPath(pathSegment(key->bytes())) == *key, "a key comes back from its path");
}

} // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    QByteArrayView bytes = fuzz::viewOf(data, size);
    const quint8 pattern = fuzz::takeChoice(bytes);
    HttpGuard whole(limits);
    const HttpGuard::Verdict verdict = whole.judge(bytes);

    HttpGuard cut(limits);
    HttpGuard::Verdict cutVerdict = HttpGuard::Verdict::NeedMore;
    qsizetype seen = 0;
    fuzz::inPieces(bytes, pattern, [&](QByteArrayView piece) {
        seen += piece.size();
        cutVerdict = cut.judge(bytes.first(seen));
        return cutVerdict == HttpGuard::Verdict::NeedMore;
    });
    require(cutVerdict == verdict, "a verdict does not depend on how a head is cut up");
    if (verdict == HttpGuard::Verdict::Refuse) {
        require(whole.refusal().status == cut.refusal().status, "nor does the status of a refusal");
        require(whole.refusal().status >= 400 && !whole.refusal().message.isEmpty(), "a refusal says why");
    }
    if (verdict != HttpGuard::Verdict::Accept)
        return 0;
    require(whole.headBytes() == cut.headBytes(), "nor does the end of a head");
    checkAccepted(whole, bytes);
    static const HostPolicy policy(QStringLiteral("node.example"), {QStringLiteral("db.example:8080")});
    (void)policy.judge(whole.request());
    readTarget(whole.request());
    if (whole.request().isChunked)
        readChunks(bytes.sliced(whole.headBytes()), pattern);
    return 0;
}
