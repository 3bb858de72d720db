// SPDX-License-Identifier: GPL-3.0-or-later
// The guarded connection under Qt HttpServer, over real sockets.
#include "tests/support/http_raw_client.h"
#include "tests/support/http_test_server.h"

#include <QCoreApplication>
#include <QRandomGenerator>
#include <QTest>

#include <memory>
#include <sys/socket.h>

using namespace ringmaster;
using namespace std::chrono_literals;

namespace {

const QByteArray host = "Host: localhost\r\n";

QByteArray get(const QByteArray& path, const QByteArray& fields = {})
{
    return "GET " + path + " HTTP/1.1\r\n" + host + fields + "\r\n";
}

QByteArray put(const QByteArray& body, const QByteArray& fields = {})
{
    return "PUT /x HTTP/1.1\r\n" + host + "Content-Length: " + QByteArray::number(body.size()) + "\r\n" +
           fields + "\r\n" + body;
}

// Answers with the method, the path and the body.
void echo(HttpRequest& request, const HttpReply& reply)
{
    reply.send(
        {.contentType = "text/plain",
         .body = request.method.toByteArray() + ' ' + request.path.toByteArray() + ' ' + request.body});
}

// Keeps requests until the test answers them.
struct Held {
    QList<QByteArray> paths;
    QList<HttpReply> replies;
    HttpTestServer::Handler handler()
    {
        return [this](HttpRequest& request, const HttpReply& reply) {
            paths.append(request.path.toByteArray());
            replies.append(reply);
        };
    }
    void answer(qsizetype i, const QByteArray& body)
    {
        replies[i].send({.contentType = "text/plain", .body = body});
    }
};

} // namespace

class HttpConnectionTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void answersAndKeepsTheConnection();
    void closesWhenAskedTo_data();
    void closesWhenAskedTo();
    void refusesAndCloses_data();
    void refusesAndCloses();
    void answersAHeadWithoutABody();
    void takesABodyInWhateverPiecesItComes();
    void takesAMegabyte();
    void takesChunks();
    void refusesChunksOverTheLimitWithoutWaitingForTheRest();
    void saysContinueOnlyWhenTheHeadIsFine();
    void seesOneRequestWhereAnotherReaderWouldSeeTwo();
    void keepsTheOrderOfPipelinedRequests();
    void answersManyPipelinedRequests();
    void answersAClientThatHasStoppedSending();
    void dropsASecondAnswer();
    void survivesHangUpsAtEveryByte();
    void survivesAnAnswerToAClientThatHasGone();
    void survivesRandomBytes();
    void endsASlowHead();
    void endsASlowBody();
    void endsAnIdleConnection();
    void endsAClientThatDoesNotRead();
    void letsASlowHandlerTakeItsTime();
    void turnsAwayConnectionsOverTheLimit();
    void boundsWhatIsSentAhead();
    void outlivesTheServerWithConnectionsOpen();
};

void HttpConnectionTest::answersAndKeepsTheConnection()
{
    HttpTestServer server({}, echo);
    HttpRawClient client(server.port());
    for (int i = 0; i < 3; ++i) {
        const RawAnswer answer = client.ask(get("/a%20b?q=1"));
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.body, "GET /a%20b ");
        QVERIFY(answer.has("Content-Type: text/plain"));
        QVERIFY(!answer.head.contains("connection:"));
    }
    QCOMPARE(server.connectionCount(), 1);
}

void HttpConnectionTest::closesWhenAskedTo_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::newRow("Connection: close") << get("/", "Connection: close\r\n");
    QTest::newRow("HTTP/1.0") << QByteArray("GET / HTTP/1.0\r\n\r\n");
    QTest::newRow("Connection: close after a body") << put("body", "Connection: close\r\n");
}

void HttpConnectionTest::closesWhenAskedTo()
{
    QFETCH(QByteArray, request);
    HttpTestServer server({}, echo);
    HttpRawClient client(server.port());
    const RawAnswer answer = client.ask(request);
    QCOMPARE(answer.status, 200);
    QVERIFY(answer.has("Connection: close"));
    QVERIFY(client.waitForEnd());
    QTRY_COMPARE(server.connectionCount(), 0);
}

