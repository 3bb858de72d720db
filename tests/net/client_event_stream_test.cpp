// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/client/event_stream.h"

#include <QJsonDocument>
#include <QSignalSpy>
#include <QTest>
#include <QWebSocketServer>

using namespace ringmaster;

class EventStreamTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void eventsArrive();
    void silenceIsNoticed();
    void whatIsNoEventIsPassedOver();
    void theEndOfTheStreamIsTold();
    void followingANodeTwiceIsOneConnection();
    void aMessageOverTheLimitEndsTheStream();

private:
    QUrl url() const { return QUrl(QStringLiteral("http://127.0.0.1:%1").arg(m_server->serverPort())); }
    std::unique_ptr<QWebSocket> peer(); // null where nobody connects

    std::unique_ptr<QWebSocketServer> m_server;
};

void EventStreamTest::init()
{
    m_server = std::make_unique<QWebSocketServer>(QStringLiteral("test"), QWebSocketServer::NonSecureMode);
    QVERIFY(m_server->listen(QHostAddress::LocalHost));
}

std::unique_ptr<QWebSocket> EventStreamTest::peer()
{
    if (!QTest::qWaitFor([&] { return m_server->hasPendingConnections(); }))
        return nullptr;
    return std::unique_ptr<QWebSocket>(m_server->nextPendingConnection());
}

void EventStreamTest::eventsArrive()
{
    EventStream stream;
    QSignalSpy events(&stream, &EventStream::eventReceived);
    stream.follow(url());
    const auto node = peer();
    QVERIFY(node);
    QCOMPARE(node->requestUrl().path(), QStringLiteral("/api/v1/events"));
    node->sendTextMessage(QStringLiteral("{\"type\": \"hello\"}"));
    QTRY_COMPARE(events.size(), 1);
    QCOMPARE(events.first().first().toJsonObject().value(QLatin1String("type")).toString(),
             QStringLiteral("hello"));
}

void EventStreamTest::silenceIsNoticed()
{
    using std::chrono::milliseconds;
    EventStream stream;
    QVERIFY(!stream.isFlowing(milliseconds(10000)));
    stream.follow(url());
    const auto node = peer();
    QVERIFY(node);
    node->sendTextMessage(QStringLiteral("{}"));
    QTRY_VERIFY(stream.isFlowing(milliseconds(10000)));
    QTRY_VERIFY(!stream.isFlowing(milliseconds(5)));
}

void EventStreamTest::whatIsNoEventIsPassedOver()
{
    EventStream stream;
    QSignalSpy events(&stream, &EventStream::eventReceived);
    stream.follow(url());
    const auto node = peer();
    QVERIFY(node);
    for (const char* message : {"", "[]", "nonsense", "{\"type\": \"last\"}"})
        node->sendTextMessage(QString::fromLatin1(message));
    QTRY_COMPARE(events.size(), 1);
}

void EventStreamTest::theEndOfTheStreamIsTold()
{
    EventStream stream;
    QSignalSpy lost(&stream, &EventStream::lost);
    stream.follow(url());
    const auto node = peer();
    QVERIFY(node);
    node->sendTextMessage(QStringLiteral("{}"));
    QTRY_VERIFY(stream.isFlowing(std::chrono::seconds(10)));
    node->abort();
    QTRY_COMPARE(lost.size(), 1);
    QVERIFY(!stream.isFlowing(std::chrono::seconds(10)));
}

void EventStreamTest::followingANodeTwiceIsOneConnection()
{
    EventStream stream;
    QSignalSpy events(&stream, &EventStream::eventReceived);
    stream.follow(url());
    stream.follow(url());
    const auto node = peer();
    QVERIFY(node);
    node->sendTextMessage(QStringLiteral("{}"));
    QTRY_COMPARE(events.size(), 1);
    stream.follow(url());
    QCoreApplication::processEvents();
    QVERIFY(!m_server->hasPendingConnections());
}

void EventStreamTest::aMessageOverTheLimitEndsTheStream()
{
    EventStream stream;
    QSignalSpy events(&stream, &EventStream::eventReceived);
    QSignalSpy lost(&stream, &EventStream::lost);
    stream.follow(url());
    const auto node = peer();
    QVERIFY(node);
    node->sendTextMessage(
        QString(static_cast<qsizetype>(EventStream::maxMessageBytes) + 1, QLatin1Char('x')));
    QTRY_COMPARE(lost.size(), 1);
    QCOMPARE(events.size(), 0);
}

QTEST_GUILESS_MAIN(EventStreamTest)
#include "client_event_stream_test.moc"
