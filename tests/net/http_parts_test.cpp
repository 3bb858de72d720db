// SPDX-License-Identifier: GPL-3.0-or-later
// The small parts that stand around the guard: chunks, hosts, parameters.
#include "nodecore/net/http_chunks.h"
#include "nodecore/net/http_fields.h"
#include "nodecore/net/http_hosts.h"
#include "nodecore/net/http_query.h"

#include <QRandomGenerator>
#include <QTest>

using namespace ringmaster;

namespace {

struct Decoded {
    ChunkDecoder::Verdict verdict = ChunkDecoder::Verdict::NeedMore;
    QByteArray body;
    qsizetype consumed = 0;
    int status = 0;
};

// Feeds the bytes in pieces of the given size, as a connection does.
Decoded decode(const QByteArray& bytes, qsizetype piece)
{
    ChunkDecoder decoder(1000, 100);
    Decoded decoded;
    QByteArray buffer;
    for (qsizetype at = 0; at < bytes.size() && decoded.verdict == ChunkDecoder::Verdict::NeedMore;
         at += piece) {
        buffer += bytes.sliced(at, std::min(piece, bytes.size() - at));
        qsizetype used = 0;
        decoded.verdict = decoder.feed(buffer, used, decoded.body);
        decoded.consumed += used;
        buffer.remove(0, used);
    }
    decoded.status = decoder.refusal().status;
    return decoded;
}

} // namespace

class HttpPartsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void joinsChunksHoweverTheyArrive();
    void refusesBrokenChunks_data();
    void refusesBrokenChunks();
    void survivesRandomChunks();

    void knowsWhichHostsAreOurs_data();
    void knowsWhichHostsAreOurs();
    void letsOnlyItsOwnPagesWrite_data();
    void letsOnlyItsOwnPagesWrite();

    void decodesPercentEscapes();
    void readsParametersStrictly_data();
    void readsParametersStrictly();
    void saturatesLargeNumbers();
};

void HttpPartsTest::joinsChunksHoweverTheyArrive()
{
    const QByteArray bytes =
        "5\r\nhello\r\n0006;name=value\r\n world\r\nA \t;x\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n";
    for (qsizetype piece = 1; piece <= bytes.size(); ++piece) {
        const Decoded decoded = decode(bytes + "next", piece);
        QCOMPARE(decoded.verdict, ChunkDecoder::Verdict::Done);
        QCOMPARE(decoded.body, "hello world0123456789");
        QCOMPARE(decoded.consumed, bytes.size());
    }
}

void HttpPartsTest::refusesBrokenChunks_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("status");
    QTest::newRow("no size") << QByteArray("\r\nhello") << 400;
    QTest::newRow("a negative size") << QByteArray("-5\r\nhello") << 400;
    QTest::newRow("a size with 0x") << QByteArray("0x5\r\nhello") << 400;
    QTest::newRow("a size that is no number") << QByteArray("five\r\n") << 400;
    QTest::newRow("a size that overflows") << QByteArray("ffffffffffffffff1\r\n") << 400;
    QTest::newRow("a size line that ends with LF") << QByteArray("5\nhello\r\n0\r\n\r\n") << 400;
    QTest::newRow("a size line without end") << QByteArray("5;" + QByteArray(300, 'x')) << 400;
    QTest::newRow("a CR in the size line") << QByteArray("5;\rx\r\nhello\r\n") << 400;
    QTest::newRow("a chunk longer than its size") << QByteArray("5\r\nhello!\r\n") << 400;
    QTest::newRow("a body over the limit") << QByteArray("3e9\r\n") << 413;
    QTest::newRow("a huge chunk") << QByteArray("7fffffffffffff\r\n") << 413;
    QTest::newRow("a trailer that ends with LF") << QByteArray("0\r\nA: b\n\r\n") << 400;
    QTest::newRow("a trailer without end") << QByteArray("0\r\nA: " + QByteArray(200, 'x')) << 431;
}

