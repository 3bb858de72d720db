// SPDX-License-Identifier: GPL-3.0-or-later
// The event stream of a real node, over a real WebSocket.
#include "tests/support/http_node_fixture.h"

#include <QJsonArray>
#include <QSignalSpy>
#include <QTest>
#include <QWebSocket>

#include <memory>

using namespace ringmaster;

namespace {

const QByteArray kv = "/api/v1/kv/";

// What came over one WebSocket.
class Listener {
public:
    explicit Listener(quint16 port, const QString& path = QStringLiteral("/api/v1/events"))
    {
        QObject::connect(&socket, &QWebSocket::textMessageReceived, &socket, [this](const QString& message) {
            events.append(QJsonDocument::fromJson(message.toUtf8()).object());
        });
        socket.open(QUrl(QStringLiteral("ws://127.0.0.1:%1%2").arg(port).arg(path)));
    }

    QList<QJsonObject> ofType(const char* type) const
    {
        QList<QJsonObject> found;
        for (const QJsonObject& event : events) {
            if (event.value(QStringLiteral("type")).toString() == QLatin1String(type))
                found.append(event);
        }
        return found;
    }
    bool waitFor(const char* type, int count = 1)
    {
        return QTest::qWaitFor([&] { return ofType(type).size() >= count; }, 10'000);
    }

    QWebSocket socket;
    QList<QJsonObject> events;
};

QString text(const QJsonObject& object, const char* name)
{
    return object.value(QString::fromLatin1(name)).toString();
}

QByteArray handshake(const QByteArray& extra = {}, const QByteArray& path = "/api/v1/events")
{
    return "GET " + path +
           " HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n" +
           extra + "\r\n";
}

} // namespace

class EventBroadcasterTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void greetsEveryListener();
    void tellsOfRequests();
    void tellsOfHintsThatCameHome();
    void countsTheRequestsThatItDoesNotTell();
    void tellsOfMembersAndTheRing();
    void tellsTheStatisticsWhileSomebodyListens();
    void bringsAListenerUpToDateThatLagged();
    void endsAListenerThatTalksTooMuch();
    void refusesWhatIsNoListener_data();
    void refusesWhatIsNoListener();
    void takesAHandshakeInPieces();
    void takesOnlySoManyListeners();
    void survivesListenersThatHangUp();
    void endsItsListenersWithTheServer();

private:
    std::unique_ptr<HttpNodeFixture> m_fixture;
    std::unique_ptr<HttpApiClient> m_client;
};

void EventBroadcasterTest::init()
{
    m_fixture = std::make_unique<HttpNodeFixture>();
    QVERIFY(m_fixture->waitUntilServing());
    m_client = std::make_unique<HttpApiClient>(m_fixture->port());
}

void EventBroadcasterTest::cleanup()
{
    m_client.reset();
    m_fixture.reset();
}

void EventBroadcasterTest::greetsEveryListener()
{
    Listener one(m_fixture->port());
    Listener two(m_fixture->port());
    QVERIFY(one.waitFor("hello"));
    QVERIFY(two.waitFor("hello"));
    const QJsonObject hello = one.events.first();
    QCOMPARE(text(hello, "node"), QStringLiteral("n1"));
    QCOMPARE(text(hello, "cluster"), QStringLiteral("test"));
    QCOMPARE(text(hello, "version"), QStringLiteral(RINGMASTER_VERSION));
    QVERIFY(hello.value(QStringLiteral("at_ms")).toDouble() > 1.6e12);
}

void EventBroadcasterTest::tellsOfRequests()
{
    Listener listener(m_fixture->port());
    QVERIFY(listener.waitFor("hello"));
    m_client->ask("PUT", kv + "k", "x");
    m_client->get(kv + "%ff");
    QVERIFY(listener.waitFor("request", 2));
    const QJsonObject put = listener.ofType("request").first();
    QCOMPARE(text(put, "op"), QStringLiteral("put"));
    QCOMPARE(text(put, "key"), QStringLiteral("k"));
    QVERIFY(put.value(QStringLiteral("ok")).toBool());
    QCOMPARE(put.value(QStringLiteral("needed")).toInt(), 1);
    QCOMPARE(put.value(QStringLiteral("request_count")).toInt(), 1);
    QCOMPARE(put.value(QStringLiteral("answered")).toArray(), QJsonArray{QStringLiteral("n1")});
    QVERIFY(put.value(QStringLiteral("ms")).isDouble());
    QCOMPARE(text(put, "trace"), m_fixture->node().traces(2).back().id.toString());
    QCOMPARE(text(listener.ofType("request").last(), "key_base64"), QStringLiteral("/w=="));
}

