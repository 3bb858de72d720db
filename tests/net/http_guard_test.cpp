// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/http_guard.h"

#include <QRandomGenerator>
#include <QTest>

#include <memory>

using namespace ringmaster;

namespace {

using Verdict = HttpGuard::Verdict;

const HttpLimits smallLimits{.headBytes = 512, .fields = 8, .bodyBytes = 1000};

QByteArray get(const QByteArray& fields)
{
    return "GET /x HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n";
}

QByteArray put(const QByteArray& fields)
{
    return "PUT /x HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n";
}

} // namespace

class HttpGuardTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void refusesByName_data();
    void refusesByName();
    void acceptsByName_data();
    void acceptsByName();
    void readsAHeadAsItWasMeant();
    void needsMoreOfEveryTruncatedHead();
    void judgesByteByByteAsItJudgesWhole();
    void stopsAtTheEndOfTheHead();
    void refusesAHeadThatNeverEndsAtItsBound();
    void survivesRandomHeads();
};

void HttpGuardTest::refusesByName_data()
{
    QTest::addColumn<QByteArray>("head");
    QTest::addColumn<int>("status");

    const auto row = [](const char* name, const QByteArray& head, int status = 400) {
        QTest::newRow(name) << head << status;
    };
    row("not http at all", QByteArray("\x01\x02\x03garbage"));
    row("a TLS hello", QByteArray::fromHex("160301020001000001fc0303"));
    row("the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    row("a request line without a version", "GET /x\r\nHost: localhost\r\n\r\n");
    row("a request line of one word", "GET\r\nHost: localhost\r\n\r\n");
    row("two spaces before the path", "GET  /x HTTP/1.1\r\nHost: localhost\r\n\r\n");
    row("a space in the path", "GET /x y HTTP/1.1\r\nHost: localhost\r\n\r\n");
    row("a tab in the path", "GET /x\ty HTTP/1.1\r\nHost: localhost\r\n\r\n");
    row("a fragment in the path", "GET /x#y HTTP/1.1\r\nHost: localhost\r\n\r\n");
    row("a path without a slash", "GET x HTTP/1.1\r\nHost: localhost\r\n\r\n");
    row("a target of another scheme", "GET ftp://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n");
    row("an absolute target without a path", "GET http://localhost HTTP/1.1\r\nHost: localhost\r\n\r\n");
    row("an absolute target of another host", "GET http://evil/ HTTP/1.1\r\nHost: localhost\r\n\r\n");
    row("a method that is no token", "G@T /x HTTP/1.1\r\nHost: localhost\r\n\r\n");
    row("a method without end", QByteArray(40, 'G') + " /x HTTP/1.1\r\nHost: localhost\r\n\r\n");
    row("HTTP/0.9", "GET /x HTTP/0.9\r\n\r\n");
    row("HTTP/2.0", "GET /x HTTP/2.0\r\nHost: localhost\r\n\r\n");
    row("http in lower case", "GET /x http/1.1\r\nHost: localhost\r\n\r\n");
    row("a line that ends with LF alone", "GET /x HTTP/1.1\nHost: localhost\r\n\r\n");
    row("a header that ends with LF alone", "GET /x HTTP/1.1\r\nHost: localhost\nA: b\r\n\r\n");
    row("a head that ends with LF alone", "GET /x HTTP/1.1\r\nHost: localhost\r\n\n");
    row("a CR inside a header", get("A: b\rc\r\n"));
    row("a zero byte in a header", get(QByteArray("A: b\0c\r\n", 8)));
    row("a control byte in a header", get("A: b\x07\r\n"));
    row("a DEL in a header", get("A: b\x7f\r\n"));
    row("a space before the colon", get("A : b\r\n"));
    row("a tab before the colon", get("A\t: b\r\n"));
    row("a header without a colon", get("nothing\r\n"));
    row("a header without a name", get(": b\r\n"));
    row("a folded header", get("A: b\r\n c\r\n"));
    row("a first header that is folded", "GET /x HTTP/1.1\r\n Host: localhost\r\n\r\n");
    row("no host", "GET /x HTTP/1.1\r\nA: b\r\n\r\n");
    row("two hosts", get("Host: localhost\r\n"));
    row("two hosts in HTTP/1.0", "GET /x HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n");
    row("two origins", get("Origin: http://a\r\nOrigin: http://b\r\n"));
    row("two lengths that differ", put("Content-Length: 5\r\nContent-Length: 6\r\n"));
    row("two lengths that agree", put("Content-Length: 5\r\nContent-Length: 5\r\n"));
    row("a list of lengths", put("Content-Length: 5, 5\r\n"));
    row("a length with a sign", put("Content-Length: +5\r\n"));
    row("a negative length", put("Content-Length: -5\r\n"));
    row("a length in hexadecimal", put("Content-Length: 0x5\r\n"));
    row("a length with a blank inside", put("Content-Length: 5 5\r\n"));
    row("an empty length", put("Content-Length:\r\n"));
    row("a length and chunks", put("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"));
    row("chunks and a length", put("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"));
    row("two transfer encodings", put("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"));
    row("a list of transfer encodings", put("Transfer-Encoding: gzip, chunked\r\n"));
    row("an unknown transfer encoding", put("Transfer-Encoding: xchunked\r\n"));
    row("identity as transfer encoding", put("Transfer-Encoding: identity\r\n"));
    row("chunks in HTTP/1.0", "PUT /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n");
    row("an unknown expectation", put("Expect: miracles\r\n"));
    row("many empty lines ahead", QByteArray("\r\n").repeated(5) + get(""));
    row("a body over the limit", put("Content-Length: 1001\r\n"), 413);
    row("a length of 2^63", put("Content-Length: 9223372036854775808\r\n"), 413);
    row("a length of 2^64-1", put("Content-Length: 18446744073709551615\r\n"), 413);
    row("a length of 2^64+5", put("Content-Length: 18446744073709551621\r\n"), 413);
    row("nine headers", get(QByteArray("A: b\r\n").repeated(8)), 431);
    row("a head over the limit", get("A: " + QByteArray(512, 'b') + "\r\n"), 431);
}

void HttpGuardTest::refusesByName()
{
    QFETCH(QByteArray, head);
    QFETCH(int, status);
    HttpGuard guard(smallLimits);
    QCOMPARE(guard.judge(head), Verdict::Refuse);
    QCOMPARE(guard.refusal().status, status);
    QVERIFY(guard.refusal().message.size() > 10);
    QVERIFY(guard.refusal().message.endsWith(QLatin1Char('.')));
}

void HttpGuardTest::acceptsByName_data()
{
    QTest::addColumn<QByteArray>("head");
    const auto row = [](const char* name, const QByteArray& head) { QTest::newRow(name) << head; };
    row("the least of HTTP/1.1", "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    row("the least of HTTP/1.0", "GET / HTTP/1.0\r\n\r\n");
    row("an empty line ahead", "\r\n" + get(""));
    row("two empty lines ahead", "\r\n\r\n" + get(""));
    row("an empty header", get("A:\r\n"));
    row("a value with tabs", get("A: b\tc\t\r\n"));
    row("a value in UTF-8", get("A: \xc3\xbc\r\n"));
    row("a path in UTF-8", "GET /\xc3\xbc HTTP/1.1\r\nHost: a\r\n\r\n");
    row("a target in absolute form", "GET http://LOCALHOST/x HTTP/1.1\r\nHost: localhost\r\n\r\n");
    row("a star", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    row("eight headers", get(QByteArray("A: b\r\n").repeated(7)));
    row("a body at the limit", put("Content-Length: 1000\r\n"));
    row("a length with zeros ahead", put("Content-Length: 0000000000000000000000010\r\n"));
    row("chunks", put("Transfer-Encoding: Chunked\r\n"));
    row("an expectation", put("Content-Length: 3\r\nExpect: 100-Continue\r\n"));
    row("an upgrade that we do not know", get("Connection: Upgrade\r\nUpgrade: h2c\r\n"));
}

void HttpGuardTest::acceptsByName()
{
    QFETCH(QByteArray, head);
    HttpGuard guard(smallLimits);
    QCOMPARE(guard.judge(head), Verdict::Accept);
    QCOMPARE(guard.headBytes(), head.size());
}

void HttpGuardTest::readsAHeadAsItWasMeant()
{
    HttpGuard guard(smallLimits);
    const QByteArray head = "PUT /a%20b?x=1&y HTTP/1.1\r\nhOST: node:81\r\nX-Ring-Context: \t abc \r\n"
                            "content-length: 7\r\nConnection: keep-alive , CLOSE\r\nOrigin: http://o\r\n\r\n";
    QCOMPARE(guard.judge(head), Verdict::Accept);
    const HttpRequest& request = guard.request();
    QCOMPARE(request.method, "PUT");
    QCOMPARE(request.path, "/a%20b");
    QCOMPARE(request.query, "x=1&y");
    QCOMPARE(request.host, "node:81");
    QCOMPARE(request.field("x-ring-context").value(), "abc");
    QVERIFY(!request.field("x-ring"));
    QCOMPARE(request.origin.value(), "http://o");
    QCOMPARE(request.contentLength, 7);
    QVERIFY(!request.keepAlive);
    QVERIFY(request.isWrite());
    QVERIFY(!request.wantsWebSocket);

    guard.reset();
    QCOMPARE(
        guard.judge(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n\r\n"),
        Verdict::Accept);
    QVERIFY(guard.request().wantsWebSocket);
    QVERIFY(guard.request().keepAlive);
    QVERIFY(!guard.request().origin);
}

void HttpGuardTest::needsMoreOfEveryTruncatedHead()
{
    const QByteArray head =
        "\r\n" + put("Content-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n");
    for (qsizetype length = 0; length < head.size(); ++length) {
        HttpGuard guard(smallLimits);
        QCOMPARE(guard.judge(head.first(length)), Verdict::NeedMore);
    }
}

void HttpGuardTest::judgesByteByByteAsItJudgesWhole()
{
    const QByteArray head = put("Content-Length: 5\r\nA: b\r\n");
    HttpGuard guard(smallLimits);
    for (qsizetype length = 1; length < head.size(); ++length)
        QCOMPARE(guard.judge(head.first(length)), Verdict::NeedMore);
    QCOMPARE(guard.judge(head), Verdict::Accept);
    QCOMPARE(guard.request().contentLength, 5);
    QCOMPARE(guard.request().fields.size(), size_t{3});
}

void HttpGuardTest::stopsAtTheEndOfTheHead()
{
    HttpGuard guard(smallLimits);
    const QByteArray first = get("");
    QCOMPARE(guard.judge(first + QByteArray("\0\x16 anything \n\n", 14)), Verdict::Accept);
    QCOMPARE(guard.headBytes(), first.size());
}

void HttpGuardTest::refusesAHeadThatNeverEndsAtItsBound()
{
    HttpGuard guard(smallLimits);
    QByteArray head = "GET /";
    while (head.size() < 512) {
        head += 'x';
        QCOMPARE(guard.judge(head), Verdict::NeedMore);
    }
    QCOMPARE(guard.judge(head + 'x'), Verdict::Refuse);
    QCOMPARE(guard.refusal().status, 431);
}

// Heads put together from likely pieces, then damaged: most get far into the parser.
void HttpGuardTest::survivesRandomHeads()
{
    const quint32 seed = QRandomGenerator::system()->generate();
    qInfo() << "seed" << seed;
    QRandomGenerator random(seed);
    const QList<QByteArray> pieces = {"GET ",
                                      "PUT ",
                                      "/",
                                      "/api/v1/kv/%00",
                                      " HTTP/1.1",
                                      " HTTP/1.0",
                                      "\r\n",
                                      "\r\n",
                                      "\r\n\r\n",
                                      "Host: localhost",
                                      "Content-Length: 5",
                                      "Transfer-Encoding: chunked",
                                      "Connection: close",
                                      ": ",
                                      " ",
                                      "\t",
                                      "\n",
                                      "\r",
                                      "Expect: 100-continue",
                                      "Upgrade: websocket",
                                      QByteArray(1, '\0'),
                                      "\x16\x03\x01",
                                      "http://",
                                      "%",
                                      "18446744073709551616",
                                      QByteArray(200, 'x'),
                                      "\xff\xfe",
                                      "PRI * HTTP/2.0"};
    for (int round = 0; round < 10'000; ++round) {
        QByteArray head = random.bounded(2) == 0 ? QByteArray() : get("Content-Length: 5\r\n");
        const int count = random.bounded(30);
        for (int i = 0; i < count; ++i)
            head.insert(random.bounded(static_cast<int>(head.size()) + 1),
                        pieces[random.bounded(pieces.size())]);
        for (int i = random.bounded(3); i > 0 && !head.isEmpty(); --i)
            head[random.bounded(head.size())] = static_cast<char>(random.bounded(256));

        HttpGuard guard(smallLimits);
        qsizetype given = 0;
        Verdict verdict = Verdict::NeedMore;
        while (verdict == Verdict::NeedMore && given < head.size()) {
            given = std::min(head.size(), given + 1 + random.bounded(100));
            // A copy of just this size, so that a sanitizer sees the first byte beyond it.
            const auto copy = std::make_unique<char[]>(static_cast<size_t>(given));
            std::copy_n(head.constData(), given, copy.get());
            verdict = guard.judge(QByteArrayView(copy.get(), given));
            if (verdict == Verdict::Accept)
                QVERIFY(guard.headBytes() <= std::min(given, smallLimits.headBytes));
            QVERIFY(guard.request().fields.size() <= size_t(smallLimits.fields));
        }
        if (verdict == Verdict::Refuse)
            QVERIFY(guard.refusal().status >= 400);
        if (verdict == Verdict::NeedMore)
            QVERIFY(head.size() <= smallLimits.headBytes);
    }
}

QTEST_GUILESS_MAIN(HttpGuardTest)
#include "http_guard_test.moc"
