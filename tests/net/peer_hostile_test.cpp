// SPDX-License-Identifier: GPL-3.0-or-later
// What strangers and broken peers do to a transport, over plain sockets.
#include "tests/net/peer_heap.h"
#include "tests/net/peer_recorder.h"

#include <QRandomGenerator>
#include <QTcpSocket>
#include <QTest>
#include <QtEndian>

using namespace ringmaster;

namespace {

QByteArray frame(const QByteArray& body)
{
    char header[4];
    qToBigEndian(static_cast<quint32>(body.size()), header);
    return QByteArray(header, 4) + body;
}

// A peer made by hand.
class Stranger : public QTcpSocket {
public:
    explicit Stranger(const PeerRecorder& to)
    {
        connectToHost(QStringLiteral("127.0.0.1"), to.address().section(QLatin1Char(':'), 1).toUShort());
    }
    bool isClosed() const { return state() == UnconnectedState; }
};

Hello helloOf(quint64 id)
{
    return PeerRecorder(id).self;
}

QByteArray randomBytes(QRandomGenerator& random, int most)
{
    QByteArray bytes(random.bounded(most), Qt::Uninitialized);
    for (char& byte : bytes)
        byte = static_cast<char>(random.bounded(256));
    return bytes;
}

// One of the kinds of nonsense that a transport may meet.
QByteArray nonsense(QRandomGenerator& random)
{
    const QByteArray good = frame(helloOf(2).encoded());
    switch (random.bounded(5)) {
    case 0: // no frame
        return randomBytes(random, 200);
    case 1: // a frame of nothing known
        return frame(randomBytes(random, 200));
    case 2: // cut off
        return good.first(random.bounded(static_cast<int>(good.size())));
    case 3: { // one byte changed; maybe still a hello
        QByteArray bent = good;
        bent[random.bounded(static_cast<int>(bent.size()))] = static_cast<char>(random.bounded(256));
        return bent;
    }
    default: // a hello, a welcome, and then nonsense
        return good + frame({}) + frame(randomBytes(random, 50)) + randomBytes(random, 50);
    }
}

} // namespace

class PeerHostileTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void anotherProtocolVersionIsRefused_data()
    {
        QTest::addColumn<int>("version");
        QTest::newRow("older") << protocolVersion - 1;
        QTest::newRow("newer") << protocolVersion + 1;
    }
    void anotherProtocolVersionIsRefused()
    {
        QFETCH(int, version);
        PeerRecorder a(1);
        a.start();
        Stranger stranger(a);
        Hello hello = helloOf(2);
        hello.protocol = static_cast<quint16>(version);
        stranger.write(frame(hello.encoded()));
        QTRY_VERIFY(stranger.state() == QTcpSocket::ClosingState || stranger.isClosed());
        const QByteArray said = stranger.readAll().sliced(frame(a.self.encoded()).size());
        const auto refusal = Refusal::decode(said.sliced(4));
        QVERIFY(refusal);
        QVERIFY(refusal->message.contains(QStringLiteral("protocol %1").arg(version)));
        QCOMPARE(a.judged, 0);
        QCOMPARE(a.log.size(), 1);
    }

    void garbageClosesThatConnectionOnly_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("a web browser") << QByteArray("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        QTest::newRow("a length over the bound") << QByteArray("\xff\xff\xff\xff", 4);
        QTest::newRow("an empty frame") << frame({});
        QTest::newRow("a frame of nothing known") << frame("hello there");
        QTest::newRow("a longer hello than allowed") << frame(QByteArray(5000, 'x'));
        QTest::newRow("a welcome that is none") << frame(helloOf(3).encoded()) + frame("me");
        QTest::newRow("more before it is welcome")
            << frame(helloOf(3).encoded()) + frame({}) + frame("x") + frame(QByteArray(5000, 'x'));
    }
    void garbageClosesThatConnectionOnly()
    {
        QFETCH(QByteArray, bytes);
        PeerRecorder a(1), b(2);
        a.start();
        b.start();
        a.onMessage = [](NodeId from, QByteArrayView) { return from == NodeId{2}; };
        a.transport.setPeers({b.address()});
        QTRY_VERIFY(a.isLinkedWith(b));
        Stranger stranger(a);
        stranger.write(bytes);
        QTRY_VERIFY(stranger.isClosed());
        QCOMPARE(a.count(QStringLiteral("closed")), 1);
        QTRY_COMPARE(a.transport.connectionCount(), 1);
        QVERIFY(a.isLinkedWith(b));
    }

    void aFrameOverTheBoundEndsALink()
    {
        PeerTransportOptions small;
        small.maxFrameBytes = 10'000;
        PeerRecorder a(1, 1, small), b(2);
        a.start();
        b.start();
        a.transport.setPeers({b.address()});
        QTRY_VERIFY(b.isLinkedWith(a));
        QCOMPARE(b.transport.send(a.self.node, QByteArray(10'000, 'x')), SendResult::Queued);
        QTRY_COMPARE(a.receivedCount, 1);
        QCOMPARE(b.transport.send(a.self.node, QByteArray(10'001, 'x')), SendResult::Queued);
        QTRY_COMPARE(a.downs, 1);
        QCOMPARE(a.receivedCount, 1);
        // And one of our own is not sent at all.
        QTRY_VERIFY(a.isLinkedWith(b));
        QCOMPARE(a.transport.send(b.self.node, QByteArray(10'001, 'x')), SendResult::Overloaded);
    }

    void whoSaysNothingIsLetGo()
    {
        PeerTransportOptions hasty;
        hasty.helloTimeout = std::chrono::milliseconds(50);
        PeerRecorder a(1, 1, hasty);
        a.start();
        Stranger stranger(a);
        QTRY_VERIFY(stranger.isClosed());
        QCOMPARE(a.transport.connectionCount(), 0);
    }

    void strangersDoNotKeepMembersOut()
    {
        PeerTransportOptions few;
        few.maxConnections = 4;
        PeerRecorder a(1, 1, few), b(2);
        a.start();
        b.start();
        std::vector<std::unique_ptr<Stranger>> strangers;
        for (int i = 0; i < 20; ++i)
            strangers.push_back(std::make_unique<Stranger>(a));
        QTRY_COMPARE(a.transport.connectionCount(), 4);
        b.transport.setPeers({a.address()});
        QTRY_VERIFY(b.isLinkedWith(a));
        QVERIFY(a.transport.connectionCount() <= 4);
    }

    void whoDoesNotReadGetsABoundedQueue()
    {
        PeerTransportOptions small;
        small.maxQueuedBytes = 1'000'000;
        PeerRecorder a(1, 1, small);
        a.start();
        Stranger slow(a);
        slow.setReadBufferSize(1000);
        slow.write(frame(helloOf(2).encoded()) + frame({}));
        QTRY_COMPARE(a.transport.linkCount(), 1);
        const QByteArray message(10'000, 'x');
        SendResult result = SendResult::Queued;
        const auto fill = [&] {
            while (result == SendResult::Queued)
                result = a.transport.send(NodeId{2}, message);
            const bool isStuck = a.transport.queuedBytes() > 900'000;
            result = SendResult::Queued;
            return isStuck;
        };
        // The system's own buffers take some megabytes first.
        for (int turn = 0; turn < 1000 && !(fill() && a.transport.queuedBytes() > 990'000); ++turn)
            QCoreApplication::processEvents();
        QCOMPARE(a.transport.send(NodeId{2}, message), SendResult::Overloaded);
        QVERIFY(a.transport.queuedBytes() <= 1'000'000 + 4 * 100);
        slow.setReadBufferSize(0);
        QTRY_VERIFY((slow.readAll(), a.transport.queuedBytes() == 0));
        QCOMPARE(a.transport.send(NodeId{2}, message), SendResult::Queued);
    }

    void tenThousandPiecesOfNonsenseHarmNothing()
    {
        const quint32 seed = QRandomGenerator::global()->generate();
        qInfo("seed %u", seed);
        QRandomGenerator random(seed);
        PeerTransportOptions hasty;
        hasty.helloTimeout = std::chrono::milliseconds(200);
        hasty.maxConnections = 64;
        PeerRecorder a(1, 1, hasty), b(2);
        a.start();
        b.start();
        a.onMessage = [&](NodeId from, QByteArrayView) { return from == b.self.node; };
        b.transport.setPeers({a.address()});
        QTRY_VERIFY(b.isLinkedWith(a));
        qint64 before = 0;
        for (int i = 0; i < 10'000; ++i) {
            if (i == 1000)
                before = heapInUse();
            Stranger stranger(a);
            QVERIFY(stranger.waitForConnected());
            stranger.write(nonsense(random));
            stranger.flush();
            QCoreApplication::processEvents();
            QVERIFY(a.transport.connectionCount() <= 64);
            if (i % 500 == 0)
                a.log.clear();
        }
        QTRY_COMPARE(a.transport.connectionCount(), a.transport.linkCount());
        const qint64 grown = heapInUse() - before;
        qInfo("grown by %lld KiB", static_cast<long long>(grown / 1024));
        QVERIFY(grown < 1024 * 1024);
        QTRY_VERIFY(a.isLinkedWith(b) && b.isLinkedWith(a));
        QTRY_COMPARE(a.transport.send(b.self.node, "still here"), SendResult::Queued);
        QTRY_VERIFY(b.received.contains("still here"));
    }
};

QTEST_GUILESS_MAIN(PeerHostileTest)
#include "peer_hostile_test.moc"
