// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/net/peer_recorder.h"

#include <QTcpServer>
#include <QTest>

#include <memory>
#include <vector>

using namespace ringmaster;

namespace {

QByteArray numbered(int i)
{
    return QByteArray::number(i);
}

} // namespace

class PeerTransportTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void oneDialsAndBothAreLinked_data()
    {
        QTest::addColumn<quint64>("dialler");
        QTest::addColumn<quint64>("accepter");
        QTest::newRow("the smaller id dials") << quint64{1} << quint64{2};
        QTest::newRow("the larger id dials") << quint64{2} << quint64{1};
    }
    void oneDialsAndBothAreLinked()
    {
        QFETCH(quint64, dialler);
        QFETCH(quint64, accepter);
        PeerRecorder a(dialler), b(accepter);
        a.start();
        b.start();
        a.transport.setPeers({b.address()});
        QTRY_VERIFY(a.isLinkedWith(b) && b.isLinkedWith(a));
        QCOMPARE(a.transport.linkCount(), 1);
        QCOMPARE(b.transport.linkCount(), 1);
    }

    void nobodyThereIsNoLink()
    {
        PeerRecorder a(1);
        QCOMPARE(a.transport.send(NodeId{2}, "x"), SendResult::NoLink);
        a.start();
        QCOMPARE(a.transport.send(NodeId{2}, "x"), SendResult::NoLink);
    }

    void messagesArriveInOrder()
    {
        PeerRecorder a(1), b(2);
        a.start();
        b.start();
        // Sent from within linkUp: must not be lost.
        a.onUp = [&](NodeId to) { QCOMPARE(a.transport.send(to, numbered(0)), SendResult::Queued); };
        b.onUp = [&](NodeId to) { QCOMPARE(b.transport.send(to, numbered(0)), SendResult::Queued); };
        a.transport.setPeers({b.address()});
        QTRY_VERIFY(a.isLinkedWith(b) && b.isLinkedWith(a));
        QList<QByteArray> expected{numbered(0)};
        for (int i = 1; i < 5000; ++i) {
            expected.append(numbered(i));
            QCOMPARE(a.transport.send(b.self.node, expected.last()), SendResult::Queued);
        }
        QTRY_COMPARE(b.received.size(), 5000);
        QCOMPARE(b.received, expected);
        QTRY_COMPARE(a.received.size(), 1);
    }

    void theHandlerMaySendFromWithinReceive()
    {
        PeerRecorder a(1), b(2);
        a.start();
        b.start();
        b.onMessage = [&](NodeId from, QByteArrayView message) {
            return b.transport.send(from, message.toByteArray()) == SendResult::Queued;
        };
        a.onMessage = [&](NodeId from, QByteArrayView message) {
            const int next = message.toByteArray().toInt() + 1;
            return next > 1000 || a.transport.send(from, numbered(next)) == SendResult::Queued;
        };
        a.transport.setPeers({b.address()});
        QTRY_VERIFY(a.isLinkedWith(b));
        QCOMPARE(a.transport.send(b.self.node, numbered(1)), SendResult::Queued);
        QTRY_COMPARE(a.receivedCount, 1000);
    }

    void largeMessagesArriveWhole()
    {
        PeerRecorder a(1), b(2);
        a.start();
        b.start();
        a.transport.setPeers({b.address()});
        QTRY_VERIFY(a.isLinkedWith(b));
        QByteArray large;
        for (int i = 0; large.size() < 20 * 1024 * 1024; ++i)
            large += QByteArray(997, static_cast<char>(i));
        // More than the queue's bound, but alone in it.
        QCOMPARE(a.transport.send(b.self.node, large), SendResult::Queued);
        QCOMPARE(a.transport.send(b.self.node, "small"), SendResult::Overloaded);
        QTRY_COMPARE_WITH_TIMEOUT(b.received.size(), 1, 20'000);
        QVERIFY(b.received.first() == large);
        QTRY_COMPARE(a.transport.queuedBytes(), 0);
        QCOMPARE(a.transport.send(b.self.node, "small"), SendResult::Queued);
        QTRY_COMPARE(b.received.size(), 2);
    }

    void dialledFromBothSidesAtOnceThereIsOneLink()
    {
        for (int round = 0; round < 30; ++round) {
            PeerRecorder a(1), b(2);
            a.start();
            b.start();
            a.transport.setPeers({b.address()});
            b.transport.setPeers({a.address()});
            QTRY_VERIFY(a.isLinkedWith(b) && b.isLinkedWith(a));
            QTRY_VERIFY(a.transport.connectionCount() == 1 && b.transport.connectionCount() == 1);
            QCOMPARE(a.transport.send(b.self.node, "x"), SendResult::Queued);
            QCOMPARE(b.transport.send(a.self.node, "x"), SendResult::Queued);
            QTRY_VERIFY(a.received.size() == 1 && b.received.size() == 1);
            QCOMPARE(a.ups + b.ups, 2); // and none was given up for another
        }
    }

    void threeNodesMakeAFullMesh()
    {
        std::vector<std::unique_ptr<PeerRecorder>> nodes;
        QList<QString> addresses;
        for (quint64 id = 1; id <= 3; ++id) {
            nodes.push_back(std::make_unique<PeerRecorder>(id));
            nodes.back()->start();
            addresses.append(nodes.back()->address());
        }
        for (const auto& node : nodes)
            node->transport.setPeers(addresses);
        for (const auto& node : nodes)
            QTRY_VERIFY(node->transport.linkCount() == 2 && node->transport.connectionCount() == 2);
    }

    void aMemberUnderTwoAddressesHasOneLink()
    {
        PeerRecorder a(2), b(1);
        a.start();
        b.start();
        const QString port = b.address().section(QLatin1Char(':'), 1);
        a.transport.setPeers({b.address(), QStringLiteral("localhost:") + port});
        QTRY_VERIFY(a.isLinkedWith(b) && b.isLinkedWith(a));
        // Both addresses were tried: the judge was asked for each, and the second was not kept.
        QTRY_VERIFY(a.judged >= 2);
        QTRY_VERIFY(a.transport.connectionCount() == 1 && b.transport.connectionCount() == 1);
        QCOMPARE(a.ups, 1);
    }

    void aNodeDoesNotLinkWithItself()
    {
        PeerRecorder a(1);
        a.start();
        const QString port = a.address().section(QLatin1Char(':'), 1);
        PeerRecorder b(2);
        b.start();
        a.transport.setPeers({QStringLiteral("localhost:") + port, a.address(), b.address()});
        QTRY_VERIFY(a.isLinkedWith(b));
        QTRY_COMPARE(a.transport.connectionCount(), 1);
        QCOMPARE(a.ups, 1);
        QCOMPARE(a.judged, 1); // of b alone
    }

    void anotherClusterIsRefusedAndToldOnce()
    {
        PeerRecorder a(1), b(2);
        b.self.cluster = QStringLiteral("other");
        a.start();
        b.start();
        b.transport.setPeers({a.address()});
        QTRY_VERIFY(a.judged + b.judged >= 6); // it keeps trying
        QCOMPARE(a.ups + b.ups, 0);
        QCOMPARE(a.count(QStringLiteral("refused")), 1);
        QCOMPARE(a.log.size(), 1);
        QCOMPARE(b.log.size(), b.count(QStringLiteral("refuse")));
        QVERIFY(b.log.size() <= 2); // it refuses, and is refused
    }

    void whoeverFindsFaultTheOtherIsTold_data()
    {
        QTest::addColumn<quint64>("judge");
        QTest::addColumn<quint64>("judged");
        QTest::newRow("the smaller id finds fault") << quint64{1} << quint64{2};
        QTest::newRow("the larger id finds fault") << quint64{2} << quint64{1};
    }
    void whoeverFindsFaultTheOtherIsTold()
    {
        QFETCH(quint64, judge);
        QFETCH(quint64, judged);
        PeerRecorder a(judge), b(judged);
        b.self.cluster = QStringLiteral("other");
        b.isLenient = true;
        a.start();
        b.start();
        b.transport.setPeers({a.address()});
        QTRY_COMPARE(b.refusals, QStringList{QStringLiteral("This is cluster test.")});
        QTRY_VERIFY(a.judged >= 3);
        QCOMPARE(b.refusals.size(), 1); // told once, though it keeps trying
        QCOMPARE(b.log.size(), 1);
        QCOMPARE(a.ups + b.ups, 0);
    }

    void aNamesakeIsRefused()
    {
        PeerRecorder a(1, 1), b(2, 2), impostor(1, 3);
        a.start();
        b.start();
        impostor.start();
        b.transport.setPeers({a.address()});
        QTRY_VERIFY(b.isLinkedWith(a));
        impostor.transport.setPeers({a.address()});
        QTRY_COMPARE(impostor.refusals.size(), 1);
        QVERIFY(impostor.refusals.first().contains(QStringLiteral("n1")));
        QCOMPARE(impostor.ups, 0);
        QVERIFY(b.isLinkedWith(a));
    }

    void aRestartedMemberReplacesItsOldLink()
    {
        PeerRecorder b(2);
        b.start();
        auto a = std::make_unique<PeerRecorder>(1, 1);
        a->start();
        a->transport.setPeers({b.address()});
        QTRY_VERIFY(b.isLinkedWith(*a));
        auto again = std::make_unique<PeerRecorder>(1, 2); // while the old one still seems to be there
        again->start();
        again->transport.setPeers({b.address()});
        QTRY_VERIFY(again->isLinkedWith(b));
        QTRY_COMPARE(b.ups, 2);
        QCOMPARE(b.downs, 1);
        QTRY_COMPARE(a->downs, 1);
    }

    void aLostLinkIsToldAndMadeAgain()
    {
        PeerRecorder a(1);
        a.start();
        auto b = std::make_unique<PeerRecorder>(2, 1);
        b->start();
        const QString address = b->address();
        a.transport.setPeers({address});
        QTRY_VERIFY(a.isLinkedWith(*b));
        b.reset();
        QTRY_COMPARE(a.downs, 1);
        QCOMPARE(a.transport.send(NodeId{2}, "x"), SendResult::NoLink);
        QTRY_COMPARE(a.count(QStringLiteral("no connection to")), 1);
        b = std::make_unique<PeerRecorder>(2, 2);
        b->start(address);
        QTRY_VERIFY(a.isLinkedWith(*b) && b->isLinkedWith(a));
        QCOMPARE(a.ups, 2);
    }

    void anUnreadableMessageEndsTheLink()
    {
        PeerRecorder a(1), b(2);
        a.start();
        b.start();
        b.onMessage = [](NodeId, QByteArrayView) { return false; };
        a.transport.setPeers({b.address()});
        QTRY_VERIFY(a.isLinkedWith(b));
        QCOMPARE(a.transport.send(b.self.node, "x"), SendResult::Queued);
        QCOMPARE(a.transport.send(b.self.node, "y"), SendResult::Queued);
        QTRY_COMPARE(b.downs, 1);
        QCOMPARE(b.receivedCount, 1); // nothing after the bad one
        QCOMPARE(b.count(QStringLiteral("cannot be understood")), 1);
        QTRY_COMPARE(a.ups, 2); // and it is tried again
    }

    void anAddressInUseSaysSo()
    {
        PeerRecorder a(1), b(2);
        a.start();
        const auto listening = b.transport.listen(a.address());
        QVERIFY(!listening);
        QCOMPARE(listening.error().code, ErrorCode::Unavailable);
        QVERIFY(listening.error().message.contains(a.address()));
    }

    void detachingEndsAllQuietly()
    {
        PeerRecorder a(1), b(2);
        a.start();
        b.start();
        a.transport.setPeers({b.address()});
        QTRY_VERIFY(a.isLinkedWith(b) && b.isLinkedWith(a));
        a.transport.attach(nullptr);
        QCOMPARE(a.downs, 0);
        QCOMPARE(a.transport.send(b.self.node, "x"), SendResult::NoLink);
        QTRY_COMPARE(b.downs, 1);
    }
};

QTEST_GUILESS_MAIN(PeerTransportTest)
#include "peer_transport_test.moc"
