// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/client/http_response_parser.h"
#include "nodecore/client/node_pool.h"
#include "tests/net/client_fake_node.h"

#include <QTest>

using namespace ringmaster;

class ClientHttpTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void anAnswerIsReadWhereverItsBytesAreCut_data();
    void anAnswerIsReadWhereverItsBytesAreCut();
    void whatIsNoAnswerIsRefused_data();
    void whatIsNoAnswerIsRefused();
    void aBodyThatEndsWithTheConnectionIsRead();
    void aBodyOverTheLimitIsRefusedBeforeItComes();
    void requestsToOneNodeShareItsConnection();
    void moreRequestsThanConnectionsWaitTheirTurn();
    void aRequestIsNeverSentTwice();
    void theCallbackMayDeleteThePool();
    void anAddressThatIsNoneIsAnError();
};

void ClientHttpTest::anAnswerIsReadWhereverItsBytesAreCut_data()
{
    QTest::addColumn<QByteArray>("wire");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<bool>("keepAlive");
    QTest::newRow("length") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello") << 200
                            << QByteArray("hello") << true;
    QTest::newRow("empty") << QByteArray("HTTP/1.1 404 Not Found\r\ncontent-length:0\r\n\r\n") << 404
                           << QByteArray() << true;
    QTest::newRow("close") << QByteArray("HTTP/1.1 200 \r\nConnection: close\r\nContent-Length: 1\r\n\r\nx")
                           << 200 << QByteArray("x") << false;
    QTest::newRow("no content") << QByteArray("HTTP/1.1 204 No Content\r\n\r\n") << 204 << QByteArray()
                                << true;
    QTest::newRow("continue first")
        << QByteArray("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") << 200
        << QByteArray("ok") << true;
    QTest::newRow("chunked") << QByteArray("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                           "3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n")
                             << 200 << QByteArray("abc0123456789") << true;
}

void ClientHttpTest::anAnswerIsReadWhereverItsBytesAreCut()
{
    QFETCH(QByteArray, wire);
    for (qsizetype cut = 0; cut <= wire.size(); ++cut) {
        HttpResponseParser parser(1000);
        parser.feed(wire.left(cut));
        QCOMPARE(parser.finished(), cut == wire.size());
        parser.feed(wire.mid(cut));
        QVERIFY2(parser.finished(), qPrintable(parser.problem()));
        QTEST(parser.status(), "status");
        QTEST(parser.takeBody(), "body");
        QTEST(parser.keepAlive(), "keepAlive");
    }
}

void ClientHttpTest::whatIsNoAnswerIsRefused_data()
{
    QTest::addColumn<QByteArray>("wire");
    QTest::newRow("not http") << QByteArray("SSH-2.0-OpenSSH\r\n\r\n");
    QTest::newRow("no status") << QByteArray("HTTP/1.1 abc\r\n\r\n");
    QTest::newRow("no name") << QByteArray("HTTP/1.1 200 OK\r\n: x\r\n\r\n");
    QTest::newRow("negative length") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n");
    QTest::newRow("huge length") << QByteArray(
        "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n");
    QTest::newRow("two lengths") << QByteArray(
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n");
    QTest::newRow("unknown encoding") << QByteArray("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n");
    QTest::newRow("bad chunk") << QByteArray("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
    QTest::newRow("huge chunk") << QByteArray(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n");
    QTest::newRow("bytes after it") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxy");
    QTest::newRow("endless head") << QByteArray("HTTP/1.1 200 OK\r\n") + QByteArray(100000, 'a');
}

void ClientHttpTest::whatIsNoAnswerIsRefused()
{
    QFETCH(QByteArray, wire);
    HttpResponseParser parser(1000);
    parser.feed(wire);
    QVERIFY(parser.failed());
    QVERIFY(!parser.problem().isEmpty());
}

void ClientHttpTest::aBodyThatEndsWithTheConnectionIsRead()
{
    HttpResponseParser parser(1000);
    parser.feed("HTTP/1.0 200 OK\r\n\r\nsome");
    parser.feed(" text");
    QVERIFY(!parser.finished());
    parser.end();
    QVERIFY(parser.finished());
    QCOMPARE(parser.takeBody(), QByteArray("some text"));
    QVERIFY(!parser.keepAlive());

    HttpResponseParser cutShort(1000);
    cutShort.feed("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsome");
    cutShort.end();
    QVERIFY(cutShort.failed());
}

void ClientHttpTest::aBodyOverTheLimitIsRefusedBeforeItComes()
{
    HttpResponseParser parser(10);
    parser.feed("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n");
    QVERIFY(parser.failed());

    HttpResponseParser growing(10);
    growing.feed("HTTP/1.0 200 OK\r\n\r\n");
    growing.feed("0123456789x");
    QVERIFY(growing.failed());
}

void ClientHttpTest::requestsToOneNodeShareItsConnection()
{
    FakeNode node([](const FakeRequest&) { return FakeAnswer{FakeAnswer::Kind::Answer, 200, "x"}; });
    NodePool pool;
    for (int i = 0; i < 5; ++i) {
        bool answered = false;
        pool.send(node.url(), {"GET", "/health", {}, {}}, std::chrono::seconds(5),
                  [&](const NodeResult& result) {
                      QVERIFY(result);
                      answered = true;
                  });
        QVERIFY(!answered); // never before send() has returned
        QTRY_VERIFY(answered);
    }
    QCOMPARE(node.connections(), 1);
}

void ClientHttpTest::moreRequestsThanConnectionsWaitTheirTurn()
{
    FakeNode node([](const FakeRequest& request) {
        return FakeAnswer{FakeAnswer::Kind::Answer, 200, request.path};
    });
    NodePool pool;
    int answered = 0;
    constexpr int requests = 3 * NodePool::maxPerNode;
    for (int i = 0; i < requests; ++i) {
        const QByteArray path = "/" + QByteArray::number(i);
        pool.send(node.url(), {"GET", path, {}, {}}, std::chrono::seconds(5),
                  [&, path](const NodeResult& result) {
                      QVERIFY(result);
                      QCOMPARE(result->body, path);
                      ++answered;
                  });
    }
    QTRY_COMPARE(answered, requests);
    QVERIFY(node.connections() <= NodePool::maxPerNode);
}

void ClientHttpTest::aRequestIsNeverSentTwice()
{
    // The first answer keeps the connection alive; on the second request the node hangs up.
    FakeNode node([&node](const FakeRequest&) {
        return node.requests().size() == 1 ? FakeAnswer{FakeAnswer::Kind::Answer, 200, {}}
                                           : FakeAnswer::hangUp();
    });
    NodePool pool;
    std::optional<NodeResult> first;
    pool.send(node.url(), {"PUT", "/x", {}, "1"}, std::chrono::seconds(5),
              [&](const NodeResult& r) { first = r; });
    QTRY_VERIFY(first);
    std::optional<NodeResult> second;
    pool.send(node.url(), {"PUT", "/x", {}, "2"}, std::chrono::seconds(5),
              [&](const NodeResult& r) { second = r; });
    QTRY_VERIFY(second);
    QVERIFY(!*second);
    QCOMPARE(second->error().kind, NodeFailure::Kind::Broken);
    QCOMPARE(node.requests().size(), 2);
}

void ClientHttpTest::theCallbackMayDeleteThePool()
{
    FakeNode node([](const FakeRequest&) { return FakeAnswer{FakeAnswer::Kind::Answer, 200, {}}; });
    auto pool = std::make_unique<NodePool>();
    int answered = 0;
    for (int i = 0; i < 10; ++i) {
        pool->send(node.url(), {"GET", "/x", {}, {}}, std::chrono::seconds(5), [&](const NodeResult&) {
            ++answered;
            pool.reset();
        });
    }
    QTRY_VERIFY(!pool);
    QCoreApplication::processEvents();
    QCOMPARE(answered, 1);
}

void ClientHttpTest::anAddressThatIsNoneIsAnError()
{
    NodePool pool;
    std::optional<NodeResult> result;
    pool.send(QUrl(QStringLiteral("ftp://example.org")), {"GET", "/x", {}, {}}, std::chrono::seconds(5),
              [&](const NodeResult& r) { result = r; });
    QTRY_VERIFY(result);
    QVERIFY(!*result);
    QCOMPARE(result->error().kind, NodeFailure::Kind::NotConnected);
}

QTEST_GUILESS_MAIN(ClientHttpTest)
#include "client_http_test.moc"
