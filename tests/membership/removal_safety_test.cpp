// SPDX-License-Identifier: GPL-3.0-or-later
// No removal throws away what was acknowledged, and none brings back what was deleted, in virtual time.
#include "tests/membership/changing_cluster.h"

#include <QtTest>

#include <set>

using namespace ringmaster;
using namespace ringmaster::changing;
using namespace std::chrono_literals;

class RemovalSafetyTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void withoutAMajorityNobodyIsRemoved();
    void whoReachesTheMemberIsNamed();
    void theLastCopyIsRemovedByForceOnly();
    void theSmallerSideStopsAcknowledgingBeforeItIsRemoved();
    void eitherHalfGoesOnWhereNeitherCanRemoveTheOther();
    void whatOnlyTheRemovedSideTookComesBackWithIt();
    void whatTheLeaseLetThroughComesBackToo();
    void aRemovedMemberHasNothingLeftWhenItIsDismissed();
    void aRemovedMemberAcknowledgesNothing();
    void aDeletedValueStaysDeletedWhenARemovedMemberReturns();
    void nothingIsTakenFromOneThatWasWrittenOff();
    void oneThatNobodyWaitsForIsWrittenOffByHand();
    void twoHalvesThatRemoveEachOtherAreOneClusterAgain();
    void halvesThatBeginToRemoveEachOtherAreOneClusterAgain();
};

namespace {

const RequestOptions strict = [] {
    RequestOptions options;
    options.sloppy = false;
    return options;
}();

// What was acknowledged, and by the node's own word.
class Acknowledged {
public:
    bool put(VirtualCluster& cluster, int node, const QByteArray& key)
    {
        const bool taken = cluster.put(node, key, "v-" + key).has_value();
        if (taken)
            m_keys.insert(key);
        return taken;
    }
    int put(VirtualCluster& cluster, int node, const QByteArray& prefix, int count)
    {
        int taken = 0;
        for (int i = 0; i < count; ++i)
            taken += put(cluster, node, prefix + QByteArray::number(i)) ? 1 : 0;
        return taken;
    }
    size_t size() const { return m_keys.size(); }
    // The first that a strict read at this node does not find.
    QByteArray lost(VirtualCluster& cluster, int node) const
    {
        for (const QByteArray& key : m_keys) {
            const auto read = cluster.get(node, key, strict);
            if (!read || valuesOf(read->siblings) != QByteArrayList{"v-" + key})
                return key;
        }
        return {};
    }

private:
    std::set<QByteArray> m_keys;
};

VirtualClusterConfig removingAfter(Duration absence, int nodes)
{
    VirtualClusterConfig config{.nodes = nodes};
    config.node.autoRemoveAfter = absence;
    return config;
}

VirtualClusterConfig reapingSoon(int nodes, Duration mayReturn)
{
    VirtualClusterConfig config{.nodes = nodes};
    config.node.reap = {.after = 5s, .quiet = 1s};
    config.node.removedMayReturn = mayReturn;
    return config;
}

bool remove(VirtualCluster& cluster, int asked, int member, Force force = Force::No)
{
    const bool done = cluster.node(asked).remove(idOf(cluster, member), force).has_value();
    cluster.touched(asked);
    return done;
}

bool seenAs(VirtualCluster& cluster, const std::vector<int>& observers, const std::vector<int>& members,
            MemberState state)
{
    for (const int observer : observers) {
        for (const int member : members) {
            if (stateOf(cluster, observer, member) != state)
                return false;
        }
    }
    return true;
}

quint64 tombstones(VirtualCluster& cluster, const std::vector<int>& nodes)
{
    quint64 count = 0;
    for (const int node : nodes)
        count += cluster.store(node).totals().objects - cluster.store(node).totals().live;
    return count;
}

bool deleteKey(VirtualCluster& cluster, int node, const QByteArray& key)
{
    const auto read = cluster.get(node, key);
    return read && cluster.put(node, key, std::nullopt, read->siblings.context());
}

bool isAbsent(VirtualCluster& cluster, int node, const QByteArray& key)
{
    const auto read = cluster.get(node, key, strict);
    const QByteArrayList values = read ? valuesOf(read->siblings) : QByteArrayList{"unread"};
    return values.isEmpty() || values == QByteArrayList{"(deleted)"};
}

} // namespace

void RemovalSafetyTest::withoutAMajorityNobodyIsRemoved()
{
    VirtualCluster cluster({.nodes = 4});
    QVERIFY(cluster.startAll());
    cutApart(cluster, {0, 1}, {2, 3});
    cluster.runFor(10s);
    for (const auto& [asked, member] : {std::pair{0, 2}, {0, 3}, {2, 0}, {3, 1}}) {
        const auto refused = cluster.node(asked).remove(idOf(cluster, member), Force::No);
        QVERIFY(!refused && refused.error().code == ErrorCode::Conflict);
        QVERIFY2(refused.error().message.contains(QStringLiteral("--force")),
                 qPrintable(refused.error().message));
    }
    cluster.network().healAll();
    cluster.runFor(10s);
    QVERIFY(seenAs(cluster, {0, 1, 2, 3}, {0, 1, 2, 3}, MemberState::Ready));
}

