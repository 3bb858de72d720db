// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/ring/partitioner.h"
#include "tests/support/virtual_cluster.h"

#include <QtTest>

using namespace ringmaster;
using namespace std::chrono_literals;

namespace {

VirtualClusterConfig reapingCluster(int nodes, quint64 seed = 1)
{
    VirtualClusterConfig config;
    config.nodes = nodes;
    config.seed = seed;
    config.node.reap = {5s, 3s};
    return config;
}

quint64 objectsEverywhere(VirtualCluster& cluster)
{
    quint64 objects = 0;
    for (int i = 0; i < cluster.size(); ++i)
        objects += cluster.isUp(i) ? cluster.store(i).totals().objects : 0;
    return objects;
}

// Writes a value and deletes it, with its context.
bool writeAndDelete(VirtualCluster& cluster, int through, const QByteArray& key)
{
    const auto put = cluster.put(through, key, "v");
    return put && cluster.put(through, key, std::nullopt, put->siblings.context());
}

// A key whose tombstone another node than this one sees off.
QByteArray keyLedByAnother(VirtualCluster& cluster, NodeId than)
{
    for (int k = 0;; ++k) {
        const QByteArray name = "k" + QByteArray::number(k);
        const Slot slot = slotOf(Partitioner::Md5, *Key::fromBytes(name));
        if (cluster.node(0).ring().preferenceList(slot).front() != than)
            return name;
    }
}

} // namespace

class TombstoneReaperTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aTombstoneThatAllHoldGoes();
    void valuesStay();
    void itWaitsForAMemberThatIsAway();
    void itWaitsForAHintThatIsStillKept();
    void switchedOffNothingGoes();
    void aReapedKeyIsNotSwallowedByAnOldContext();
    void theCounterOfAReapedKeyOutlivesARestart();
    void aTombstoneNextToAValueStays();
    void manyTombstonesGoInTheEnd();
    void whatALeaderThatRestartedSeesOffGoes();
    void aValueThatWasListedBeforeTheReapDoesNotReturn();
    void aMemberThatHasLeftIsNotWaitedFor();
    void aDiskOfBeforeItLeftBringsNothingBack();
};

void TombstoneReaperTest::aTombstoneThatAllHoldGoes()
{
    VirtualCluster cluster(reapingCluster(3));
    QVERIFY(cluster.startAll());
    QVERIFY(writeAndDelete(cluster, 0, "k"));
    cluster.runFor(4s);
    QCOMPARE(objectsEverywhere(cluster), 3u); // not before its time
    QVERIFY(cluster.runUntil([&] { return objectsEverywhere(cluster) == 0; }, 60s));
    quint64 reaped = 0;
    for (int i = 0; i < 3; ++i)
        reaped += cluster.node(i).stats().reaper.reaped;
    QCOMPARE(reaped, 3u);
    cluster.runFor(30s); // and does not come back
    QCOMPARE(objectsEverywhere(cluster), 0u);
}

void TombstoneReaperTest::valuesStay()
{
    VirtualCluster cluster(reapingCluster(3));
    QVERIFY(cluster.startAll());
    QVERIFY(cluster.put(0, "value", "v"));
    QVERIFY(writeAndDelete(cluster, 1, "gone"));
    QVERIFY(cluster.runUntil([&] { return objectsEverywhere(cluster) == 3; }, 60s));
    QCOMPARE(valuesOf(cluster.get(2, "value")->siblings), QByteArrayList{"v"});
}

void TombstoneReaperTest::itWaitsForAMemberThatIsAway()
{
    VirtualCluster cluster(reapingCluster(4));
    QVERIFY(cluster.startAll());
    const NodeId away = cluster.node(3).id();
    const QByteArray k = keyLedByAnother(cluster, away);
    const auto put = cluster.put(0, k, "v");
    QVERIFY(put);
    cluster.runFor(1s);
    cluster.crash(3);
    cluster.runFor(3s);
    QVERIFY(cluster.put(0, k, std::nullopt, put->siblings.context()));
    cluster.runFor(60s);
    QVERIFY(objectsEverywhere(cluster) > 0);
    bool saysSo = false;
    for (int i = 0; i < 3; ++i)
        saysSo |= cluster.node(i).stats().reaper.waitsFor.contains(cluster.node(0).nameOf(away));
    QVERIFY(saysSo);
    cluster.start(3);
    QVERIFY(cluster.runUntil([&] { return objectsEverywhere(cluster) == 0; }, 90s));
}

// The owner cannot be written to, though all see each other: what is kept for it stays, and so does the
// tombstone.
void TombstoneReaperTest::itWaitsForAHintThatIsStillKept()
{
    VirtualCluster cluster(reapingCluster(3));
    QVERIFY(cluster.startAll());
    cluster.crash(2);
    cluster.runFor(3s);
    const auto put = cluster.put(0, "k", "old");
    QVERIFY(put);
    QVERIFY(cluster.put(0, "k", std::nullopt, put->siblings.context()));
    cluster.store(2).becomeReadOnly(QStringLiteral("test"));
    cluster.start(2);
    cluster.runFor(40s);
    QVERIFY(objectsEverywhere(cluster) > 0);
    cluster.store(2).recover();
    QVERIFY(cluster.runUntil([&] { return objectsEverywhere(cluster) == 0; }, 90s));
}

