// SPDX-License-Identifier: GPL-3.0-or-later
// Whole clusters whose ring changes while they serve, in virtual time.
#include "nodecore/wire/message.h"
#include "tests/membership/changing_cluster.h"

#include <QtTest>

using namespace ringmaster;
using namespace ringmaster::changing;
using namespace std::chrono_literals;

class RingChangeTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aJoinerIsPendingUntilItHasItsData();
    void afterAJoinEveryKeyIsOnItsOwnersOnly();
    void writesDuringAJoinReachBothOwners();
    void twoThatJoinAtOnceComeOneAfterTheOther();
    void aJoinerThatCrashesGoesOn();
    void aSenderThatCrashesHoldsTheJoinUpAndNoMore();
    void aJoinCanBeCancelled();
    void leavingGivesEverythingAway();
    void aLeaverIsLeftWhenItHoldsNothingAnyMore();
    void whatComesToOneThatHasLeftIsNotTaken();
    void theLastOneCannotLeave();
    void oneNodeTooManyLeavesOnlyByForce();
    void oneNodeTooManyIsRemovedOnlyByForce();
    void aStandbyHoldsNothingAndForwards();
    void aDeadMemberIsRemovedAndItsDataRebuilt();
    void aRemovedMemberIsTold();
    void aNewNodeTakesTheTokensOfADeadOne();
    void tokensMoveBetweenMembers();
    void aNodeTakesItsShareByCapacity();
    void aNodeWithTokensStaysInItsZone();
    void aPlanForeseesWhatAJoinMoves();
    void aPlanGoesByZoneAndCapacity();
    void aPlanThatMakesNoSenseIsRefused();
    void aPlanSaysWhatIsAtRisk();
};

void RingChangeTest::aJoinerIsPendingUntilItHasItsData()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    QVERIFY(write(cluster, 0, 300));
    const int joiner = cluster.addNode();
    cluster.start(joiner);
    QVERIFY(cluster.runUntil([&] { return stateOf(cluster, 0, joiner) == MemberState::Pending; }));
    QVERIFY(!cluster.node(0).ring().isPrimary(idOf(cluster, joiner), Slot{0}) ||
            cluster.node(0).rings().isChanging());
    QVERIFY(cluster.runUntil([&] { return stateOf(cluster, 0, joiner) == MemberState::Ready; }));
    for (int k = 0; k < 300; ++k) {
        const Key key = keyOf(keyName(k));
        const Slot slot = slotOf(Partitioner::Md5, key);
        if (cluster.node(0).ring().isPrimary(idOf(cluster, joiner), slot))
            QVERIFY2(cluster.store(joiner).durableObject(slot, key)->has_value(), keyName(k).constData());
    }
}

void RingChangeTest::afterAJoinEveryKeyIsOnItsOwnersOnly()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    QVERIFY(write(cluster, 0, 300));
    for (int round = 0; round < 2; ++round) {
        const int joiner = cluster.addNode();
        cluster.start(joiner);
        QVERIFY(cluster.runUntil([&] { return stateOf(cluster, 0, joiner) == MemberState::Ready; }));
    }
    QVERIFY(cluster.runUntil([&] { return misplaced(cluster, 300).isEmpty(); }, 120s));
    for (int k = 0; k < 300; ++k)
        QCOMPARE(valuesOf(cluster.get(k % 5, keyName(k))->siblings),
                 QByteArrayList{"v" + QByteArray::number(k)});
}

void RingChangeTest::writesDuringAJoinReachBothOwners()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    QVERIFY(write(cluster, 0, 100));
    const int joiner = cluster.addNode();
    cluster.start(joiner);
    int next = 100;
    while (stateOf(cluster, 0, joiner) != MemberState::Ready && next < 3000) {
        QVERIFY(cluster.put(next % 3, keyName(next), "v" + QByteArray::number(next)));
        ++next;
    }
    QVERIFY(next > 100 && next < 3000);
    // Without the old owners' copies: what the joiner missed would show at once.
    for (int k = 0; k < next; ++k) {
        const auto read = cluster.get(k % 4, keyName(k));
        QVERIFY(read);
        QCOMPARE(valuesOf(read->siblings), QByteArrayList{"v" + QByteArray::number(k)});
    }
    QVERIFY(cluster.runUntil([&] { return misplaced(cluster, next).isEmpty(); }, 120s));
}