void RemovalSafetyTest::whoReachesTheMemberIsNamed()
{
    VirtualCluster cluster({.nodes = 3});
    QVERIFY(cluster.startAll());
    cutApart(cluster, {0}, {2});
    cluster.runFor(10s);
    const auto refused = cluster.node(0).remove(idOf(cluster, 2), Force::No);
    QVERIFY(!refused);
    QVERIFY2(refused.error().message.contains(QStringLiteral("n2 reaches it")),
             qPrintable(refused.error().message));
}

void RemovalSafetyTest::theLastCopyIsRemovedByForceOnly()
{
    VirtualClusterConfig config{.nodes = 3};
    config.node.replicas = config.node.readQuorum = config.node.writeQuorum = 1;
    VirtualCluster cluster(config);
    QVERIFY(cluster.startAll());
    cluster.crash(2);
    cluster.runFor(3s);
    const auto refused = cluster.node(0).remove(idOf(cluster, 2), Force::No);
    QVERIFY(!refused);
    QVERIFY2(refused.error().message.contains(QStringLiteral("last copy")),
             qPrintable(refused.error().message));
    QVERIFY(remove(cluster, 0, 2, Force::Yes));
    QVERIFY(cluster.runUntil([&] { return seenAs(cluster, {0, 1}, {2}, MemberState::Removed); }));
}

void RemovalSafetyTest::theSmallerSideStopsAcknowledgingBeforeItIsRemoved()
{
    VirtualCluster cluster(removingAfter(20s, 5));
    QVERIFY(cluster.startAll());
    Acknowledged acknowledged;
    QCOMPARE(acknowledged.put(cluster, 3, "before-", 20), 20);
    cutApart(cluster, {3, 4}, {0, 1, 2});
    QVERIFY(acknowledged.put(cluster, 3, "after-", 20) > 0); // the lease lasts for a while
    const auto takesWrites = [&] {
        return acknowledged.put(cluster, 3, "k" + QByteArray::number(acknowledged.size()));
    };
    QVERIFY(cluster.runUntil([&] { return !takesWrites(); }, 30s));
    QVERIFY(seenAs(cluster, {0, 1, 2}, {3, 4}, MemberState::Ready));
    QVERIFY(!cluster.get(4, "before-1"));
    QVERIFY(!cluster.node(3).isServing());
    QVERIFY(cluster.runUntil(
        [&] {
            if (takesWrites())
                qFatal("acknowledged without a lease");
            return seenAs(cluster, {0, 1, 2}, {3, 4}, MemberState::Removed);
        },
        120s));
    QVERIFY(acknowledged.put(cluster, 0, "on the larger side"));
}

void RemovalSafetyTest::eitherHalfGoesOnWhereNeitherCanRemoveTheOther()
{
    VirtualCluster cluster(removingAfter(20s, 4));
    QVERIFY(cluster.startAll());
    cutApart(cluster, {0, 1}, {2, 3});
    cluster.runFor(120s);
    QVERIFY(cluster.put(0, "a", "1"));
    QVERIFY(cluster.put(2, "b", "2"));
    cluster.network().healAll();
    QVERIFY(cluster.runUntil([&] { return cluster.get(0, "b", strict) && !isAbsent(cluster, 0, "b"); }));
}

void RemovalSafetyTest::whatOnlyTheRemovedSideTookComesBackWithIt()
{
    VirtualCluster cluster({.nodes = 5});
    QVERIFY(cluster.startAll());
    cutApart(cluster, {3, 4}, {0, 1, 2});
    cluster.runFor(5s);
    Acknowledged acknowledged;
    QCOMPARE(acknowledged.put(cluster, 3, "small-", 100), 100);
    QVERIFY(remove(cluster, 0, 3));
    QVERIFY(remove(cluster, 0, 4));
    QVERIFY(cluster.runUntil([&] { return seenAs(cluster, {0, 1, 2}, {3, 4}, MemberState::Removed); }, 120s));
    QCOMPARE(acknowledged.put(cluster, 4, "later-", 50), 50); // an operator's removal asks for no lease
    QCOMPARE(acknowledged.put(cluster, 0, "large-", 50), 50);
    cluster.network().healAll();
    QVERIFY(cluster.runUntil([&] { return cluster.node(3).isDismissed() && cluster.node(4).isDismissed(); },
                             120s));
    for (int node = 0; node < 3; ++node)
        QCOMPARE(acknowledged.lost(cluster, node), QByteArray());
}