void HttpPartsTest::refusesBrokenChunks()
{
    QFETCH(QByteArray, bytes);
    QFETCH(int, status);
    for (const qsizetype piece : {qsizetype{1}, qsizetype{3}, bytes.size()}) {
        const Decoded decoded = decode(bytes, piece);
        QCOMPARE(decoded.verdict, ChunkDecoder::Verdict::Refuse);
        QCOMPARE(decoded.status, status);
    }
}

void HttpPartsTest::survivesRandomChunks()
{
    const quint32 seed = QRandomGenerator::system()->generate();
    qInfo() << "seed" << seed;
    QRandomGenerator random(seed);
    const QList<QByteArray> pieces = {"5\r\nhello\r\n", "0\r\n", "\r\n", "a", "\n", ";", "3e8\r\n", "x"};
    for (int round = 0; round < 10'000; ++round) {
        QByteArray bytes;
        for (int i = random.bounded(12); i >= 0; --i)
            bytes += pieces[random.bounded(pieces.size())];
        const Decoded decoded = decode(bytes, 1 + random.bounded(8));
        QVERIFY(decoded.body.size() <= 1000);
        QVERIFY(decoded.consumed <= bytes.size());
    }
}

void HttpPartsTest::knowsWhichHostsAreOurs_data()
{
    QTest::addColumn<QByteArray>("host");
    QTest::addColumn<bool>("isOurs");
    const auto row = [](const char* host, bool isOurs) { QTest::newRow(host) << QByteArray(host) << isOurs; };
    row("localhost", true);
    row("LocalHost:8101", true);
    row("127.0.0.1:8101", true);
    row("192.168.0.7", true);
    row("[::1]:8101", true);
    row("[fe80::1]", true);
    row("node.example", true); // allowed
    row("NODE.example:80", true);
    row("listening.example", true);
    row("evil.example", false);
    row("localhost.evil.example", false);
    row("notlocalhost", false);
    row("node.example.evil", false);
    row("node.example:80:80", false);
    row("127.0.0.1.evil.example", false);
    row("127.1", false);
    row("0x7f.0.0.1", false);
    row("256.0.0.1", false);
    row("1.2.3.4.5", false);
    row("[evil.example]", false);
    row("[::1", false);
    row("[::1]x", false);
    row("localhost:", false);
    row("localhost:99999", false);
    row(":80", false);
    row("user@localhost", false);
}

void HttpPartsTest::knowsWhichHostsAreOurs()
{
    QFETCH(QByteArray, host);
    QFETCH(bool, isOurs);
    const HostPolicy policy(QStringLiteral("listening.example"), {QStringLiteral("node.example")});
    QCOMPARE(policy.isOurs(host), isOurs);
    HttpRequest request;
    request.method = "GET";
    request.host = host;
    const auto refusal = policy.judge(request);
    QCOMPARE(refusal.has_value(), !isOurs);
    if (refusal)
        QCOMPARE(refusal->status, 403);
}

void HttpPartsTest::letsOnlyItsOwnPagesWrite_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("origin");
    QTest::addColumn<bool>("isWebSocket");
    QTest::addColumn<bool>("isWelcome");
    const auto row = [](const char* name, const char* method, const char* origin, bool socket, bool welcome) {
        QTest::newRow(name) << QByteArray(method) << QByteArray(origin) << socket << welcome;
    };
    row("its own page writes", "PUT", "http://localhost:8101", false, true);
    row("its own page listens", "GET", "http://localhost:8101", true, true);
    row("a foreign page writes", "PUT", "http://evil.example", false, false);
    row("a foreign page posts", "POST", "http://evil.example", false, false);
    row("a foreign page deletes", "DELETE", "http://evil.example", false, false);
    row("a foreign page listens", "GET", "http://evil.example", true, false);
    row("a foreign page reads what it cannot see", "GET", "http://evil.example", false, true);
    row("a page of another port", "PUT", "http://localhost:9999", false, false);
    row("a page of no port", "PUT", "http://localhost", false, false);
    row("a page over TLS", "PUT", "https://localhost:8101", false, false);
    row("a page without an origin to name", "PUT", "null", false, false);
    row("an empty origin", "PUT", "", false, false);
}