void RingChangeTest::twoThatJoinAtOnceComeOneAfterTheOther()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    QVERIFY(write(cluster, 0, 200));
    const int first = cluster.addNode();
    const int second = cluster.addNode();
    cluster.start(second);
    cluster.start(first);
    QVERIFY(cluster.runUntil([&] {
        return stateOf(cluster, 0, first) == MemberState::Ready &&
               stateOf(cluster, 0, second) == MemberState::Ready && ringIsQuiet(cluster);
    }));
    QVERIFY(cluster.runUntil([&] { return misplaced(cluster, 200).isEmpty(); }, 120s));
}

void RingChangeTest::aJoinerThatCrashesGoesOn()
{
    for (int ms = 0; ms < 60; ms += 3) {
        VirtualCluster cluster({.nodes = 3, .seed = quint64(ms + 1)});
        QVERIFY(cluster.startAll());
        QVERIFY(write(cluster, 0, 200));
        const int joiner = cluster.addNode();
        cluster.start(joiner);
        cluster.runFor(std::chrono::milliseconds(ms));
        cluster.crash(joiner);
        cluster.runFor(3s);
        QVERIFY(write(cluster, 200, 230));
        cluster.start(joiner);
        QVERIFY2(cluster.runUntil([&] {
            return stateOf(cluster, 0, joiner) == MemberState::Ready && ringIsQuiet(cluster);
        }),
                 qPrintable(QString::number(ms)));
        QVERIFY2(cluster.runUntil([&] { return misplaced(cluster, 230).isEmpty(); }, 120s),
                 qPrintable(QStringLiteral("%1 ms, %2").arg(ms).arg(misplaced(cluster, 230))));
    }
}

void RingChangeTest::aSenderThatCrashesHoldsTheJoinUpAndNoMore()
{
    VirtualCluster cluster({.nodes = 4});
    QVERIFY(cluster.startAll());
    QVERIFY(write(cluster, 0, 200));
    const int joiner = cluster.addNode();
    cluster.start(joiner);
    QVERIFY(cluster.runUntil([&] { return stateOf(cluster, 0, joiner) == MemberState::Pending; }));
    cluster.crash(3);
    cluster.runFor(5s);
    cluster.start(3);
    QVERIFY(cluster.runUntil(
        [&] { return stateOf(cluster, 0, joiner) == MemberState::Ready && ringIsQuiet(cluster); }));
    QVERIFY(cluster.runUntil([&] { return misplaced(cluster, 200).isEmpty(); }, 120s));
}

void RingChangeTest::aJoinCanBeCancelled()
{
    VirtualCluster cluster({.nodes = 4});
    QVERIFY(cluster.startAll());
    QVERIFY(write(cluster, 0, 200));
    const int joiner = cluster.addNode();
    // Not all of its sources: it cannot get ready.
    cluster.crash(1);
    cluster.crash(2);
    cluster.start(joiner);
    QVERIFY(cluster.runUntil([&] { return stateOf(cluster, 0, joiner) == MemberState::Pending; }));
    cluster.runFor(20s);
    QCOMPARE(stateOf(cluster, 0, joiner), MemberState::Pending);
    QVERIFY(cluster.node(joiner).cancel());
    QVERIFY(cluster.runUntil([&] { return stateOf(cluster, 0, joiner) == MemberState::Standby; }));
    cluster.start(1);
    cluster.start(2);
    QVERIFY(
        cluster.runUntil([&] { return ringIsQuiet(cluster) && misplaced(cluster, 200).isEmpty(); }, 120s));
    QVERIFY(cluster.node(joiner).join({}));
    QVERIFY(cluster.runUntil([&] { return stateOf(cluster, 0, joiner) == MemberState::Ready; }));
}