void EventBroadcasterTest::tellsOfHintsThatCameHome()
{
    Listener listener(m_fixture->port());
    QVERIFY(listener.waitFor("hello"));
    const NodeId self = m_fixture->node().id();
    m_fixture->server().announceHintsReturned(self, 3);
    m_fixture->server().announceHintsReturned(self, 4);
    QVERIFY(listener.waitFor("hints"));
    const QJsonObject hints = listener.ofType("hints").first();
    QCOMPARE(text(hints, "node"), QStringLiteral("n1"));
    QCOMPARE(text(hints, "owner"), QStringLiteral("n1"));
    QCOMPARE(hints.value(QStringLiteral("returned")).toInt(), 7);
}

void EventBroadcasterTest::countsTheRequestsThatItDoesNotTell()
{
    Listener listener(m_fixture->port());
    QVERIFY(listener.waitFor("hello"));
    int asked = 0;
    const auto counted = [&listener] {
        int count = 0;
        for (const QJsonObject& request : listener.ofType("request"))
            count += request.value(QStringLiteral("request_count")).toInt();
        return count;
    };
    while (asked < 200) {
        m_client->get(kv + "k");
        ++asked;
    }
    // The next one after the second is over tells of all that were left out.
    QVERIFY(listener.waitFor("stats", static_cast<int>(listener.ofType("stats").size()) + 1));
    m_client->get(kv + "k");
    ++asked;
    QTRY_COMPARE(counted(), asked);
    QVERIFY(listener.ofType("request").size() < asked);
}

void EventBroadcasterTest::tellsOfMembersAndTheRing()
{
    Listener listener(m_fixture->port());
    QVERIFY(listener.waitFor("hello"));
    for (int i = 0; i < 5; ++i) // told once: they come in one turn
        m_fixture->server().announceMembers();
    m_fixture->server().announceRing();
    QVERIFY(listener.waitFor("members"));
    QVERIFY(listener.waitFor("ring"));
    QCOMPARE(listener.ofType("members").size(), 1);
    const QJsonObject members = listener.ofType("members").first();
    QCOMPARE(members.value(QStringLiteral("members")).toArray().size(), 1);
    QCOMPARE(text(members, "self"), QStringLiteral("n1"));
    QCOMPARE(text(listener.ofType("ring").first(), "digest"), m_fixture->node().ring().digest());
}

void EventBroadcasterTest::tellsTheStatisticsWhileSomebodyListens()
{
    m_client->ask("PUT", kv + "k", "x");
    Listener listener(m_fixture->port());
    QVERIFY(listener.waitFor("stats", 2));
    QCOMPARE(listener.ofType("stats").first().value(QStringLiteral("keys")).toInt(), 1);
}

