// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/env/faulty_clock.h"
#include "nodecore/env/faulty_transport.h"
#include "tests/support/virtual_time.h"

#include <QTest>

using namespace ringmaster;
using namespace std::chrono_literals;

namespace {

constexpr NodeId n1{1};
constexpr NodeId n2{2};

class RecordingTransport final : public Transport {
public:
    SendResult send(NodeId to, const QByteArray& message) override
    {
        sent.append(QByteArray::number(to.value) + ':' + message);
        return answer;
    }
    void setPeers(const QList<QString>& addresses) override { peers = addresses; }

    QByteArrayList sent;
    QList<QString> peers;
    SendResult answer = SendResult::Queued;
};

struct Bench {
    EventQueue time;
    VirtualClock clock{time};
    SeededRandom random{7};
    RecordingTransport under;
    FaultyTransport transport{under, clock, random};

    void passTo(Duration sinceStart)
    {
        time.advanceTo(MonoTime{sinceStart});
        transport.timePassed();
    }
    SendResult send(const char* message, NodeId to = n1) { return transport.send(to, message); }
};

LinkFault delayed(Duration by)
{
    LinkFault fault;
    fault.delay = by;
    return fault;
}

// Each reading of a virtual clock moves it a little.
bool isAbout(std::optional<MonoTime> time, MonoTime expected)
{
    return time && *time + 1ms >= expected && *time <= expected + 1ms;
}

} // namespace

class FaultyPortsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void withoutAFaultMessagesAndAnswersPassAtOnce()
    {
        Bench bench;
        bench.under.answer = SendResult::NoLink;
        QCOMPARE(bench.send("a"), SendResult::NoLink);
        bench.transport.setPeers({QStringLiteral("h:1")});
        QCOMPARE(bench.under.sent, QByteArrayList{"1:a"});
        QCOMPARE(bench.under.peers, QList<QString>{QStringLiteral("h:1")});
        QVERIFY(bench.transport.admits(n1));
        QVERIFY(!bench.transport.nextDue());
    }

    void aDelayedLinkKeepsItsOrderAndOtherLinksDoNotWait()
    {
        Bench bench;
        bench.transport.setFault(n1, delayed(100ms));
        QCOMPARE(bench.send("a"), SendResult::Queued);
        bench.send("other", n2);
        QVERIFY(isAbout(bench.transport.nextDue(), MonoTime{100ms}));
        bench.passTo(50ms);
        bench.transport.setFault(n1, delayed(60ms));
        bench.send("b");
        bench.passTo(99ms);
        QCOMPARE(bench.under.sent, QByteArrayList{"2:other"});
        bench.passTo(200ms);
        QCOMPARE(bench.under.sent, (QByteArrayList{"2:other", "1:a", "1:b"}));
        QVERIFY(!bench.transport.nextDue());
    }

    void aHealedLinkSendsWhatWasDelayedFirst()
    {
        Bench bench;
        bench.transport.setFault(n1, delayed(1h));
        bench.send("a");
        bench.transport.healAll();
        bench.send("b");
        QVERIFY(isAbout(bench.transport.nextDue(), MonoTime{}));
        bench.transport.timePassed();
        bench.send("c");
        QCOMPARE(bench.under.sent, (QByteArrayList{"1:a", "1:b", "1:c"}));
    }

    void aBrokenLinkLosesWhatWasDelayed()
    {
        Bench bench;
        bench.transport.setFault(n1, delayed(1s));
        bench.send("a");
        bench.transport.linkLost(n1);
        bench.passTo(2s);
        QVERIFY(bench.under.sent.isEmpty());
    }

    void aDelayedLinkIsOverloadedAboveItsBound()
    {
        Bench bench;
        bench.transport.setFault(n1, delayed(1s));
        const QByteArray big(FaultyTransport::maxDelayedBytes, 'x');
        QCOMPARE(bench.transport.send(n1, big), SendResult::Queued);
        QCOMPARE(bench.send("a"), SendResult::Overloaded);
        bench.passTo(1s);
        QCOMPARE(bench.send("a"), SendResult::Queued);
    }

    void aCutGoesOneWay_data()
    {
        QTest::addColumn<bool>("out");
        QTest::addColumn<bool>("in");
        QTest::newRow("out") << true << false;
        QTest::newRow("in") << false << true;
        QTest::newRow("both") << true << true;
    }
    void aCutGoesOneWay()
    {
        QFETCH(bool, out);
        QFETCH(bool, in);
        Bench bench;
        LinkFault fault;
        fault.cutOut = out;
        fault.cutIn = in;
        bench.transport.setFault(n1, fault);
        QCOMPARE(bench.send("a"), SendResult::Queued);
        QCOMPARE(bench.under.sent.isEmpty(), out);
        QCOMPARE(bench.transport.admits(n1), !in);
        QVERIFY(bench.transport.admits(n2));
        QCOMPARE(bench.transport.faultOf(n1), fault);
        bench.transport.setFault(n1, {});
        QVERIFY(bench.transport.faults().empty());
        QVERIFY(bench.transport.admits(n1));
    }

    void aCutTakesWhatIsUnderWay()
    {
        Bench bench;
        bench.transport.setFault(n1, delayed(1s));
        bench.send("a");
        LinkFault cut;
        cut.cutOut = true;
        bench.transport.setFault(n1, cut);
        bench.transport.healAll();
        bench.passTo(2s);
        QVERIFY(bench.under.sent.isEmpty());
    }

    void lossTakesAboutItsPart()
    {
        Bench bench;
        LinkFault fault;
        fault.loss = 0.25;
        bench.transport.setFault(n1, fault);
        for (int i = 0; i < 4000; ++i)
            QCOMPARE(bench.send("a"), SendResult::Queued);
        QVERIFY(bench.under.sent.size() > 2800 && bench.under.sent.size() < 3200);
        fault.loss = 1;
        bench.transport.setFault(n1, fault);
        bench.under.sent.clear();
        for (int i = 0; i < 100; ++i)
            bench.send("a");
        QVERIFY(bench.under.sent.isEmpty());
    }

    void onlyTheWallClockJumps()
    {
        EventQueue time;
        VirtualClock under(time);
        FaultyClock clock(under);
        QCOMPARE(clock.wallNow(), under.wallNow());
        clock.setOffset(-1min);
        QCOMPARE(clock.wallNow().msSinceEpoch, under.wallNow().msSinceEpoch - 60'000);
        QVERIFY(isAbout(clock.now(), under.now()));
    }
};

QTEST_GUILESS_MAIN(FaultyPortsTest)
#include "faulty_ports_test.moc"
