// SPDX-License-Identifier: GPL-3.0-or-later
// Members that are gone, in virtual time: removed, back again, taken back, removed by the cluster's own rule.
#include "nodecore/membership/identity.h"
#include "tests/membership/changing_cluster.h"

#include <QtTest>

using namespace ringmaster;
using namespace ringmaster::changing;
using namespace std::chrono_literals;

namespace {

constexpr int keyCount = 200;

// Its removal waits: what n4 held is to come to n5 too, which is down.
struct StuckRemoval {
    StuckRemoval()
        : cluster({.nodes = 5})
    {}
    bool begin()
    {
        if (!cluster.startAll() || !write(cluster, 0, keyCount))
            return false;
        cluster.crash(3);
        cluster.crash(4);
        cluster.runFor(3s);
        if (!cluster.node(0).remove(idOf(cluster, 3)))
            return false;
        cluster.touched(0);
        cluster.runFor(10s);
        return stateOf(cluster, 1, 3) == MemberState::Leaving;
    }
    VirtualCluster cluster;
};

bool allSee(VirtualCluster& cluster, int member, MemberState state)
{
    for (int i = 0; i < cluster.size(); ++i) {
        if (cluster.isUp(i) && stateOf(cluster, i, member) != state)
            return false;
    }
    return true;
}

bool isSettled(VirtualCluster& cluster)
{
    return ringIsQuiet(cluster) && misplaced(cluster, keyCount).isEmpty();
}

int linesWith(const VirtualCluster& cluster, const QString& part)
{
    return static_cast<int>(cluster.log().filter(part).size());
}

VirtualClusterConfig removingAfter(Duration absence, int nodes)
{
    VirtualClusterConfig config{.nodes = nodes};
    config.node.autoRemoveAfter = absence;
    return config;
}

} // namespace

class RemovalTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aMemberThatWroteMoreThanTheOthersKnowIsToldAllTheSame();
    void theRemovalOfAMemberThatIsBackIsTakenBack();
    void whoIsBeingRemovedTakesNothingBackItself();
    void aRemovalIsTakenBackByAMemberThatItWaitsFor();
    void whoWasStartedSinceTakesNothingBack();
    void whatIsNoRemovalIsNotTakenBackByOthers();
    void severalThatAreGoneAreRemovedTogether();
    void aRemovalTakenBackAtAnyTimeEndsOneWayForAll();
    void aReturnAtAnyTimeEndsOneWayForAll();
    void aRemovedNameJoinsAnew();
    void anAbsentMemberIsRemovedByTheRule();
    void aShortAbsenceIsNone();
    void theSmallerSideOfACutRemovesNobody();
    void halfOfARingRemovesNobody();
};

void RemovalTest::aMemberThatWroteMoreThanTheOthersKnowIsToldAllTheSame()
{
    VirtualCluster cluster({.nodes = 4});
    QVERIFY(cluster.startAll());
    cluster.crash(3);
    cluster.runFor(3s);
    QVERIFY(cluster.node(0).remove(idOf(cluster, 3)));
    cluster.touched(0);
    QVERIFY(cluster.runUntil([&] { return stateOf(cluster, 1, 3) == MemberState::Removed; }));
    cutApart(cluster, {3}, {0, 1, 2});
    for (int start = 0; start < 5; ++start) { // each raises the version of its record
        cluster.start(3);
        cluster.runFor(1s);
        cluster.crash(3);
    }
    cluster.network().healAll();
    cluster.start(3);
    QVERIFY(cluster.runUntil([&] { return stateOf(cluster, 3, 3) == MemberState::Removed; }));
    QVERIFY(allSee(cluster, 3, MemberState::Removed));
}

void RemovalTest::theRemovalOfAMemberThatIsBackIsTakenBack()
{
    StuckRemoval stuck;
    VirtualCluster& cluster = stuck.cluster;
    QVERIFY(stuck.begin());
    cluster.start(3);
    QVERIFY(cluster.runUntil([&] { return allSee(cluster, 3, MemberState::Ready); }));
    QVERIFY(ringIsQuiet(cluster));
    cluster.start(4);
    QVERIFY(cluster.runUntil([&] { return isSettled(cluster); }, 120s));
    QVERIFY(cluster.node(3).isServing());
}