void RemovalSafetyTest::whatTheLeaseLetThroughComesBackToo()
{
    VirtualCluster cluster(removingAfter(10s, 5));
    QVERIFY(cluster.startAll());
    cutApart(cluster, {3, 4}, {0, 1, 2});
    cluster.runFor(3s);
    Acknowledged acknowledged;
    QVERIFY(acknowledged.put(cluster, 3, "p", 300) > 0);
    QVERIFY(cluster.runUntil([&] { return seenAs(cluster, {0, 1, 2}, {3, 4}, MemberState::Removed); }, 120s));
    cluster.network().healAll();
    QVERIFY(cluster.runUntil([&] { return cluster.node(3).isDismissed() && cluster.node(4).isDismissed(); },
                             120s));
    QCOMPARE(acknowledged.lost(cluster, 1), QByteArray());
}

void RemovalSafetyTest::aRemovedMemberHasNothingLeftWhenItIsDismissed()
{
    VirtualCluster cluster({.nodes = 4});
    QVERIFY(cluster.startAll());
    QVERIFY(write(cluster, 0, 100));
    cluster.crash(3);
    cluster.runFor(3s);
    QVERIFY(remove(cluster, 0, 3));
    QVERIFY(cluster.runUntil([&] { return seenAs(cluster, {0, 1, 2}, {3}, MemberState::Removed); }));
    cluster.start(3);
    QVERIFY(cluster.runUntil([&] { return cluster.node(3).isDismissed(); }, 120s));
    QCOMPARE(cluster.store(3).totals().objects, 0u);
    for (const MemberView& view : cluster.node(0).members().members) {
        if (view.member.id == idOf(cluster, 3))
            QVERIFY(!view.member.mayGiveBack);
    }
    cluster.crash(3);
    cluster.start(3); // and it is again, at once
    QVERIFY(cluster.node(3).isDismissed());
}

void RemovalSafetyTest::aRemovedMemberAcknowledgesNothing()
{
    VirtualCluster cluster({.nodes = 4});
    QVERIFY(cluster.startAll());
    QVERIFY(write(cluster, 0, 10));
    cluster.crash(3);
    cluster.runFor(3s);
    QVERIFY(remove(cluster, 0, 3));
    QVERIFY(cluster.runUntil([&] { return seenAs(cluster, {0, 1, 2}, {3}, MemberState::Removed); }));
    cluster.start(3);
    QVERIFY(cluster.runUntil([&] { return stateOf(cluster, 3, 3) == MemberState::Removed; }));
    QVERIFY(!cluster.put(3, "k", "v"));
    QVERIFY(!cluster.get(3, keyName(1)));
}

void RemovalSafetyTest::aDeletedValueStaysDeletedWhenARemovedMemberReturns()
{
    VirtualCluster cluster(reapingSoon(4, 24h));
    QVERIFY(cluster.startAll());
    QVERIFY(write(cluster, 0, 50));
    cluster.crash(3);
    cluster.runFor(3s);
    QVERIFY(remove(cluster, 0, 3));
    QVERIFY(cluster.runUntil([&] { return seenAs(cluster, {0, 1, 2}, {3}, MemberState::Removed); }));
    for (int key = 0; key < 50; ++key)
        QVERIFY(deleteKey(cluster, 0, keyName(key)));
    cluster.runFor(120s);
    QCOMPARE(tombstones(cluster, {0, 1, 2}), 150u); // its copies are waited for
    cluster.start(3);
    QVERIFY(cluster.runUntil([&] { return cluster.node(3).isDismissed(); }, 120s));
    cluster.crash(3);
    QVERIFY(cluster.runUntil([&] { return tombstones(cluster, {0, 1, 2}) == 0; }, 300s));
    for (int key = 0; key < 50; ++key)
        QVERIFY(isAbsent(cluster, 1, keyName(key)));
}

void RemovalSafetyTest::nothingIsTakenFromOneThatWasWrittenOff()
{
    VirtualCluster cluster(reapingSoon(4, 30s));
    QVERIFY(cluster.startAll());
    QVERIFY(write(cluster, 0, 50));
    cluster.crash(3);
    cluster.runFor(3s);
    const quint64 held = cluster.store(3).totals().objects;
    QVERIFY(remove(cluster, 0, 3));
    QVERIFY(cluster.runUntil([&] { return seenAs(cluster, {0, 1, 2}, {3}, MemberState::Removed); }));
    for (int key = 0; key < 50; ++key)
        QVERIFY(deleteKey(cluster, 0, keyName(key)));
    QVERIFY(cluster.runUntil([&] { return tombstones(cluster, {0, 1, 2}) == 0; }, 300s));
    cluster.start(3);
    QVERIFY(cluster.runUntil([&] { return cluster.node(3).isDismissed(); }, 60s));
    QCOMPARE(cluster.store(3).totals().objects, held);
    cluster.runFor(30s);
    for (int key = 0; key < 50; ++key)
        QVERIFY(isAbsent(cluster, 1, keyName(key)));
}