void EventBroadcasterTest::bringsAListenerUpToDateThatLagged()
{
    // A listener by hand, which does not read.
    HttpRawClient slow(m_fixture->port());
    slow.socket().setReadBufferSize(1);
    slow.send(handshake());
    QTRY_VERIFY(slow.socket().bytesAvailable() > 0);

    // An event a turn, some 600 bytes each: more than its queue and the buffers of both sockets hold.
    constexpr int plenty = 20'000;
    for (int i = 0; i < plenty; ++i) {
        m_fixture->server().announceMembers();
        QCoreApplication::processEvents();
    }
    slow.socket().setReadBufferSize(0);
    QByteArray received;
    const auto hears = [&](const QByteArray& type) {
        const qsizetype known = received.size();
        received += slow.socket().readAll();
        return received.indexOf("\"type\":\"" + type + '"', std::max<qsizetype>(0, known - 100)) >= 0;
    };
    QVERIFY(QTest::qWaitFor([&] { return hears("lagged"); }, 30'000));
    QVERIFY(received.count("\"type\":\"members\"") < plenty);

    // Once it has caught up, it hears what happens.
    QVERIFY(QTest::qWaitFor(
        [&] {
            m_fixture->server().announceRing();
            return hears("ring");
        },
        30'000));
}

void EventBroadcasterTest::endsAListenerThatTalksTooMuch()
{
    Listener listener(m_fixture->port());
    QVERIFY(listener.waitFor("hello"));
    QSignalSpy ended(&listener.socket, &QWebSocket::disconnected);
    listener.socket.sendTextMessage(QStringLiteral("whatever"));
    m_fixture->server().announceRing();
    QVERIFY(listener.waitFor("ring"));
    QCOMPARE(ended.size(), 0);
    listener.socket.sendTextMessage(QString(100'000, QLatin1Char('x')));
    QTRY_COMPARE(ended.size(), 1);
}

void EventBroadcasterTest::refusesWhatIsNoListener_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<int>("status");
    QTest::newRow("another path") << handshake({}, "/api/v1/ring") << 404;
    QTest::newRow("a foreign page") << handshake("Origin: http://evil.example\r\n") << 403;
    QTest::newRow("another version") << handshake().replace("Version: 13", "Version: 8") << 400;
    QTest::newRow("no key") << handshake().replace("Sec-WebSocket-Key", "X-Key") << 400;
    QTest::newRow("a short key") << handshake().replace("MDEyMzQ1Njc4OWFiY2RlZg==", "MDEy") << 400;
    QTest::newRow("another method") << handshake().replace("GET", "PUT") << 400;
}

void EventBroadcasterTest::refusesWhatIsNoListener()
{
    QFETCH(QByteArray, request);
    QFETCH(int, status);
    HttpRawClient client(m_fixture->port());
    QCOMPARE(client.ask(request).status, status);
    QVERIFY(client.waitForEnd());
}

void EventBroadcasterTest::takesAHandshakeInPieces()
{
    const QByteArray whole = handshake("Origin: http://localhost\r\n");
    for (qsizetype cut = 1; cut < whole.size(); cut += 17) {
        HttpRawClient client(m_fixture->port());
        client.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n" + whole.first(cut));
        QCOMPARE(client.next().status, 200);
        QCOMPARE(client.ask(whole.sliced(cut)).status, 101);
        QByteArray received;
        QTRY_VERIFY((received += client.rest()).contains("\"type\":\"hello\""));
        client.socket().abort();
    }
}

void EventBroadcasterTest::takesOnlySoManyListeners()
{
    std::vector<std::unique_ptr<HttpRawClient>> clients;
    for (int i = 0; i < 256; ++i)
        clients.push_back(std::make_unique<HttpRawClient>(m_fixture->port()));
    for (const auto& client : clients)
        client->send(handshake());
    for (const auto& client : clients)
        QCOMPARE(client->next().status, 101);
    HttpRawClient oneTooMany(m_fixture->port());
    QCOMPARE(oneTooMany.ask(handshake()).status, 503);
    clients.back()->socket().abort();
    QVERIFY(QTest::qWaitFor([this] {
        HttpRawClient again(m_fixture->port());
        return again.ask(handshake()).status == 101;
    }));
    QVERIFY(!m_client->get("/health").isEmpty());
}

void EventBroadcasterTest::survivesListenersThatHangUp()
{
    const QByteArray whole = handshake();
    for (qsizetype length = 0; length <= whole.size() + 4; ++length) {
        HttpRawClient client(m_fixture->port());
        client.send((whole + QByteArray("\x81\xfe\xff\xff", 4)).first(length));
        if (length % 3 == 0)
            QCoreApplication::processEvents();
        client.socket().abort();
        m_fixture->server().announceMembers();
    }
    Listener listener(m_fixture->port());
    QVERIFY(listener.waitFor("hello"));
}

void EventBroadcasterTest::endsItsListenersWithTheServer()
{
    Listener listener(m_fixture->port());
    QVERIFY(listener.waitFor("hello"));
    QSignalSpy ended(&listener.socket, &QWebSocket::disconnected);
    m_fixture->server().announceMembers();
    m_fixture.reset();
    QTRY_COMPARE(ended.size(), 1);
}

QTEST_GUILESS_MAIN(EventBroadcasterTest)
#include "event_broadcaster_test.moc"