void RemovalTest::whoIsBeingRemovedTakesNothingBackItself()
{
    StuckRemoval stuck;
    VirtualCluster& cluster = stuck.cluster;
    QVERIFY(stuck.begin());
    cluster.start(3);
    QVERIFY(cluster.runUntil([&] { return cluster.node(3).state() == MemberState::Leaving; }));
    QCOMPARE(cluster.node(3).cancel().error().code, ErrorCode::Conflict);
    QVERIFY(cluster.runUntil([&] { return allSee(cluster, 3, MemberState::Ready); }));
}

void RemovalTest::aRemovalIsTakenBackByAMemberThatItWaitsFor()
{
    StuckRemoval stuck;
    VirtualCluster& cluster = stuck.cluster;
    QVERIFY(stuck.begin());
    constexpr int waiting = 1; // for n5, as all are
    QVERIFY(cluster.node(waiting).cancelRemoval(idOf(cluster, 3)));
    const auto again = cluster.node(waiting).cancelRemoval(idOf(cluster, 3)); // the first is on its way
    QCOMPARE(again.error().code, ErrorCode::Conflict);
    cluster.touched(waiting);
    QVERIFY(cluster.runUntil([&] { return allSee(cluster, 3, MemberState::Ready) && ringIsQuiet(cluster); }));
    cluster.start(3);
    cluster.start(4);
    QVERIFY(cluster.runUntil([&] { return isSettled(cluster); }, 120s));
    // And it can be removed another time.
    cluster.crash(3);
    cluster.runFor(3s);
    QVERIFY(cluster.node(waiting).remove(idOf(cluster, 3)));
    cluster.touched(waiting);
    QVERIFY(cluster.runUntil([&] { return allSee(cluster, 3, MemberState::Removed); }));
    QCOMPARE(cluster.node(waiting).cancelRemoval(idOf(cluster, 3)).error().code, ErrorCode::Conflict);
}

// It may have said, before, that it has its data.
void RemovalTest::whoWasStartedSinceTakesNothingBack()
{
    StuckRemoval stuck;
    VirtualCluster& cluster = stuck.cluster;
    QVERIFY(stuck.begin());
    cluster.crash(1);
    cluster.start(1);
    QVERIFY(cluster.runUntil([&] { return stateOf(cluster, 1, 3) == MemberState::Leaving; }));
    cluster.runFor(3s);
    QCOMPARE(cluster.node(1).cancelRemoval(idOf(cluster, 3)).error().code, ErrorCode::Conflict);
    QVERIFY(cluster.node(2).cancelRemoval(idOf(cluster, 3)));
}

void RemovalTest::whatIsNoRemovalIsNotTakenBackByOthers()
{
    VirtualCluster cluster({.nodes = 4});
    QVERIFY(cluster.startAll());
    QCOMPARE(cluster.node(0).cancelRemoval(idOf(cluster, 1)).error().code, ErrorCode::Conflict);
    QCOMPARE(cluster.node(0).cancelRemoval(NodeId{17}).error().code, ErrorCode::Absent);
    QVERIFY(cluster.node(3).leave());
    cluster.touched(3);
    QVERIFY(cluster.runUntil([&] { return stateOf(cluster, 0, 3) == MemberState::Leaving; }));
    QCOMPARE(cluster.node(0).cancelRemoval(idOf(cluster, 3)).error().code, ErrorCode::Conflict);
}

// One by one each would wait for the other, to which data is to come.
void RemovalTest::severalThatAreGoneAreRemovedTogether()
{
    StuckRemoval stuck;
    VirtualCluster& cluster = stuck.cluster;
    QVERIFY(stuck.begin());
    QCOMPARE(stateOf(cluster, 0, 3), MemberState::Leaving);
    const auto planned = plan(cluster, {wish(ChangeWish::Kind::Remove, cluster.configOf(4).name)});
    QVERIFY(planned);
    QVERIFY2(planned->plan.risk.waitsFor.empty(), qPrintable(planned->plan.risk.words));
    QVERIFY(cluster.node(1).remove(idOf(cluster, 4)));
    cluster.touched(1);
    QVERIFY(cluster.runUntil(
        [&] {
            return allSee(cluster, 3, MemberState::Removed) && allSee(cluster, 4, MemberState::Removed) &&
                   isSettled(cluster);
        },
        120s));
    QCOMPARE(cluster.node(0).ring().digest(), planned->plan.after.digest());
}

