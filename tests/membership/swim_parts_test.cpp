// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/membership/swim_gossip.h"
#include "nodecore/membership/swim_health.h"
#include "nodecore/membership/swim_probe_order.h"
#include "nodecore/membership/swim_rules.h"
#include "nodecore/membership/swim_suspicions.h"
#include "tests/support/virtual_time.h"

#include <QTest>

#include <set>

using namespace ringmaster;
using namespace std::chrono_literals;

namespace {

SwimUpdate alive(quint64 member, quint64 incarnation = 0)
{
    return {SwimUpdate::Kind::Alive, NodeId{member}, incarnation, {}, 0};
}

constexpr SuspicionTime twoWanted{2s, 12s, 2};

} // namespace

class SwimPartsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aSuspicionShrinksWithEachConfirmation()
    {
        const SuspicionTime time{2s, 12s, 3};
        QCOMPARE(time.after(0), Duration(12s));
        QVERIFY(std::chrono::abs(time.after(1) - 7s) < 1us); // log 2 / log 4 is a half
        QVERIFY(time.after(2) < time.after(1));
        QCOMPARE(time.after(3), Duration(2s));
        QCOMPARE(time.after(9), Duration(2s));
    }

    void aSuspicionGrowsWithTheLogarithmOfTheCluster()
    {
        const SwimRules rules;
        QCOMPARE(suspicionTime(rules, 3).least, Duration(2500ms));
        QCOMPARE(suspicionTime(rules, 10).least, Duration(2500ms));
        QCOMPARE(suspicionTime(rules, 1000).least, Duration(7500ms));
        QCOMPARE(suspicionTime(rules, 1000).most, Duration(45s));
    }

    void nobodyIsAwaitedToConfirmWhereThereIsNobody()
    {
        const SwimRules rules;
        QCOMPARE(suspicionTime(rules, 2).wanted, 0);
        QCOMPARE(suspicionTime(rules, 2).after(0), Duration(2500ms));
        QCOMPARE(suspicionTime(rules, 3).wanted, 1);
        QCOMPARE(suspicionTime(rules, 100).wanted, 3);
    }

    void oneAccuserCountsOnce()
    {
        SwimSuspicions suspicions;
        suspicions.begin(NodeId{9}, NodeId{1}, twoWanted, {});
        QVERIFY(!suspicions.confirm(NodeId{9}, NodeId{1}));
        QVERIFY(suspicions.confirm(NodeId{9}, NodeId{2}));
        QVERIFY(!suspicions.confirm(NodeId{9}, NodeId{2}));
        QVERIFY(suspicions.confirm(NodeId{9}, NodeId{3}));
        QVERIFY(!suspicions.confirm(NodeId{9}, NodeId{4})); // enough
        QCOMPARE(suspicions.nextEnd()->sinceStart, Duration(2s));
        QVERIFY(suspicions.endedBy({1999ms}).empty());
        QCOMPARE(suspicions.endedBy({2s}), std::vector<NodeId>{NodeId{9}});
    }

    void suspicionsWaitForANodeThatStoodStill()
    {
        SwimSuspicions suspicions;
        suspicions.begin(NodeId{9}, NodeId{1}, twoWanted, {});
        suspicions.begin(NodeId{8}, NodeId{1}, twoWanted, {1s});
        suspicions.postpone(20s);
        QCOMPARE(suspicions.nextEnd()->sinceStart, Duration(32s));
        suspicions.end(NodeId{9});
        QCOMPARE(suspicions.nextEnd()->sinceStart, Duration(33s));
        suspicions.end(NodeId{8});
        QVERIFY(!suspicions.nextEnd());
    }

    void anUpdateIsToldSoOftenAndNoMore()
    {
        SwimGossip gossip;
        gossip.add(alive(1));
        for (int i = 0; i < 3; ++i) {
            std::vector<SwimUpdate> told;
            gossip.take(told, 1000, 3);
            QCOMPARE(told.size(), size_t{1});
        }
        QVERIFY(gossip.isEmpty());
    }

    void whatWasToldLeastGoesFirst()
    {
        SwimGossip gossip;
        gossip.add(alive(1));
        std::vector<SwimUpdate> told;
        gossip.take(told, 1000, 3);
        gossip.add(alive(2));
        told.clear();
        gossip.take(told, alive(2).encodedSize(), 3); // room for one
        QCOMPARE(told, std::vector<SwimUpdate>{alive(2)});
    }

    void aNewerUpdateTakesTheOldersPlace()
    {
        SwimGossip gossip;
        gossip.add(alive(1, 4));
        gossip.add({SwimUpdate::Kind::News, NodeId{1}, 7, {}, 3});
        gossip.add(alive(1, 5));
        QCOMPARE(gossip.size(), size_t{2}); // its state and its record
        std::vector<SwimUpdate> told;
        gossip.take(told, 1000, 1);
        QCOMPARE(told.front(), alive(1, 5));
        QVERIFY(gossip.isEmpty());
    }

    void aForgottenMemberIsNotTalkedAbout()
    {
        SwimGossip gossip;
        gossip.add(alive(1));
        gossip.add({SwimUpdate::Kind::News, NodeId{1}, 7, {}, 3});
        gossip.forget(NodeId{1});
        QVERIFY(gossip.isEmpty());
    }

    void everyMemberIsProbedOnceARound()
    {
        SeededRandom random(1);
        SwimProbeOrder order;
        for (quint64 i = 1; i <= 7; ++i)
            order.add(NodeId{i}, random);
        for (int round = 0; round < 20; ++round) {
            std::set<NodeId> probed;
            for (int i = 0; i < 7; ++i)
                probed.insert(order.next(random));
            QCOMPARE(probed.size(), size_t{7});
        }
    }

    void aMemberThatComesOrGoesKeepsTheRoundWhole()
    {
        SeededRandom random(2);
        SwimProbeOrder order;
        for (quint64 i = 1; i <= 6; ++i)
            order.add(NodeId{i}, random);
        const NodeId first = order.next(random);
        order.remove(first);
        order.add(NodeId{99}, random);
        std::set<NodeId> probed;
        for (int i = 0; i < 12; ++i)
            probed.insert(order.next(random));
        QVERIFY(probed.count(first) == 0);
        QVERIFY(probed.count(NodeId{99}) == 1);
        QCOMPARE(probed.size(), size_t{6});
    }

    void healthStaysWithinItsBounds()
    {
        SwimHealth health(9);
        health.better();
        QCOMPARE(health.multiplier(), 1);
        health.worse(100);
        QCOMPARE(health.multiplier(), 9);
        health.better();
        QCOMPARE(health.multiplier(), 8);
    }
};

QTEST_GUILESS_MAIN(SwimPartsTest)
#include "swim_parts_test.moc"