void RingChangeTest::leavingGivesEverythingAway()
{
    VirtualCluster cluster({.nodes = 5});
    QVERIFY(cluster.startAll());
    QVERIFY(write(cluster, 0, 300));
    QVERIFY(cluster.node(4).leave());
    QVERIFY(cluster.runUntil([&] { return stateOf(cluster, 0, 4) == MemberState::Left; }));
    QVERIFY(cluster.runUntil([&] { return ringIsQuiet(cluster); })); // for all of them
    QVERIFY(cluster.node(3).leave());
    QVERIFY(cluster.runUntil([&] { return stateOf(cluster, 0, 3) == MemberState::Left; }));
    QVERIFY(cluster.runUntil([&] { return misplaced(cluster, 300).isEmpty(); }, 120s));
    QCOMPARE(cluster.store(4).totals().objects, 0u);
    // It knows the ring still, and forwards.
    QVERIFY(cluster.put(4, "through one that left", "v"));
    QCOMPARE(valuesOf(cluster.get(3, "through one that left")->siblings), QByteArrayList{"v"});
}

// Not its data, and not the hints that it keeps for others.
void RingChangeTest::aLeaverIsLeftWhenItHoldsNothingAnyMore()
{
    VirtualClusterConfig config;
    config.nodes = 4;
    VirtualCluster cluster(config);
    QVERIFY(cluster.startAll());
    QVERIFY(write(cluster, 0, 300));
    cluster.crash(2);
    cluster.runFor(3s);
    for (int k = 0; k < 300; ++k)
        QVERIFY(cluster.put(0, "hinted" + QByteArray::number(k), "v"));
    QVERIFY(cluster.runUntil([&] { return cluster.node(3).stats().hints > 0; }));
    cluster.setCommitDelay(2, 1s);
    cluster.start(2);
    cluster.runFor(1s);
    QVERIFY(cluster.node(3).leave());
    QVERIFY(cluster.runUntil([&] { return stateOf(cluster, 0, 3) == MemberState::Left; }, 120s));
    QCOMPARE(cluster.node(3).stats().hints, quint64(0));
    QCOMPARE(cluster.store(3).totals().objects, quint64(0));
    cluster.crash(3);
    for (int k = 0; k < 300; ++k)
        QCOMPARE(valuesOf(cluster.get(k % 3, "hinted" + QByteArray::number(k))->siblings),
                 QByteArrayList{"v"});
}

// A peer that has not heard of it yet may still send it what it would have had.
void RingChangeTest::whatComesToOneThatHasLeftIsNotTaken()
{
    VirtualClusterConfig config;
    config.nodes = 4;
    VirtualCluster cluster(config);
    QVERIFY(cluster.startAll());
    QVERIFY(cluster.node(3).leave());
    QVERIFY(cluster.runUntil([&] { return cluster.node(3).state() == MemberState::Left; }, 60s));
    SiblingSet set;
    set.write(keyOf("k"), {}, QByteArray("late"), ActorId{5}, WallTime{1});
    const wire::RequestId id = wire::RequestId::received(1, 1);
    const NodeId from = cluster.node(0).id();
    QVERIFY(
        cluster.node(3).receive(from, wire::encode(wire::SyncRequest{id, {{keyOf("k"), set.encoded()}}})));
    QVERIFY(
        cluster.node(3).receive(from, wire::encode(wire::HandoffRequest{id, {{keyOf("k"), set.encoded()}}})));
    const wire::WriteRequest asHint{id, {1000}, keyOf("k"), set.encoded(), cluster.node(1).id(), {}};
    QVERIFY(cluster.node(3).receive(from, wire::encode(asHint)));
    cluster.touched(3);
    cluster.runFor(1s);
    QCOMPARE(cluster.store(3).totals().objects, quint64(0));
    QCOMPARE(cluster.node(3).stats().hints, quint64(0));
    // And what comes from it is not taken either.
    const NodeId left = cluster.node(3).id();
    QVERIFY(
        cluster.node(0).receive(left, wire::encode(wire::SyncRequest{id, {{keyOf("k"), set.encoded()}}})));
    cluster.touched(0);
    cluster.runFor(1s);
    QVERIFY(!cluster.store(0).latestObject(slotOf(Partitioner::Md5, keyOf("k")), keyOf("k"))->has_value());
}