void HttpPartsTest::letsOnlyItsOwnPagesWrite()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, origin);
    QFETCH(bool, isWebSocket);
    QFETCH(bool, isWelcome);
    HttpRequest request;
    request.method = method;
    request.host = "localhost:8101";
    request.origin = origin;
    request.wantsWebSocket = isWebSocket;
    QCOMPARE(!HostPolicy({}, {}).judge(request).has_value(), isWelcome);
}

void HttpPartsTest::decodesPercentEscapes()
{
    QCOMPARE(percentDecoded("a+b%2Fc%2f/%C3%BC").value(), QByteArray("a+b/c//\xc3\xbc"));
    QCOMPARE(percentDecoded("%00").value(), QByteArray(1, '\0'));
    QCOMPARE(percentDecoded("").value(), QByteArray());
    QCOMPARE(percentDecoded("%25%32%35").value(), QByteArray("%25"));
    for (const char* bad : {"%", "a%", "a%2", "%g0", "%0g", "%%", "% 1", "%+1"})
        QVERIFY2(!percentDecoded(bad), bad);

    QByteArray every;
    QByteArray encoded;
    for (int byte = 0; byte < 256; ++byte) {
        every.append(static_cast<char>(byte));
        encoded.append('%' + QByteArray::number(byte + 256, 16).last(2));
    }
    QCOMPARE(percentDecoded(encoded).value(), every);
    QCOMPARE(percentDecoded(encoded.toUpper()).value(), every);
}

void HttpPartsTest::readsParametersStrictly_data()
{
    QTest::addColumn<QByteArray>("query");
    QTest::addColumn<QString>("complaint"); // empty: none
    const auto row = [](const char* query, const char* complaint) {
        QTest::newRow(query[0] ? query : "nothing") << QByteArray(query) << QString::fromUtf8(complaint);
    };
    row("", "");
    row("n=3", "");
    row("n=1&flag=true&word=yes", "");
    row("&n=1&", "");
    row("%6E=1", "");
    row("n=0", "\"n\" is \"0\"");
    row("n=4", "\"n\" is \"4\"");
    row("n=", "\"n\"");
    row("n", "\"n\"");
    row("n=1x", "\"n\"");
    row("n=+1", "\"n\"");
    row("n=99999999999999999999", "\"n\"");
    row("n=1&n=1", "\"n\" is given more than once");
    row("flag=yes", "\"flag\"");
    row("word=no", "\"word\"");
    row("other=1", "no parameter \"other\"");
    row("=1", "no parameter \"\"");
    row("n=%zz", "two hexadecimal");
    row("a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p&q&r", "more than 16");
}

void HttpPartsTest::readsParametersStrictly()
{
    QFETCH(QByteArray, query);
    QFETCH(QString, complaint);
    QueryReader reader(query);
    reader.integer("n", 1, 3);
    reader.flag("flag");
    reader.word("word", "yes");
    const Result<void> read = reader.finish();
    QCOMPARE(read.has_value(), complaint.isEmpty());
    if (!read) {
        QCOMPARE(read.error().code, ErrorCode::Malformed);
        QVERIFY2(read.error().message.contains(complaint), qPrintable(read.error().message));
    }
}

void HttpPartsTest::saturatesLargeNumbers()
{
    QCOMPARE(saturatedNumber("9223372036854775807").value(), std::numeric_limits<qint64>::max());
    QCOMPARE(saturatedNumber("9223372036854775808").value(), std::numeric_limits<qint64>::max());
    QCOMPARE(saturatedNumber(QByteArray(100, '9')).value(), std::numeric_limits<qint64>::max());
    QCOMPARE(saturatedNumber("007").value(), 7);
    QVERIFY(!saturatedNumber(""));
    QVERIFY(!saturatedNumber("1a"));
}

QTEST_GUILESS_MAIN(HttpPartsTest)
#include "http_parts_test.moc"
