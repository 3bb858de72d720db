// SPDX-License-Identifier: GPL-3.0-or-later
// A key whose replicas cannot be brought together, since its siblings would be too many bytes: everything
// else goes on, it is named, and it can be resolved and deleted.
#include "nodecore/repair/skipped_keys.h"
#include "tests/support/virtual_cluster.h"

#include <QtTest>

using namespace ringmaster;
using namespace std::chrono_literals;

namespace {

constexpr qsizetype bound = 100'000;

VirtualClusterConfig boundedCluster(int nodes)
{
    VirtualClusterConfig config;
    config.nodes = nodes;
    config.node.replicas = 2;
    config.node.readQuorum = 1;
    config.node.writeQuorum = 1;
    config.node.maxSetBytes = bound;
    config.node.reap = {5s, 1s};
    return config;
}

void setLink(VirtualCluster& cluster, int a, int b, bool isCut)
{
    for (const auto& [from, to] : {std::pair(a, b), std::pair(b, a)}) {
        if (isCut)
            cluster.network().cut(cluster.address(from), cluster.address(to));
        else
            cluster.network().heal(cluster.address(from), cluster.address(to));
    }
}

// Two replicas that each took siblings of one key which together are over the bound, and small keys besides.
bool writeApart(VirtualCluster& cluster)
{
    if (!cluster.startAll())
        return false;
    setLink(cluster, 0, 1, true);
    cluster.runFor(5s);
    const RequestOptions strict{.quorum = 1, .sloppy = false};
    for (int i = 0; i < 2; ++i) {
        if (!cluster.put(i, "big", QByteArray(60'000, char('a' + i)), {}, strict))
            return false;
    }
    for (int k = 0; k < 200; ++k) {
        if (!cluster.put(k % 2, "small" + QByteArray::number(k), "v", {}, strict))
            return false;
    }
    setLink(cluster, 0, 1, false);
    return true;
}

bool holdTheSame(VirtualCluster& cluster)
{
    return cluster.store(0).totals() == cluster.store(1).totals();
}

quint64 skippedBy(VirtualCluster& cluster)
{
    return std::max(cluster.node(0).stats().repair.skippedCount, cluster.node(1).stats().repair.skippedCount);
}

} // namespace

class SkippedKeysTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aKeyThatIsTooLargeDoesNotStopTheOthers();
    void itIsNamedOnceInTheLog();
    void aWriteWithTheContextOfAReadEndsIt();
    void aDeleteWithTheContextOfAReadEndsItAndIsReaped();
    void aHintThatItsOwnerCannotMergeDoesNotStopTheOthers();
    void aRangeIsNotDroppedWithAKeyThatWasSkipped();
    void oneThatHoldsSomethingElseIsTriedAgainAtOnce();
    void itIsTriedAgainSoonAtFirstAndThenMoreSeldom();
    void onlySoManyAreRemembered();
};

void SkippedKeysTest::aKeyThatIsTooLargeDoesNotStopTheOthers()
{
    VirtualCluster cluster(boundedCluster(2));
    QVERIFY(writeApart(cluster));
    QVERIFY(cluster.runUntil(
        [&] { return cluster.store(0).totals().objects == 201 && cluster.store(1).totals().objects == 201; },
        60s));
    QVERIFY(cluster.runUntil([&] { return skippedBy(cluster) == 1; }, 60s));
    QCOMPARE(cluster.get(0, "big", {.quorum = 2})->siblings.siblingCount(), size_t(2)); // nothing is lost
}

void SkippedKeysTest::itIsNamedOnceInTheLog()
{
    VirtualCluster cluster(boundedCluster(2));
    QVERIFY(writeApart(cluster));
    cluster.runFor(20min);
    const QStringList lines = cluster.log().filter(QStringLiteral("left out of repair"));
    QVERIFY(!lines.isEmpty() && lines.size() <= 2); // each node for itself
    QVERIFY(lines.first().contains(QStringLiteral("\"big\"")));
    QCOMPARE(skippedBy(cluster), quint64(1));
}

void SkippedKeysTest::aWriteWithTheContextOfAReadEndsIt()
{
    VirtualCluster cluster(boundedCluster(2));
    QVERIFY(writeApart(cluster));
    QVERIFY(cluster.runUntil([&] { return skippedBy(cluster) == 1; }, 60s));
    const auto read = cluster.get(1, "big", {.quorum = 2});
    QVERIFY(cluster.put(1, "big", "resolved", read->siblings.context()));
    QVERIFY(cluster.runUntil([&] { return holdTheSame(cluster); }, 60s));
    QCOMPARE(valuesOf(cluster.get(0, "big", {.quorum = 2})->siblings), QByteArrayList{"resolved"});
    QVERIFY(cluster.runUntil([&] { return skippedBy(cluster) == 0; }, 60min));
}

void SkippedKeysTest::aDeleteWithTheContextOfAReadEndsItAndIsReaped()
{
    VirtualCluster cluster(boundedCluster(2));
    QVERIFY(writeApart(cluster));
    QVERIFY(cluster.runUntil([&] { return skippedBy(cluster) == 1; }, 60s));
    const auto read = cluster.get(0, "big", {.quorum = 2});
    QVERIFY(cluster.put(0, "big", std::nullopt, read->siblings.context()));
    QVERIFY(cluster.runUntil(
        [&] { return cluster.store(0).totals().objects == 200 && cluster.store(1).totals().objects == 200; },
        5min));
}

// Node 0 was cut off from both others, which took siblings of the key and keep a hint for it.
void SkippedKeysTest::aHintThatItsOwnerCannotMergeDoesNotStopTheOthers()
{
    VirtualCluster cluster(boundedCluster(3));
    QVERIFY(cluster.startAll());
    // Keys whose replicas are nodes 0 and 1.
    QByteArrayList keys;
    for (int k = 0; keys.size() < 30; ++k) {
        const QByteArray key = "k" + QByteArray::number(k);
        const Slot slot = slotOf(Partitioner::Md5, keyOf(key));
        const HashRing& ring = cluster.node(0).ring();
        if (ring.isPrimary(cluster.node(0).id(), slot) && ring.isPrimary(cluster.node(1).id(), slot))
            keys << key;
    }
    setLink(cluster, 0, 1, true);
    setLink(cluster, 0, 2, true);
    cluster.runFor(5s);
    QVERIFY(cluster.put(0, keys[0], QByteArray(60'000, 'a'), {}, {.quorum = 1, .sloppy = false}));
    QVERIFY(cluster.put(1, keys[0], QByteArray(60'000, 'b')));
    for (int k = 1; k < keys.size(); ++k)
        QVERIFY(cluster.put(1, keys[k], "v"));
    cluster.runFor(1s);
    QVERIFY(cluster.node(2).stats().hints >= 30);
    setLink(cluster, 0, 2, false);
    QVERIFY(cluster.runUntil([&] { return cluster.node(2).stats().hints == 1; }, 60s));
    QCOMPARE(cluster.store(0).totals().objects, quint64(30));

    setLink(cluster, 0, 1, false);
    cluster.runFor(10s);
    const auto read = cluster.get(1, keys[0], {.quorum = 2});
    QCOMPARE(read->siblings.siblingCount(), size_t(2));
    QVERIFY(cluster.put(1, keys[0], "resolved", read->siblings.context(), {.quorum = 2}));
    QVERIFY(cluster.runUntil([&] { return cluster.node(2).stats().hints == 0; }, 5min));
    QCOMPARE(valuesOf(cluster.get(0, keys[0], {.quorum = 2})->siblings), QByteArrayList{"resolved"});
}

void SkippedKeysTest::aRangeIsNotDroppedWithAKeyThatWasSkipped()
{
    VirtualCluster cluster(boundedCluster(2));
    QVERIFY(writeApart(cluster));
    QVERIFY(cluster.runUntil([&] { return skippedBy(cluster) == 1; }, 60s));
    const int joiner = cluster.addNode();
    cluster.start(joiner);
    cluster.runFor(10min);
    // Whatever becomes of the change, both versions are still there.
    QByteArrayList values;
    for (int i = 0; i < cluster.size(); ++i) {
        const Slot slot = slotOf(Partitioner::Md5, keyOf("big"));
        const auto held = *cluster.store(i).durableObject(slot, keyOf("big"));
        for (const Sibling& sibling :
             held ? SiblingSet::decode(keyOf("big"), *held)->siblings() : std::vector<Sibling>())
            values << sibling.value.left(1);
    }
    QVERIFY(values.contains("a") && values.contains("b"));
}

void SkippedKeysTest::oneThatHoldsSomethingElseIsTriedAgainAtOnce()
{
    int told = 0;
    SkippedKeys skipped([&told](const Key&, const QString&) { ++told; });
    const MonoTime now{1h};
    skipped.skip(keyOf("k"), 7, QStringLiteral("test"), now);
    skipped.skip(keyOf("k"), 7, QStringLiteral("test"), now);
    QCOMPARE(told, 1);
    QVERIFY(skipped.isResting(keyOf("k"), 7, now + 5s));
    QVERIFY(!skipped.isResting(keyOf("k"), 8, now + 5s));
    QVERIFY(!skipped.isResting(keyOf("other"), 7, now + 5s));
    QVERIFY(!skipped.isResting(keyOf("k"), 7, now + SkippedKeys::firstRest));
    skipped.expire(now + SkippedKeys::rest);
    QCOMPARE(skipped.count(), size_t(1));
    skipped.expire(now + 10 * SkippedKeys::rest);
    QCOMPARE(skipped.count(), size_t(0));
}

// It may have been damaged on its way only.
void SkippedKeysTest::itIsTriedAgainSoonAtFirstAndThenMoreSeldom()
{
    SkippedKeys skipped([](const Key&, const QString&) {});
    MonoTime now{1h};
    Duration rest = SkippedKeys::firstRest;
    for (int i = 0; i < 10; ++i) {
        skipped.skip(keyOf("k"), 7, QStringLiteral("test"), now);
        QVERIFY(skipped.isResting(keyOf("k"), 7, now + (rest - 1ns)));
        QVERIFY(!skipped.isResting(keyOf("k"), 7, now + rest));
        now = now + rest;
        rest = std::min(2 * rest, SkippedKeys::rest);
    }
    QCOMPARE(rest, SkippedKeys::rest);
}

void SkippedKeysTest::onlySoManyAreRemembered()
{
    SkippedKeys skipped([](const Key&, const QString&) {});
    for (size_t k = 0; k < 2 * SkippedKeys::mostNamed; ++k)
        skipped.skip(keyOf(QByteArray::number(k)), 1, {}, MonoTime{});
    QCOMPARE(skipped.count(), SkippedKeys::mostNamed);
    QCOMPARE(skipped.first(10).size(), size_t(10));
}

QTEST_GUILESS_MAIN(SkippedKeysTest)
#include "skipped_keys_test.moc"