void RingChangeTest::theLastOneCannotLeave()
{
    VirtualCluster cluster({.nodes = 1});
    QVERIFY(cluster.startAll());
    const auto refused = cluster.node(0).leave();
    QVERIFY(!refused);
    QVERIFY(refused.error().message.contains(QStringLiteral("last")));
}

void RingChangeTest::oneNodeTooManyLeavesOnlyByForce()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    QVERIFY(write(cluster, 0, 50));
    const auto refused = cluster.node(2).leave();
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::Conflict);
    QVERIFY2(refused.error().message.contains(QStringLiteral("2 replicas instead of N=3")),
             qPrintable(refused.error().message));
    QVERIFY(refused.error().message.contains(QStringLiteral("force")));
    QCOMPARE(cluster.node(2).state(), MemberState::Ready);

    QVERIFY(cluster.node(2).leave(Force::Yes));
    cluster.touched(2);
    QVERIFY(cluster.runUntil(
        [&] { return stateOf(cluster, 0, 2) == MemberState::Left && ringIsQuiet(cluster); }));
    const auto fatal = cluster.node(1).leave();
    QVERIFY(!fatal);
    QVERIFY2(fatal.error().message.contains(QStringLiteral("none of their keys can be read or written")),
             qPrintable(fatal.error().message));
    for (int k = 0; k < 50; ++k)
        QVERIFY(cluster.get(k % 2, keyName(k)));
}

void RingChangeTest::oneNodeTooManyIsRemovedOnlyByForce()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    cluster.crash(2);
    cluster.runFor(5s);
    const auto refused = cluster.node(0).remove(idOf(cluster, 2));
    QVERIFY(!refused);
    QVERIFY2(refused.error().message.contains(QStringLiteral("n3 cannot be removed")),
             qPrintable(refused.error().message));
    QCOMPARE(stateOf(cluster, 0, 2), MemberState::Ready);
    QVERIFY(cluster.node(0).remove(idOf(cluster, 2), Force::Yes));
    cluster.touched(0);
    QVERIFY(cluster.runUntil([&] { return stateOf(cluster, 1, 2) == MemberState::Removed; }));
}

void RingChangeTest::aStandbyHoldsNothingAndForwards()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    const int standby = cluster.addNode();
    cluster.configOf(standby).standby = true;
    cluster.start(standby);
    QVERIFY(cluster.runUntil([&] { return stateOf(cluster, 0, standby) == MemberState::Standby; }));
    cluster.runFor(10s);
    QVERIFY(cluster.put(standby, "k", "v"));
    QCOMPARE(valuesOf(cluster.get(standby, "k")->siblings), QByteArrayList{"v"});
    QCOMPARE(cluster.store(standby).totals().objects, 0u);
    QVERIFY(cluster.node(standby).join({}));
    QVERIFY(cluster.runUntil([&] { return stateOf(cluster, 0, standby) == MemberState::Ready; }));
}