void HttpConnectionTest::refusesAndCloses_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("word");
    QTest::newRow("garbage") << QByteArray("\x01\x02") << 400 << QByteArray("malformed");
    QTest::newRow("two lengths") << "PUT / HTTP/1.1\r\n" + host +
                                        "Content-Length: 1\r\nContent-Length: 2\r\n\r\nx"
                                 << 400 << QByteArray("malformed");
    QTest::newRow("a foreign host") << QByteArray("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n") << 403
                                    << QByteArray("forbidden");
    QTest::newRow("a foreign page's write")
        << put("x", "Origin: http://evil.example\r\n") << 403 << QByteArray("forbidden");
    QTest::newRow("a body over the limit") << "PUT / HTTP/1.1\r\n" + host + "Content-Length: 2000000\r\n\r\n"
                                           << 413 << QByteArray("too_large");
    QTest::newRow("a head over the limit")
        << get("/", "A: " + QByteArray(50'000, 'x') + "\r\n") << 431 << QByteArray("head_too_large");
    QTest::newRow("too many headers")
        << get("/", QByteArray("A: b\r\n").repeated(100)) << 431 << QByteArray("head_too_large");
}

void HttpConnectionTest::refusesAndCloses()
{
    QFETCH(QByteArray, request);
    QFETCH(int, status);
    QFETCH(QByteArray, word);
    bool wasHandled = false;
    HttpTestServer server({}, [&](HttpRequest&, const HttpReply&) { wasHandled = true; });
    HttpRawClient client(server.port());
    const RawAnswer answer = client.ask(request);
    QCOMPARE(answer.status, status);
    QVERIFY(answer.body.startsWith("{\"error\":\"" + word + "\",\"message\":\""));
    QVERIFY(answer.has("Connection: close"));
    QVERIFY(answer.has("Content-Type: application/json"));
    QVERIFY(client.waitForEnd());
    QVERIFY(!wasHandled);
    QTRY_COMPARE(server.connectionCount(), 0);
}

void HttpConnectionTest::answersAHeadWithoutABody()
{
    HttpTestServer server({}, echo);
    HttpRawClient client(server.port());
    client.send("HEAD /x HTTP/1.1\r\n" + host + "\r\n");
    const RawAnswer answer = client.next(true);
    QCOMPARE(answer.status, 200);
    QVERIFY(answer.has("Content-Length: 8"));
    QCOMPARE(client.ask(get("/y")).body, "GET /y ");
}

void HttpConnectionTest::takesABodyInWhateverPiecesItComes()
{
    HttpTestServer server({}, echo);
    HttpRawClient client(server.port());
    const QByteArray request = put("hello");
    for (qsizetype cut = 1; cut < request.size(); ++cut) {
        client.send(request.first(cut));
        QCoreApplication::processEvents();
        QCOMPARE(client.ask(request.sliced(cut)).body, "PUT /x hello");
    }
}

void HttpConnectionTest::takesAMegabyte()
{
    HttpTestServer server({}, echo);
    HttpRawClient client(server.port());
    QByteArray body(1024 * 1024, Qt::Uninitialized);
    QRandomGenerator(1).fillRange(reinterpret_cast<quint32*>(body.data()), body.size() / 4);
    for (int i = 0; i < 2; ++i) {
        const RawAnswer answer = client.ask(put(body));
        QCOMPARE(answer.status, 200);
        QVERIFY(answer.body == "PUT /x " + body);
    }
}

void HttpConnectionTest::takesChunks()
{
    HttpTestServer server({}, echo);
    HttpRawClient client(server.port());
    const QByteArray head = "PUT /x HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n";
    const QByteArray chunks = "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
    QCOMPARE(client.ask(head + chunks).body, "PUT /x hello world");
    for (qsizetype cut = 0; cut < chunks.size(); ++cut) {
        client.send(head + chunks.first(cut));
        QCoreApplication::processEvents();
        QCOMPARE(client.ask(chunks.sliced(cut)).body, "PUT /x hello world");
    }
    client.send(head + chunks + get("/next"));
    QCOMPARE(client.next().body, "PUT /x hello world");
    QCOMPARE(client.next().body, "GET /next ");
}

void HttpConnectionTest::refusesChunksOverTheLimitWithoutWaitingForTheRest()
{
    HttpTestServer server({.limits = {.bodyBytes = 10}}, echo);
    HttpRawClient client(server.port());
    const RawAnswer answer =
        client.ask("PUT /x HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n");
    QCOMPARE(answer.status, 413);
    QVERIFY(client.waitForEnd());
}

void HttpConnectionTest::saysContinueOnlyWhenTheHeadIsFine()
{
    HttpTestServer server({.limits = {.bodyBytes = 10}}, echo);
    HttpRawClient client(server.port());
    const QByteArray expecting = "PUT /x HTTP/1.1\r\n" + host + "Expect: 100-continue\r\nContent-Length: ";
    QCOMPARE(client.ask(expecting + "5\r\n\r\n").status, 100);
    QCOMPARE(client.ask("hello").body, "PUT /x hello");
    QCOMPARE(client.ask(expecting + "11\r\n\r\n").status, 413);
    QVERIFY(client.waitForEnd());
}

void HttpConnectionTest::seesOneRequestWhereAnotherReaderWouldSeeTwo()
{
    const QByteArray smuggled = get("/smuggled");
    const QList<QByteArray> attacks = {
        "PUT /x HTTP/1.1\r\n" + host + "Content-Length: 0\r\nContent-Length: 50\r\n\r\n" + smuggled,
        "PUT /x HTTP/1.1\r\n" + host + "Content-Length: 18446744073709551615\r\n\r\n" + smuggled,
        "PUT /x HTTP/1.1\r\n" + host + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" +
            smuggled,
        "PUT /x HTTP/1.1\r\n" + host + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + smuggled,
        "PUT /x HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + smuggled,
        "PUT /x HTTP/1.1\r\n" + host + "A: b\r\n Content-Length: 50\r\n\r\n" + smuggled,
        "PUT /x HTTP/1.1\r\n" + host + "A: b\nContent-Length: 50\r\n\r\n" + smuggled,
        "PUT /x HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\n\n" + smuggled,
        "PUT /x HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n5;\n\r\nhello\r\n0\r\n\r\n" +
            smuggled,
    };
    QList<QByteArray> handled;
    HttpTestServer server({}, [&](HttpRequest& request, const HttpReply& reply) {
        handled.append(request.path.toByteArray());
        reply.send({});
    });
    for (const QByteArray& attack : attacks) {
        HttpRawClient client(server.port());
        QVERIFY(client.ask(attack).status >= 400);
        QVERIFY(client.waitForEnd());
        QVERIFY2(client.rest().isEmpty(), attack.constData());
    }
    QCOMPARE(handled, QList<QByteArray>());
}

void HttpConnectionTest::keepsTheOrderOfPipelinedRequests()
{
    Held held;
    HttpTestServer server({}, held.handler());
    HttpRawClient client(server.port());
    client.send(get("/1") + put("two") + get("/3"));
    QTRY_COMPARE(held.paths.size(), 1); // the others wait
    held.answer(0, "one");
    QTRY_COMPARE(held.paths.size(), 2);
    QCOMPARE(client.next().body, "one");
    held.answer(1, "two");
    QTRY_COMPARE(held.paths.size(), 3);
    held.answer(2, "three");
    QCOMPARE(client.next().body, "two");
    QCOMPARE(client.next().body, "three");
    QCOMPARE(held.paths, (QList<QByteArray>{"/1", "/x", "/3"}));
}

void HttpConnectionTest::answersManyPipelinedRequests()
{
    HttpTestServer server({}, echo);
    HttpRawClient client(server.port());
    QByteArray requests;
    for (int i = 0; i < 1000; ++i)
        requests += get("/" + QByteArray::number(i));
    client.send(requests);
    for (int i = 0; i < 1000; ++i)
        QCOMPARE(client.next().body, "GET /" + QByteArray::number(i) + " ");
}

void HttpConnectionTest::answersAClientThatHasStoppedSending()
{
    Held held;
    HttpTestServer server({}, held.handler());
    HttpRawClient client(server.port());
    client.send(get("/1") + get("/2"));
    client.socket()
        .disconnectFromHost(); // says that it is done; QTcpSocket reads on until the other end is too
    QTRY_COMPARE(held.paths.size(), 1);
    held.answer(0, "one");
    QTRY_VERIFY(held.paths.size() == 2 || server.connectionCount() == 0);
}

void HttpConnectionTest::dropsASecondAnswer()
{
    Held held;
    HttpTestServer server({}, held.handler());
    HttpRawClient client(server.port());
    client.send(get("/1") + get("/2"));
    QTRY_COMPARE(held.paths.size(), 1);
    QVERIFY(held.replies[0].isAwaited());
    held.answer(0, "one");
    QVERIFY(!held.replies[0].isAwaited());
    held.answer(0, "one again");
    QTRY_COMPARE(held.paths.size(), 2);
    held.answer(0, "and again");
    held.answer(1, "two");
    QCOMPARE(client.next().body, "one");
    QCOMPARE(client.next().body, "two");
    QCOMPARE(client.rest(), QByteArray());
}

void HttpConnectionTest::survivesHangUpsAtEveryByte()
{
    HttpTestServer server({}, echo);
    const QByteArray request = "PUT /x HTTP/1.1\r\n" + host +
                               "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" + put("hello");
    for (qsizetype length = 0; length <= request.size(); ++length) {
        HttpRawClient client(server.port());
        client.send(request.first(length));
        if (length % 2 == 0)
            client.socket().abort();
        else
            client.socket().disconnectFromHost();
    }
    HttpRawClient client(server.port());
    QCOMPARE(client.ask(get("/alive")).body, "GET /alive ");
    QTRY_COMPARE(server.connectionCount(), 1);
}

void HttpConnectionTest::survivesAnAnswerToAClientThatHasGone()
{
    Held held;
    HttpTestServer server({}, held.handler());
    for (const bool withReset : {false, true}) {
        HttpRawClient client(server.port());
        client.send(get("/1"));
        QTRY_COMPARE(held.paths.size(), withReset ? 2 : 1);
        const linger resets{.l_onoff = withReset, .l_linger = 0};
        setsockopt(static_cast<int>(client.socket().socketDescriptor()), SOL_SOCKET, SO_LINGER, &resets,
                   sizeof(resets));
        client.socket().abort();
        if (withReset) {
            QTRY_COMPARE(server.connectionCount(), 0);
            QVERIFY(!held.replies[1].isAwaited());
        }
        // Without a reset it may be a client that has said all and still listens.
        held.answer(held.replies.size() - 1, QByteArray(1'000'000, 'x'));
        QTRY_COMPARE(server.connectionCount(), 0);
    }
}

void HttpConnectionTest::survivesRandomBytes()
{
    const quint32 seed = QRandomGenerator::system()->generate();
    qInfo() << "seed" << seed;
    QRandomGenerator random(seed);
    HttpTestServer server({}, echo);
    const QList<QByteArray> pieces = {get("/a"),
                                      put("hello"),
                                      "GET ",
                                      "\r\n",
                                      "\r\n\r\n",
                                      host,
                                      "Content-Length: 3\r\n",
                                      "Transfer-Encoding: chunked\r\n",
                                      "5\r\nhello\r\n",
                                      "0\r\n\r\n",
                                      "Connection: upgrade\r\nUpgrade: websocket\r\n",
                                      QByteArray(3000, 'x')};
    for (int round = 0; round < 300; ++round) {
        HttpRawClient client(server.port());
        for (int i = random.bounded(8); i >= 0; --i) {
            client.send(pieces[random.bounded(pieces.size())]);
            QCoreApplication::processEvents();
        }
        client.socket().abort();
    }
    HttpRawClient client(server.port());
    QCOMPARE(client.ask(get("/alive")).body, "GET /alive ");
    QTRY_COMPARE(server.connectionCount(), 1);
}

void HttpConnectionTest::endsASlowHead()
{
    HttpTestServer server({.headTimeout = 50ms}, echo);
    HttpRawClient client(server.port());
    QCOMPARE(client.ask("GET / HT").status, 408);
    QVERIFY(client.waitForEnd());

    // Neither does a byte now and then keep it alive.
    HttpRawClient slow(server.port());
    slow.send("GET / HTTP/1.1\r\n");
    QVERIFY(QTest::qWaitFor(
        [&] {
            slow.socket().write("A");
            return slow.hasEnded();
        },
        10'000));

    // A second request is timed like the first.
    HttpRawClient second(server.port());
    QCOMPARE(second.ask(get("/1") + "GET").status, 200);
    QCOMPARE(second.next().status, 408);
}

void HttpConnectionTest::endsASlowBody()
{
    HttpTestServer server({.bodyTimeout = 50ms}, echo);
    HttpRawClient client(server.port());
    QCOMPARE(client.ask("PUT / HTTP/1.1\r\n" + host + "Content-Length: 5\r\n\r\nhe").status, 408);
    QVERIFY(client.waitForEnd());
    HttpRawClient chunks(server.port());
    QCOMPARE(chunks.ask("PUT / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n5\r\nhe").status,
             408);
    QVERIFY(chunks.waitForEnd());
}

void HttpConnectionTest::endsAnIdleConnection()
{
    HttpTestServer server({.idleTimeout = 50ms}, echo);
    HttpRawClient silent(server.port());
    QVERIFY(silent.waitForEnd());
    HttpRawClient client(server.port());
    QCOMPARE(client.ask(get("/")).status, 200);
    QVERIFY(client.waitForEnd());
    QCOMPARE(client.rest(), QByteArray());
}

void HttpConnectionTest::endsAClientThatDoesNotRead()
{
    bool wasAnswered = false;
    HttpTestServer server({.bodyTimeout = 50ms}, [&](HttpRequest&, const HttpReply& reply) {
        reply.send({.body = QByteArray(64 * 1024 * 1024, 'x')});
        wasAnswered = true;
    });
    HttpRawClient client(server.port());
    client.socket().setReadBufferSize(1);
    client.send(get("/"));
    QTRY_VERIFY(wasAnswered);
    QTRY_COMPARE(server.connectionCount(), 0);
}

void HttpConnectionTest::letsASlowHandlerTakeItsTime()
{
    Held held;
    HttpTestServer server({.idleTimeout = 20ms, .headTimeout = 20ms, .bodyTimeout = 20ms}, held.handler());
    HttpRawClient client(server.port());
    client.send(get("/1"));
    HttpRawClient silent(server.port());
    QVERIFY(silent.waitForEnd()); // so the deadlines have passed
    QCOMPARE(held.paths.size(), 1);
    held.answer(0, "late");
    QCOMPARE(client.next().body, "late");
}

void HttpConnectionTest::turnsAwayConnectionsOverTheLimit()
{
    HttpTestServer server({.maxConnections = 2}, echo);
    HttpRawClient first(server.port());
    HttpRawClient second(server.port());
    QTRY_COMPARE(server.connectionCount(), 2);
    HttpRawClient third(server.port());
    const RawAnswer answer = third.next();
    QCOMPARE(answer.status, 503);
    QVERIFY(answer.body.contains("\"unavailable\""));
    QVERIFY(third.waitForEnd());
    QCOMPARE(first.ask(get("/1")).status, 200);
    second.socket().abort();
    QTRY_COMPARE(server.connectionCount(), 1);
    HttpRawClient fourth(server.port());
    QCOMPARE(fourth.ask(get("/4")).status, 200);
}

void HttpConnectionTest::boundsWhatIsSentAhead()
{
    Held held;
    HttpTestServer server({}, held.handler());
    HttpRawClient client(server.port());
    client.send(get("/1"));
    QTRY_COMPARE(held.paths.size(), 1);
    // Far more than the sockets' own buffers hold: the client must be left with most of it.
    const qsizetype flood = 64 * 1024 * 1024;
    client.send(QByteArray(flood, 'x'));
    qint64 left = flood;
    (void)QTest::qWaitFor(
        [&] {
            const bool stopped = client.socket().bytesToWrite() == left;
            left = client.socket().bytesToWrite();
            return stopped && left < flood;
        },
        10'000);
    QVERIFY(left > flood / 2);
    held.answer(0, "one");
    QCOMPARE(client.next().body, "one");
    QCOMPARE(client.next().status, 431);
}

void HttpConnectionTest::outlivesTheServerWithConnectionsOpen()
{
    Held held;
    auto server = std::make_unique<HttpTestServer>(HttpListenerOptions{}, held.handler());
    HttpRawClient waiting(server->port());
    waiting.send(get("/1"));
    HttpRawClient halfWay(server->port());
    halfWay.send("PUT / HTTP/1.1\r\n" + host + "Content-Length: 5\r\n\r\nhe");
    HttpRawClient idle(server->port());
    QTRY_COMPARE(server->connectionCount(), 3);
    QTRY_COMPARE(held.paths.size(), 1);
    server.reset();
    held.answer(0, "too late");
    QVERIFY(waiting.waitForEnd());
    QVERIFY(halfWay.waitForEnd());
    QVERIFY(idle.waitForEnd());
}

QTEST_GUILESS_MAIN(HttpConnectionTest)
#include "http_connection_test.moc"
