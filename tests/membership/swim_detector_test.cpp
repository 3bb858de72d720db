// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/virtual_swim.h"

#include <QTest>

#include <optional>
#include <set>

using namespace ringmaster;
using namespace std::chrono_literals;

namespace {

// Members that anybody declared down while they ran.
std::set<int> declaredDown(VirtualSwim& swim, Duration within)
{
    std::set<int> members;
    swim.watch([&](int, int member, SwimState state) {
        if (state == SwimState::Down && swim.isUp(member))
            members.insert(member);
    });
    swim.runFor(within);
    swim.watch({});
    return members;
}

double secondsOf(Duration duration)
{
    return std::chrono::duration<double>(duration).count();
}

} // namespace

class SwimDetectorTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void nobodyIsSuspectInAQuietCluster()
    {
        VirtualSwim swim(5, 1);
        bool anything = false;
        swim.watch([&](int, int, SwimState) { anything = true; });
        swim.runFor(10min);
        QVERIFY(!anything);
    }

    void aDeathIsDeclaredByAllInTime_data()
    {
        QTest::addColumn<int>("nodes");
        QTest::addColumn<bool>("isLocal");
        QTest::addColumn<int>("suspectWithinMs");
        QTest::addColumn<int>("downWithinMs");
        QTest::newRow("two on a LAN") << 2 << false << 2000 << 10'000;
        QTest::newRow("ten on a LAN") << 10 << false << 2500 << 10'000;
        QTest::newRow("two on one machine") << 2 << true << 1000 << 3000;
        QTest::newRow("three on one machine") << 3 << true << 1000 << 3000;
        QTest::newRow("five on one machine") << 5 << true << 1000 << 3000;
        QTest::newRow("ten on one machine") << 10 << true << 1000 << 3000;
    }

    void aDeathIsDeclaredByAllInTime()
    {
        QFETCH(int, nodes);
        QFETCH(bool, isLocal);
        QFETCH(int, suspectWithinMs);
        QFETCH(int, downWithinMs);
        Duration latestSuspicion{0};
        Duration latestDeath{0};
        for (quint64 seed = 1; seed <= 50; ++seed) {
            VirtualSwim swim(nodes, seed, isLocal ? swimForOneMachine() : SwimRules{});
            swim.runFor(5s + seed * 37ms);
            const MonoTime killed = swim.queue().now();
            swim.kill(0);
            const auto someoneSuspects = [&] {
                for (int i = 1; i < nodes; ++i) {
                    if (swim.stateOf(i, 0) != SwimState::Alive)
                        return true;
                }
                return false;
            };
            QVERIFY(swim.runUntil(someoneSuspects, 1min));
            latestSuspicion = std::max(latestSuspicion, swim.queue().now() - killed);
            QVERIFY(swim.runUntil([&] { return swim.allHold(0, SwimState::Down); }, 1min));
            latestDeath = std::max(latestDeath, swim.queue().now() - killed);
        }
        qInfo("the latest of 50: suspected after %.2f s, down with all after %.2f s",
              secondsOf(latestSuspicion), secondsOf(latestDeath));
        QVERIFY(latestSuspicion <= std::chrono::milliseconds(suspectWithinMs));
        QVERIFY(latestDeath <= std::chrono::milliseconds(downWithinMs));
    }

    void nobodyDiesOfLostDatagrams()
    {
        VirtualSwim swim(10, 7);
        swim.network().setLoss(0.05);
        QVERIFY(declaredDown(swim, 1h).empty());
    }

    // Every node loses so much that it has false suspicions all the time.
    void gossipDoesNotGrowWithTheCluster()
    {
        std::vector<double> bytes; // a node and second
        for (const int nodes : {20, 200}) {
            VirtualSwim swim(nodes, 1);
            swim.network().setLoss(0.2);
            swim.runFor(2min);
            bytes.push_back(static_cast<double>(swim.network().bytesSent()) / nodes / 120);
        }
        qInfo("bytes a node and second: %.0f of 20, %.0f of 200", bytes[0], bytes[1]);
        QVERIFY(bytes[1] < bytes[0] * 1.05);
    }

    void aSuspicionThatIsNotToldYetEndsWithAnAnswer()
    {
        VirtualSwim swim(3, 1);
        int suspicions = 0;
        swim.watch([&](int, int, SwimState state) { suspicions += int(state == SwimState::Suspect); });
        for (const int other : {1, 2})
            swim.network().cut(swim.address(0), swim.address(other));
        QVERIFY(swim.runUntil([&] { return suspicions == 1; }, 10s));
        swim.network().healAll();
        swim.runFor(1s); // two more rounds: it would be suspect for 2.5 s at least, had it been told
        for (int i = 0; i < 3; ++i) {
            QVERIFY(swim.allHold(i, SwimState::Alive));
            QCOMPARE(swim.detector(i).incarnation(), quint64{0}); // there was nothing to refute
        }
    }

    void aSuspicionIsToldWhenAllTriesHaveFailed()
    {
        for (const int tries : {1, 2, 4}) {
            SwimRules rules;
            rules.probeTries = tries;
            VirtualSwim swim(10, 3, rules);
            std::optional<MonoTime> first;
            std::optional<MonoTime> told; // by somebody who did not find it by itself
            std::set<int> suspecting;
            swim.runFor(5s);
            swim.watch([&](int observer, int, SwimState state) {
                if (state != SwimState::Suspect || !suspecting.insert(observer).second)
                    return;
                first = first.value_or(swim.queue().now());
                if (suspecting.size() == 5)
                    told = swim.queue().now();
            });
            swim.kill(0);
            QVERIFY(swim.runUntil([&] { return told.has_value(); }, 1min));
            qInfo("%d tries: half of the members suspect it %.2f s after the first", tries,
                  secondsOf(*told - *first));
            QVERIFY(*told - *first <= (tries - 1) * rules.probeInterval + 1s);
        }
    }

    void aOneWayCutBetweenTwoHarmsNobody()
    {
        VirtualSwim swim(5, 3);
        swim.network().cut(swim.address(0), swim.address(1));
        bool anything = false;
        swim.watch([&](int, int, SwimState) { anything = true; });
        swim.runFor(10min);
        QVERIFY(!anything); // the others probe for them
    }

    // All datagrams to it, or all from it, are lost: its links are left.
    void whoCanBeReachedOverALinkStaysUp_data()
    {
        QTest::addColumn<bool>("isDeaf");
        QTest::newRow("deaf") << true;
        QTest::newRow("mute") << false;
    }

    void whoCanBeReachedOverALinkStaysUp()
    {
        QFETCH(bool, isDeaf);
        VirtualSwim swim(4, 11);
        swim.setLinks(true);
        for (int other = 1; other < 4; ++other) {
            const QString from = swim.address(isDeaf ? other : 0);
            swim.network().cut(from, swim.address(isDeaf ? 0 : other));
        }
        QVERIFY(declaredDown(swim, 10min).empty());
        for (int other = 1; other < 4; ++other) {
            QCOMPARE(swim.stateOf(0, other), SwimState::Alive);
            QCOMPARE(swim.stateOf(other, 0), SwimState::Alive);
        }
    }

    void whoIsCutOffIsDownOnBothSidesAndComesBack()
    {
        VirtualSwim swim(6, 5);
        for (int other = 1; other < 6; ++other) {
            swim.network().cut(swim.address(0), swim.address(other));
            swim.network().cut(swim.address(other), swim.address(0));
        }
        const auto bothSidesKnow = [&] {
            for (int other = 1; other < 6; ++other) {
                if (swim.stateOf(0, other) != SwimState::Down)
                    return false;
            }
            return swim.allHold(0, SwimState::Down);
        };
        QVERIFY(swim.runUntil(bothSidesKnow, 2min));
        swim.network().healAll();
        const auto allMeet = [&] {
            for (int member = 0; member < 6; ++member) {
                if (!swim.allHold(member, SwimState::Alive))
                    return false;
            }
            return true;
        };
        QVERIFY(swim.runUntil(allMeet, 2min));
        QVERIFY(swim.detector(0).incarnation() > 0);
    }

    void aRestartedMemberRefutesItsOwnDeath()
    {
        VirtualSwim swim(5, 9);
        swim.kill(2);
        QVERIFY(swim.runUntil([&] { return swim.allHold(2, SwimState::Down); }, 1min));
        swim.restart(2);
        QVERIFY(swim.runUntil([&] { return swim.allHold(2, SwimState::Alive); }, 1min));
        QVERIFY(swim.detector(2).incarnation() > 0);
    }

    // It stood still for longer than a suspicion lasts; awake again, it must not think that all others died.
    void aStarvedNodeAccusesNobody()
    {
        for (quint64 seed = 1; seed <= 20; ++seed) {
            VirtualSwim swim(8, seed);
            swim.runFor(10s);
            std::set<int> accused;
            swim.watch([&](int observer, int member, SwimState state) {
                if (observer == 0 && state != SwimState::Alive)
                    accused.insert(member);
            });
            swim.starve(0);
            swim.runFor(20s);
            swim.resume(0);
            swim.runFor(30s);
            QVERIFY2(accused.empty(), qPrintable(QStringLiteral("seed %1").arg(seed)));
            QVERIFY(swim.allHold(0, SwimState::Alive));
            QCOMPARE(swim.detector(0).healthMultiplier(), 1);
        }
    }

    void aSlowNodeFindsItselfSlow()
    {
        VirtualSwim swim(8, 2);
        for (int i = 0; i < 40; ++i) {
            swim.starve(0);
            swim.runFor(400ms);
            swim.resume(0);
            swim.runFor(100ms);
        }
        QVERIFY(swim.detector(0).healthMultiplier() > 2);
        QCOMPARE(swim.detector(1).healthMultiplier(), 1);
    }

    void aJoinIsKnownToAll()
    {
        VirtualSwim swim(20, 4);
        swim.runFor(5s);
        const int newcomer = swim.join(3);
        QVERIFY(swim.runUntil([&] { return swim.allHold(newcomer, SwimState::Alive); }, 10s));
    }

    void newsReachesAll()
    {
        VirtualSwim swim(50, 6);
        swim.runFor(2s);
        swim.tell(10, 77);
        QVERIFY(swim.runUntil([&] { return swim.countInformed(77) == 50; }, 20s));
    }

    void datagramsStayWithinTheirBound()
    {
        VirtualSwim swim(200, 8);
        for (int i = 0; i < 120; ++i)
            swim.kill(i); // so that there is more to tell than fits
        swim.runFor(2min);
        QVERIFY(swim.network().largest() > Datagrams::maxBytes - 20);
        QVERIFY(swim.network().largest() <= Datagrams::maxBytes);
    }

    void anUnknownMemberIsDown()
    {
        VirtualSwim swim(2, 1);
        QCOMPARE(swim.detector(0).stateOf(NodeId{12345}), SwimState::Down);
        QCOMPARE(swim.detector(0).stateOf(swim.id(0)), SwimState::Alive);
    }

    void aRemovedMemberIsForgotten()
    {
        VirtualSwim swim(3, 1);
        swim.kill(2);
        QVERIFY(swim.runUntil([&] { return swim.allHold(2, SwimState::Down); }, 1min));
        swim.detector(0).removeMember(swim.id(2));
        swim.detector(1).removeMember(swim.id(2));
        swim.runFor(1min);
        QVERIFY(!swim.detector(0).knows(swim.id(2)));
    }

    void foreignDatagramsAreIgnored()
    {
        VirtualSwim swim(2, 1);
        SwimMessage death;
        death.from = swim.id(1);
        death.about = swim.id(0);
        death.updates = {{SwimUpdate::Kind::Down, swim.id(1), 3, {}, 0}};
        swim.detector(0).receive(swim.address(1), death.encoded(swimTagOf(QStringLiteral("another"))));
        swim.detector(0).receive(swim.address(1), "GET / HTTP/1.1");
        QCOMPARE(swim.stateOf(0, 1), SwimState::Alive);
        QCOMPARE(swim.detector(0).foreignDatagrams(), quint64{2});
    }

    void aLinkSpeaksForNobodyElse()
    {
        VirtualSwim swim(3, 1);
        SwimMessage death;
        death.from = swim.id(1);
        death.about = swim.id(0);
        death.updates = {{SwimUpdate::Kind::Down, swim.id(1), 3, {}, 0}};
        swim.detector(0).receiveOverLink(swim.id(2), death.encoded(0x7465737473));
        QCOMPARE(swim.stateOf(0, 1), SwimState::Alive);
    }

    void oneSeedGivesOneRun()
    {
        QList<quint64> sent;
        for (int run = 0; run < 2; ++run) {
            VirtualSwim swim(10, 42);
            swim.network().setLoss(0.2);
            swim.runFor(1min);
            sent << swim.network().sent() << swim.network().bytesSent();
        }
        QCOMPARE(sent.mid(0, 2), sent.mid(2, 2));
    }
};

QTEST_GUILESS_MAIN(SwimDetectorTest)
#include "swim_detector_test.moc"