void RingChangeTest::aDeadMemberIsRemovedAndItsDataRebuilt()
{
    VirtualCluster cluster({.nodes = 4});
    QVERIFY(cluster.startAll());
    QVERIFY(write(cluster, 0, 300));
    QVERIFY(!cluster.node(0).remove(idOf(cluster, 3))); // it lives
    cluster.loseStore(3);
    cluster.runFor(3s);
    QVERIFY(cluster.node(0).remove(idOf(cluster, 3)));
    QVERIFY(cluster.runUntil([&] { return stateOf(cluster, 1, 3) == MemberState::Removed; }));
    QVERIFY(
        cluster.runUntil([&] { return ringIsQuiet(cluster) && misplaced(cluster, 300).isEmpty(); }, 120s));
    for (int i = 0; i < 3; ++i)
        QCOMPARE(cluster.store(i).totals().live, 300u);
}

void RingChangeTest::aRemovedMemberIsTold()
{
    VirtualCluster cluster({.nodes = 4});
    QVERIFY(cluster.startAll());
    cluster.crash(3);
    cluster.runFor(3s);
    QVERIFY(cluster.node(0).remove(idOf(cluster, 3)));
    QVERIFY(cluster.runUntil([&] { return stateOf(cluster, 1, 3) == MemberState::Removed; }));
    cluster.start(3);
    QVERIFY(cluster.runUntil([&] { return stateOf(cluster, 3, 3) == MemberState::Removed; }));
    QVERIFY(!cluster.node(3).isServing());
}

void RingChangeTest::aNewNodeTakesTheTokensOfADeadOne()
{
    VirtualCluster cluster({.nodes = 4});
    QVERIFY(cluster.startAll());
    QVERIFY(write(cluster, 0, 300));
    const int before = cluster.node(0).ring().primarySlots(idOf(cluster, 3));
    cluster.loseStore(3);
    cluster.runFor(3s);
    const int heir = cluster.addNode();
    cluster.configOf(heir).replaces = cluster.configOf(3).name;
    cluster.start(heir);
    QVERIFY(cluster.runUntil([&] { return stateOf(cluster, 0, heir) == MemberState::Ready; }));
    QVERIFY(cluster.runUntil([&] { return stateOf(cluster, 1, 3) == MemberState::Removed; }));
    QCOMPARE(cluster.node(0).ring().primarySlots(idOf(cluster, heir)), before);
    QVERIFY(
        cluster.runUntil([&] { return ringIsQuiet(cluster) && misplaced(cluster, 300).isEmpty(); }, 120s));
}