void RemovalTest::aRemovalTakenBackAtAnyTimeEndsOneWayForAll()
{
    int takenBack = 0;
    int removed = 0;
    for (int step = 0; step < 20; ++step) {
        VirtualCluster cluster({.nodes = 4, .seed = quint64(step + 1)});
        QVERIFY(cluster.startAll());
        QVERIFY(write(cluster, 0, keyCount));
        cluster.crash(3);
        cluster.runFor(3s);
        QVERIFY(cluster.node(0).remove(idOf(cluster, 3)));
        cluster.touched(0);
        cluster.runFor(std::chrono::microseconds(700) * step * step);
        bool isTakenBack = false;
        for (int i = 0; i < 3 && !isTakenBack; ++i) {
            isTakenBack = cluster.node(i).cancelRemoval(idOf(cluster, 3)).has_value();
            cluster.touched(i);
        }
        ++(isTakenBack ? takenBack : removed);
        // Before the removal is known there is nothing to take back: it then runs its course.
        const MemberState end = isTakenBack ? MemberState::Ready : MemberState::Removed;
        QVERIFY2(cluster.runUntil([&] { return allSee(cluster, 3, end) && ringIsQuiet(cluster); }),
                 qPrintable(QString::number(step)));
        cluster.runFor(5s);
        QVERIFY(allSee(cluster, 3, end));
        if (isTakenBack)
            cluster.start(3);
        QVERIFY2(cluster.runUntil([&] { return isSettled(cluster); }, 120s),
                 qPrintable(QStringLiteral("%1: %2").arg(step).arg(misplaced(cluster, keyCount))));
    }
    QVERIFY(takenBack > 0 && removed > 0);
}

void RemovalTest::aReturnAtAnyTimeEndsOneWayForAll()
{
    for (int step = 0; step < 20; ++step) {
        VirtualCluster cluster({.nodes = 4, .seed = quint64(step + 1)});
        QVERIFY(cluster.startAll());
        QVERIFY(write(cluster, 0, keyCount));
        cluster.crash(3);
        cluster.runFor(3s);
        QVERIFY(cluster.node(0).remove(idOf(cluster, 3)));
        cluster.touched(0);
        cluster.runFor(std::chrono::microseconds(700) * step * step);
        cluster.start(3);
        QVERIFY2(cluster.runUntil([&] {
            return (allSee(cluster, 3, MemberState::Ready) || allSee(cluster, 3, MemberState::Removed)) &&
                   ringIsQuiet(cluster);
        }),
                 qPrintable(QString::number(step)));
        cluster.runFor(5s);
        const MemberState end = stateOf(cluster, 0, 3);
        QVERIFY(allSee(cluster, 3, end));
        if (end == MemberState::Removed)
            cluster.crash(3); // as ringnode does
        QVERIFY2(cluster.runUntil([&] { return isSettled(cluster); }, 120s),
                 qPrintable(QStringLiteral("%1: %2").arg(step).arg(misplaced(cluster, keyCount))));
    }
}