void RemovalSafetyTest::oneThatNobodyWaitsForIsWrittenOffByHand()
{
    VirtualCluster cluster(reapingSoon(4, 24h));
    QVERIFY(cluster.startAll());
    QVERIFY(write(cluster, 0, 20));
    cluster.crash(3);
    cluster.runFor(3s);
    QVERIFY(!cluster.node(0).writeOff(idOf(cluster, 3))); // first it is removed
    QVERIFY(remove(cluster, 0, 3));
    QVERIFY(cluster.runUntil([&] { return seenAs(cluster, {0, 1, 2}, {3}, MemberState::Removed); }));
    QVERIFY(deleteKey(cluster, 0, keyName(1)));
    QVERIFY(cluster.node(1).writeOff(idOf(cluster, 3)));
    cluster.touched(1);
    QVERIFY(cluster.runUntil([&] { return tombstones(cluster, {0, 1, 2}) == 0; }, 300s));
    QVERIFY(!cluster.node(1).writeOff(idOf(cluster, 3)));
}

void RemovalSafetyTest::twoHalvesThatRemoveEachOtherAreOneClusterAgain()
{
    for (quint64 seed = 1; seed <= 5; ++seed) {
        VirtualCluster cluster({.nodes = 4, .seed = seed});
        QVERIFY(cluster.startAll());
        Acknowledged acknowledged;
        QCOMPARE(acknowledged.put(cluster, 0, "before-", 30), 30);
        cutApart(cluster, {0, 1}, {2, 3});
        cluster.runFor(5s);
        for (const auto& [asked, member] : {std::pair{0, 2}, {0, 3}, {2, 0}, {2, 1}})
            QVERIFY(remove(cluster, asked, member, Force::Yes));
        QVERIFY(cluster.runUntil(
            [&] {
                return seenAs(cluster, {0, 1}, {2, 3}, MemberState::Removed) &&
                       seenAs(cluster, {2, 3}, {0, 1}, MemberState::Removed);
            },
            120s));
        QCOMPARE(acknowledged.put(cluster, 0, "one-", 30), 30);
        QCOMPARE(acknowledged.put(cluster, 3, "other-", 30), 30);
        cluster.network().healAll();
        std::vector<int> staying;
        const auto isSettled = [&] {
            staying.clear();
            for (int i = 0; i < 4; ++i) {
                if (cluster.node(i).state() == MemberState::Ready)
                    staying.push_back(i);
                else if (!cluster.node(i).isDismissed())
                    return false;
            }
            return staying.size() == 2;
        };
        QVERIFY2(cluster.runUntil(isSettled, 120s), qPrintable(QString::number(seed)));
        for (const int node : staying)
            QCOMPARE(acknowledged.lost(cluster, node), QByteArray());
    }
}

// At whatever moment of the removals the cut heals.
void RemovalSafetyTest::halvesThatBeginToRemoveEachOtherAreOneClusterAgain()
{
    for (int step = 0; step < 12; ++step) {
        VirtualCluster cluster({.nodes = 4, .seed = quint64(step + 1)});
        QVERIFY(cluster.startAll());
        Acknowledged acknowledged;
        cutApart(cluster, {0, 1}, {2, 3});
        cluster.runFor(5s);
        QCOMPARE(acknowledged.put(cluster, 0, "one-", 20), 20);
        QCOMPARE(acknowledged.put(cluster, 3, "other-", 20), 20);
        for (const auto& [asked, member] : {std::pair{0, 2}, {0, 3}, {2, 0}, {2, 1}})
            QVERIFY(remove(cluster, asked, member, Force::Yes));
        cluster.runFor(std::chrono::milliseconds(2) * step * step);
        cluster.network().healAll();
        const auto isSettled = [&] {
            int staying = 0;
            for (int i = 0; i < 4; ++i) {
                staying += cluster.node(i).state() == MemberState::Ready ? 1 : 0;
                if (cluster.node(i).state() != MemberState::Ready && !cluster.node(i).isDismissed())
                    return false;
            }
            return staying >= 2 && ringIsQuiet(cluster);
        };
        QVERIFY2(cluster.runUntil(isSettled, 120s), qPrintable(QString::number(step)));
        cluster.runFor(20s);
        QVERIFY(isSettled());
        for (int i = 0; i < 4; ++i) {
            if (cluster.node(i).state() == MemberState::Ready)
                QCOMPARE(acknowledged.lost(cluster, i), QByteArray());
        }
    }
}

QTEST_GUILESS_MAIN(RemovalSafetyTest)
#include "removal_safety_test.moc"