void TombstoneReaperTest::switchedOffNothingGoes()
{
    VirtualClusterConfig config = reapingCluster(3);
    config.node.reap.after = 0s;
    VirtualCluster cluster(config);
    QVERIFY(cluster.startAll());
    QVERIFY(writeAndDelete(cluster, 0, "k"));
    cluster.runFor(10min);
    QCOMPARE(objectsEverywhere(cluster), 3u);
    QVERIFY(!cluster.node(0).stats().reaper.enabled);
}

// A client that read the key before it was deleted writes with what it knows after others have written the
// key anew: what it has not seen must stay.
void TombstoneReaperTest::aReapedKeyIsNotSwallowedByAnOldContext()
{
    VirtualCluster cluster(reapingCluster(3));
    QVERIFY(cluster.startAll());
    const auto put = cluster.put(0, "k", "old");
    QVERIFY(put);
    const VersionVector old = put->siblings.context();
    QVERIFY(cluster.put(0, "k", std::nullopt, old));
    QVERIFY(cluster.runUntil([&] { return objectsEverywhere(cluster) == 0; }, 60s));

    QVERIFY(cluster.put(0, "k", "new"));
    QVERIFY(cluster.put(1, "k", "of one that knows the old", old));
    QCOMPARE(valuesOf(cluster.get(2, "k")->siblings), (QByteArrayList{"new", "of one that knows the old"}));
}

void TombstoneReaperTest::theCounterOfAReapedKeyOutlivesARestart()
{
    VirtualCluster cluster(reapingCluster(3));
    QVERIFY(cluster.startAll());
    VersionVector seen;
    for (int i = 0; i < 5; ++i) {
        const auto put = cluster.put(0, "k", QByteArray::number(i), seen);
        QVERIFY(put);
        seen = put->siblings.context();
    }
    QVERIFY(cluster.put(0, "k", std::nullopt, seen));
    QVERIFY(cluster.runUntil([&] { return objectsEverywhere(cluster) == 0; }, 60s));
    cluster.runFor(1s);
    for (int i = 0; i < 3; ++i) {
        cluster.crash(i);
        cluster.start(i);
    }
    QVERIFY(cluster.runUntil([&] { return cluster.node(0).isServing() && cluster.node(1).isServing(); }));
    const auto put = cluster.put(0, "k", "new");
    QVERIFY(put);
    QVERIFY(!seen.covers(put->dot));
}

void TombstoneReaperTest::aTombstoneNextToAValueStays()
{
    VirtualCluster cluster(reapingCluster(3));
    QVERIFY(cluster.startAll());
    QVERIFY(writeAndDelete(cluster, 0, "k"));
    QVERIFY(cluster.put(1, "k", "beside it"));
    cluster.runFor(40s);
    QCOMPARE(objectsEverywhere(cluster), 3u);
    QCOMPARE(valuesOf(cluster.get(2, "k")->siblings).size(), 2);
}

void TombstoneReaperTest::manyTombstonesGoInTheEnd()
{
    VirtualCluster cluster(reapingCluster(3));
    QVERIFY(cluster.startAll());
    for (int i = 0; i < 700; ++i)
        QVERIFY(writeAndDelete(cluster, i % 3, QByteArray::number(i)));
    QVERIFY(cluster.runUntil([&] { return objectsEverywhere(cluster) == 0; }, 180s));
}

void TombstoneReaperTest::whatALeaderThatRestartedSeesOffGoes()
{
    VirtualCluster cluster(reapingCluster(3));
    QVERIFY(cluster.startAll());
    for (int i = 0; i < 3; ++i) {
        QVERIFY(writeAndDelete(cluster, i, "before" + QByteArray::number(i)));
        QVERIFY(cluster.runUntil([&] { return objectsEverywhere(cluster) == 0; }, 60s));
        cluster.crash(i);
        cluster.start(i);
        QVERIFY(cluster.runUntil([&] { return cluster.node(i).isServing(); }));
    }
    for (int k = 0; k < 30; ++k)
        QVERIFY(writeAndDelete(cluster, k % 3, "after" + QByteArray::number(k)));
    QVERIFY(cluster.runUntil([&] { return objectsEverywhere(cluster) == 0; }, 60s));
}