void RemovalTest::aRemovedNameJoinsAnew()
{
    VirtualCluster cluster({.nodes = 4});
    QVERIFY(cluster.startAll());
    QVERIFY(write(cluster, 0, keyCount));
    cluster.crash(3);
    cluster.runFor(3s);
    const QString name = cluster.configOf(3).name;
    const Identity identity{cluster.configOf(3).cluster, name, Partitioner::Md5, 0};
    QCOMPARE(generationToRejoin(*recall(cluster.store(3)), identity).error().code, ErrorCode::Conflict);
    QVERIFY(cluster.node(0).remove(idOf(cluster, 3)));
    cluster.touched(0);
    QVERIFY(cluster.runUntil([&] { return allSee(cluster, 3, MemberState::Removed); }));
    cluster.start(3);
    QVERIFY(cluster.runUntil([&] { return stateOf(cluster, 3, 3) == MemberState::Removed; }));
    cluster.crash(3);
    const auto remembered = recall(cluster.store(3));
    QVERIFY(remembered);
    QCOMPARE(generationToRejoin(*remembered, identity).value_or(99), 1u);

    cluster.loseStore(3);
    WriteBatch batch;
    Identity anew = identity;
    anew.generation = 1;
    rememberIdentity(batch, anew, ActorId{77});
    rememberMembers(batch, remembered->members);
    cluster.store(3).write(std::move(batch), [](const Result<void>&) {});
    cluster.store(3).commitPending();
    cluster.store(3).crash(); // opened again, it is the one that it was
    cluster.start(3);
    const NodeId id = nodeIdFor(name, 1);
    const auto isReady = [&](int observer) {
        for (const MemberView& view : cluster.node(observer).members().members) {
            if (view.member.name == name) // one record a name is shown
                return view.member.id == id && view.member.state == MemberState::Ready;
        }
        return false;
    };
    QVERIFY(cluster.runUntil([&] { return isReady(0) && isReady(3) && ringIsQuiet(cluster); }));
    QVERIFY(cluster.node(3).isServing());
    QVERIFY(cluster.node(0).ring().primarySlots(id) > slotCount / 5);
    // The one of the past is still told that it is gone, and the name is taken.
    Hello past = cluster.node(3).hello();
    past.generation = 0;
    past.node = nodeIdFor(name, 0);
    QVERIFY(!cluster.node(0).judge(past));
    Hello third = past;
    third.generation = 2;
    third.node = nodeIdFor(name, 2);
    QVERIFY(cluster.node(0).judge(third));
}

void RemovalTest::anAbsentMemberIsRemovedByTheRule()
{
    VirtualCluster cluster(removingAfter(20s, 5));
    QVERIFY(cluster.startAll());
    QVERIFY(write(cluster, 0, keyCount));
    cluster.crash(3);
    cluster.runFor(19s);
    QVERIFY(allSee(cluster, 3, MemberState::Ready));
    QVERIFY(cluster.runUntil([&] { return allSee(cluster, 3, MemberState::Removed); }, 30s));
    QCOMPARE(linesWith(cluster, QStringLiteral("--auto-remove-after")), 1);
    QVERIFY(cluster.runUntil([&] { return isSettled(cluster); }, 120s));
    QVERIFY(allSee(cluster, 4, MemberState::Ready));
}

void RemovalTest::aShortAbsenceIsNone()
{
    VirtualCluster cluster(removingAfter(20s, 4));
    QVERIFY(cluster.startAll());
    for (int i = 0; i < 4; ++i) {
        cluster.crash(3);
        cluster.runFor(15s);
        cluster.start(3);
        cluster.runFor(5s);
    }
    QVERIFY(allSee(cluster, 3, MemberState::Ready));
}

void RemovalTest::theSmallerSideOfACutRemovesNobody()
{
    VirtualCluster cluster(removingAfter(20s, 5));
    QVERIFY(cluster.startAll());
    cutApart(cluster, {3, 4}, {0, 1, 2});
    cluster.runFor(400s); // a node that is cut off takes its time to declare the others down
    for (int i = 0; i < 3; ++i) {
        QCOMPARE(stateOf(cluster, 3, i), MemberState::Ready);
        QCOMPARE(stateOf(cluster, 4, i), MemberState::Ready);
        QCOMPARE(stateOf(cluster, i, 3), MemberState::Removed);
        QCOMPARE(stateOf(cluster, i, 4), MemberState::Removed);
    }
    cluster.network().healAll();
    QVERIFY(cluster.runUntil([&] {
        return stateOf(cluster, 3, 3) == MemberState::Removed &&
               stateOf(cluster, 4, 4) == MemberState::Removed;
    }));
    QVERIFY(allSee(cluster, 0, MemberState::Ready));
}

void RemovalTest::halfOfARingRemovesNobody()
{
    for (const int nodes : {2, 4}) {
        VirtualCluster cluster(removingAfter(20s, nodes));
        QVERIFY(cluster.startAll());
        std::vector<int> one;
        std::vector<int> other;
        for (int i = 0; i < nodes; ++i)
            (i < nodes / 2 ? one : other).push_back(i);
        cutApart(cluster, one, other);
        cluster.runFor(400s);
        for (int i = 0; i < nodes; ++i)
            QVERIFY(allSee(cluster, i, MemberState::Ready));
    }
}

QTEST_GUILESS_MAIN(RemovalTest)
#include "removal_test.moc"