void RingChangeTest::tokensMoveBetweenMembers()
{
    VirtualCluster cluster({.nodes = 4});
    QVERIFY(cluster.startAll());
    QVERIFY(write(cluster, 0, 300));
    QVERIFY(cluster.node(1).move({Slot{1000}, Slot{20'000}}));
    QVERIFY(cluster.runUntil(
        [&] { return ringIsQuiet(cluster) && cluster.node(0).ring().tokens().size() == 3u * 64 + 2; }));
    QVERIFY(cluster.runUntil([&] { return misplaced(cluster, 300).isEmpty(); }, 120s));
}

void RingChangeTest::aNodeTakesItsShareByCapacity()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    const int joiner = cluster.addNode();
    cluster.configOf(joiner).capacity = 2;
    cluster.start(joiner);
    QVERIFY(cluster.runUntil([&] { return stateOf(cluster, 0, joiner) == MemberState::Ready; }));
    const int owned = cluster.node(0).ring().primarySlots(idOf(cluster, joiner));
    QVERIFY2(std::abs(owned - slotCount * 2 / 5) <= 1, qPrintable(QString::number(owned)));
}

void RingChangeTest::aNodeWithTokensStaysInItsZone()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    const QString digest = cluster.node(0).ring().digest();
    const auto restartIn = [&](const QString& zone) {
        cluster.crash(1);
        cluster.configOf(1).zone = zone;
        cluster.start(1);
        return cluster.runUntil([&] { return cluster.node(1).isServing(); });
    };
    QVERIFY(restartIn(QStringLiteral("another")));
    cluster.runFor(5s);
    for (int i = 0; i < cluster.size(); ++i)
        QCOMPARE(cluster.node(i).ring().digest(), digest);
}

void RingChangeTest::aPlanForeseesWhatAJoinMoves()
{
    VirtualCluster cluster({.nodes = 4});
    QVERIFY(cluster.startAll());
    QVERIFY(write(cluster, 0, 400));
    const int joiner = cluster.addNode();
    ChangeWish join = wish(ChangeWish::Kind::Join, cluster.configOf(joiner).name);
    join.tokenSlots = {Slot{5000}, Slot{30'000}, Slot{60'000}};
    const auto planned = plan(cluster, {join});
    QVERIFY(planned);
    quint64 objects = 0;
    for (const PlannedFlow& flow : planned->flows) {
        QCOMPARE(flow.to, idOf(cluster, joiner));
        QVERIFY(flow.objects == 0 || flow.bytes > flow.objects);
        objects += flow.objects;
    }
    QVERIFY(objects > 0);
    QCOMPARE(planned->plan.risk.slotsAtRisk, 0);
    cluster.configOf(joiner).tokenSlots = join.tokenSlots;
    cluster.start(joiner);
    QVERIFY(cluster.runUntil([&] { return stateOf(cluster, 0, joiner) == MemberState::Ready; }));
    QCOMPARE(cluster.store(joiner).totals().objects, objects);
    QCOMPARE(cluster.node(0).ring().digest(), planned->plan.after.digest());
}

void RingChangeTest::aPlanGoesByZoneAndCapacity()
{
    VirtualCluster cluster({.nodes = 4});
    for (int i = 0; i < 4; ++i)
        cluster.configOf(i).zone = QStringLiteral("a");
    QVERIFY(cluster.startAll());
    ChangeWish join = wish(ChangeWish::Kind::Join, QStringLiteral("another"));
    join.zone = QStringLiteral("b");
    join.capacity = 2;
    const auto planned = plan(cluster, {join});
    QVERIFY(planned);
    const HashRing& after = planned->plan.after;
    const NodeId joiner = nodeIdFor(join.name, 0);
    QVERIFY(std::abs(after.primarySlots(joiner) - slotCount / 3) <= 1);
    QCOMPARE(after.replicaSlots(joiner), slotCount); // there is no other zone for the second replica
}

void RingChangeTest::aPlanThatMakesNoSenseIsRefused()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    using Kind = ChangeWish::Kind;
    const QString n1 = cluster.configOf(0).name;
    QCOMPARE(plan(cluster, {}).error().code, ErrorCode::Malformed);
    QCOMPARE(plan(cluster, {wish(Kind::Join, n1)}).error().code, ErrorCode::Conflict);
    QCOMPARE(plan(cluster, {wish(Kind::Leave, QStringLiteral("nobody"))}).error().code, ErrorCode::Absent);
    QCOMPARE(plan(cluster, {wish(Kind::Leave, n1), wish(Kind::Leave, n1)}).error().code,
             ErrorCode::Malformed);
    QCOMPARE(plan(cluster, {wish(Kind::Move, n1)}).error().code, ErrorCode::Malformed);
    std::vector<ChangeWish> all;
    for (int i = 0; i < 3; ++i)
        all.push_back(wish(Kind::Leave, cluster.configOf(i).name));
    QCOMPARE(plan(cluster, all).error().code, ErrorCode::Conflict);
}

void RingChangeTest::aPlanSaysWhatIsAtRisk()
{
    VirtualCluster cluster({.nodes = 4});
    QVERIFY(cluster.startAll());
    cluster.crash(2);
    cluster.crash(3);
    cluster.runFor(3s);
    const auto planned = plan(cluster, {wish(ChangeWish::Kind::Remove, cluster.configOf(3).name)});
    QVERIFY(planned);
    QVERIFY(planned->plan.risk.slotsAtRisk > 0);
    QVERIFY(planned->plan.risk.words.contains(cluster.configOf(2).name));
}

QTEST_GUILESS_MAIN(RingChangeTest)
#include "ring_change_test.moc"