namespace {

constexpr auto alone = [] { return RequestOptions{.quorum = 1, .sloppy = false}; };

// A key in the last slots, so that anti-entropy comes to it last.
QByteArray keyOfALateSlot()
{
    for (int i = 0;; ++i) {
        const QByteArray key = "victim" + QByteArray::number(i);
        if (slotOf(Partitioner::Md5, keyOf(key)).value > 64'000)
            return key;
    }
}

} // namespace

// Node 2 missed the delete. It compares itself with node 1, whose disk is slow, and comes to the key long
// after it has listed it; meanwhile node 0 brings it the tombstone, and all agree to reap it.
void TombstoneReaperTest::aValueThatWasListedBeforeTheReapDoesNotReturn()
{
    VirtualClusterConfig config = reapingCluster(3);
    config.node.reap = {1s, 1s};
    VirtualCluster cluster(config);
    QVERIFY(cluster.startAll());
    const QByteArray victim = keyOfALateSlot();
    const auto put = cluster.put(0, victim, "old", {}, {.quorum = 3});
    QVERIFY(put);
    const auto setLink = [&cluster](int a, int b, bool isCut) {
        VirtualNetwork& network = cluster.network();
        for (const auto& [from, to] : {std::pair(a, b), std::pair(b, a)}) {
            isCut ? network.cut(cluster.address(from), cluster.address(to))
                  : network.heal(cluster.address(from), cluster.address(to));
        }
    };
    setLink(0, 2, true);
    setLink(1, 2, true);
    cluster.runFor(10s);
    QVERIFY(cluster.put(0, victim, std::nullopt, put->siblings.context(), {.quorum = 2, .sloppy = false}));
    for (int k = 0; k < 6000; ++k) // more than anti-entropy sends at once
        QVERIFY(cluster.put(2, "filler" + QByteArray::number(k), "x", {}, alone()));

    cluster.setCommitDelay(1, 8s);
    setLink(1, 2, false);
    cluster.runFor(2s);
    setLink(0, 2, false);
    const Slot slot = slotOf(Partitioner::Md5, keyOf(victim));
    const auto holders = [&] {
        int count = 0;
        for (int i = 0; i < 3; ++i)
            count += cluster.store(i).latestObject(slot, keyOf(victim))->has_value() ? 1 : 0;
        return count;
    };
    QVERIFY(cluster.runUntil([&] { return holders() == 0; }, 120s));
    cluster.setCommitDelay(1, 1ms);
    cluster.runFor(60s);
    QCOMPARE(holders(), 0);
    QCOMPARE(cluster.get(0, victim, {.quorum = 3})->siblings.siblingCount(), size_t(0));
}

void TombstoneReaperTest::aMemberThatHasLeftIsNotWaitedFor()
{
    VirtualCluster cluster(reapingCluster(4));
    QVERIFY(cluster.startAll());
    for (int k = 0; k < 200; ++k)
        QVERIFY(cluster.put(k % 4, "k" + QByteArray::number(k), "v"));
    QVERIFY(cluster.node(3).leave());
    QVERIFY(cluster.runUntil([&] { return cluster.node(3).state() == MemberState::Left; }));
    QCOMPARE(cluster.store(3).totals().objects, quint64(0));
    cluster.runFor(1s);
    cluster.crash(3);
    cluster.runFor(5s);
    QVERIFY(writeAndDelete(cluster, 0, "gone"));
    QVERIFY(cluster.runUntil([&] { return objectsEverywhere(cluster) == 600; }, 60s));
}

// The machine of a member that has left is put back to a time before it did, and started.
void TombstoneReaperTest::aDiskOfBeforeItLeftBringsNothingBack()
{
    VirtualCluster cluster(reapingCluster(4));
    QVERIFY(cluster.startAll());
    std::vector<VersionVector> contexts;
    for (int k = 0; k < 40; ++k) {
        const auto put = cluster.put(k % 3, "k" + QByteArray::number(k), "v", {}, {.quorum = 3});
        QVERIFY(put);
        contexts.push_back(put->siblings.context());
    }
    const auto earlier = cluster.disk(3).backup();
    QVERIFY(cluster.node(3).leave());
    QVERIFY(cluster.runUntil([&] { return cluster.node(3).state() == MemberState::Left; }, 60s));
    cluster.runFor(1s);
    cluster.crash(3);
    for (int k = 0; k < 40; ++k)
        QVERIFY(cluster.put(k % 3, "k" + QByteArray::number(k), std::nullopt, contexts[size_t(k)]));
    QVERIFY(cluster.runUntil([&] { return objectsEverywhere(cluster) == 0; }, 120s));

    cluster.restoreStore(3, *earlier, VirtualDisk::Restored::RolledBack);
    cluster.start(3);
    cluster.runFor(60s);
    QCOMPARE(cluster.node(3).state(), MemberState::Left);
    QVERIFY(cluster.store(3).totals().objects > 0);
    for (int i = 0; i < 3; ++i)
        QCOMPARE(cluster.store(i).totals().objects, quint64(0));
    const Result<void> joined = cluster.node(3).join({});
    QVERIFY(!joined && joined.error().message.contains(QStringLiteral("empty folder")));
}

QTEST_GUILESS_MAIN(TombstoneReaperTest)
#include "tombstone_reaper_test.moc"
