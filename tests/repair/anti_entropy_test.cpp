// SPDX-License-Identifier: GPL-3.0-or-later
// Replicas that have missed something come together in the background, in virtual time.
#include "nodecore/membership/peer_reach.h"
#include "nodecore/repair/slot_listing.h"
#include "nodecore/storage/hash_tree.h"
#include "nodecore/storage/replica.h"
#include "tests/support/virtual_cluster.h"

#include <QSet>
#include <QtTest>

using namespace ringmaster;
using namespace std::chrono_literals;

class AntiEntropyTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aNodeThatWasAwayGetsWhatItMissed();
    void aNodeThatLostItsStoreGetsItsKeysBack();
    void whatAnEmptyNodeLacksComesWithTheListings();
    void ofTwoThatCompareThemselvesAtOnceTheEmptyOneGoesOn();
    void aLimitIsKeptByBothEnds();
    void bothEndsTellOfATransferWhileItGoesOn();
    void siblingsThatWereWrittenApartMeet();
    void twoEqualReplicasNeedOneRequestAndOneReply();
    void nodesThatJoinOneAfterAnotherHideNothing();
    void aKeyThatComesTwiceInOneMessageIsRefused();
    void differencesAreThoseOfANaiveComparison();
    void anyDifferenceOfOneSlotChangesTheRoot();
};

namespace {

bool allEqual(VirtualCluster& cluster)
{
    for (int i = 1; i < cluster.size(); ++i) {
        if (!(cluster.store(i).totals() == cluster.store(0).totals()))
            return false;
    }
    return true;
}

VirtualClusterConfig twoNodes(qint64 bytesPerSecond = 0)
{
    VirtualClusterConfig config;
    config.nodes = 2;
    config.node.replicas = 2;
    config.node.readQuorum = 1;
    config.node.writeQuorum = 1;
    config.node.transferBytesPerSecond = bytesPerSecond;
    return config;
}

// The second node stands with an empty store while the first one holds so many keys; nobody asks for
// anything.
bool fillFirstOnly(VirtualCluster& cluster, int keys, const QByteArray& value = "v")
{
    if (!cluster.startAll())
        return false;
    for (int k = 0; k < keys; ++k) {
        if (!cluster.put(0, "k" + QByteArray::number(k), value))
            return false;
    }
    cluster.loseStore(1);
    cluster.runFor(5s);
    cluster.start(1);
    return true;
}

} // namespace

void AntiEntropyTest::whatAnEmptyNodeLacksComesWithTheListings()
{
    VirtualCluster cluster(twoNodes());
    QVERIFY(fillFirstOnly(cluster, 2000));
    const quint64 before = cluster.network().messagesSent();
    QVERIFY(cluster.runUntil([&] { return allEqual(cluster); }, 20s));
    // Some 40 of it are the descent through the trees, and signs of life.
    QVERIFY2(cluster.network().messagesSent() - before < 150,
             qPrintable(QString::number(cluster.network().messagesSent() - before)));
}

void AntiEntropyTest::ofTwoThatCompareThemselvesAtOnceTheEmptyOneGoesOn()
{
    VirtualCluster cluster(twoNodes());
    QVERIFY(fillFirstOnly(cluster, 2000));
    QVERIFY(cluster.runUntil([&] { return cluster.node(1).isServing(); }));
    cluster.node(0).repairNow(std::nullopt);
    cluster.node(1).repairNow(std::nullopt);
    QVERIFY(cluster.runUntil([&] { return allEqual(cluster); }, 20s));
    QVERIFY2(cluster.node(1).stats().repair.objectsTaken > 1500,
             qPrintable(QString::number(cluster.node(1).stats().repair.objectsTaken)));
}

void AntiEntropyTest::aLimitIsKeptByBothEnds()
{
    constexpr int keys = 1000;
    const QByteArray value(1000, 'v');
    for (const int limited : {0, 1}) {
        VirtualCluster cluster(twoNodes());
        cluster.configOf(limited).transferBytesPerSecond = 100'000;
        QVERIFY(fillFirstOnly(cluster, keys, value));
        const MonoTime began = cluster.queue().now();
        QVERIFY(cluster.runUntil([&] { return allEqual(cluster); }, 60s));
        const Duration took = cluster.queue().now() - began;
        // A megabyte; what comes last is not waited for.
        QVERIFY2(took > 3s && took < 20s, qPrintable(QString::number(took / 1ms)));
    }
}

void AntiEntropyTest::bothEndsTellOfATransferWhileItGoesOn()
{
    VirtualCluster cluster(twoNodes(100'000));
    QVERIFY(fillFirstOnly(cluster, 4000, QByteArray(500, 'v')));
    QVERIFY(cluster.runUntil([&] { return cluster.store(1).totals().objects > 1500; }, 60s));
    const std::vector<TransferView> giver = cluster.node(0).transfers();
    const std::vector<TransferView> taker = cluster.node(1).transfers();
    QCOMPARE(giver.size(), size_t(1));
    QCOMPARE(taker.size(), size_t(1));
    QCOMPARE(giver.front().peer, cluster.node(1).id());
    QVERIFY(taker.front().taken.keys > 1000 && giver.front().given.keys >= taker.front().taken.keys);
    QVERIFY(taker.front().taken.bytes > taker.front().taken.keys * 500);
    const quint64 all = taker.front().taken.keys + taker.front().keysLeft;
    QVERIFY2(all > 3000 && all < 5500, qPrintable(QString::number(all)));
    for (const TransferView& view : {giver.front(), taker.front()}) {
        QVERIFY2(view.bytesPerSecond > 50'000 && view.bytesPerSecond < 250'000,
                 qPrintable(QString::number(view.bytesPerSecond)));
        QVERIFY(view.timeLeft && *view.timeLeft > 1s && *view.timeLeft < 60s);
    }
    QVERIFY(cluster.runUntil([&] { return allEqual(cluster); }, 60s));
    const auto isOver = [&] {
        return cluster.node(0).transfers().empty() && cluster.node(1).transfers().empty();
    };
    QVERIFY(!isOver());
    QVERIFY(cluster.runUntil(isOver, 60s));
}

void AntiEntropyTest::aNodeThatWasAwayGetsWhatItMissed()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    QVERIFY(cluster.put(0, "before", "v"));
    cluster.crash(2);
    cluster.runFor(1ms);
    for (int k = 0; k < 1000; ++k)
        QVERIFY(cluster.put(k % 2, "k" + QByteArray::number(k), QByteArray::number(k)));
    cluster.start(2);
    QVERIFY(cluster.runUntil([&] { return cluster.store(2).totals().live == 1001; }, 10s));
    QVERIFY(cluster.runUntil([&] { return allEqual(cluster); }, 10s));
    RequestOptions one;
    one.quorum = 1;
    QCOMPARE(valuesOf(cluster.get(2, "k77", one)->siblings), QByteArrayList{"77"});
}

void AntiEntropyTest::aNodeThatLostItsStoreGetsItsKeysBack()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    for (int k = 0; k < 500; ++k)
        QVERIFY(cluster.put(k % 3, "k" + QByteArray::number(k), QByteArray::number(k)));
    cluster.loseStore(1);
    cluster.start(1);
    QVERIFY(cluster.runUntil([&] { return allEqual(cluster); }, 20s));
    QCOMPARE(cluster.store(1).totals().live, quint64(500));
}

void AntiEntropyTest::siblingsThatWereWrittenApartMeet()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    cluster.crash(1);
    cluster.crash(2);
    cluster.runFor(1ms);
    RequestOptions one;
    one.quorum = 1;
    QVERIFY(cluster.put(0, "cart", "milk", {}, one));
    cluster.crash(0);
    cluster.start(1);
    QVERIFY(cluster.runUntil([&] { return cluster.node(1).isServing(); }));
    QVERIFY(cluster.put(1, "cart", "jam", {}, one));
    cluster.start(0);
    cluster.start(2);
    QVERIFY(cluster.startAll());
    QVERIFY(cluster.runUntil([&] { return allEqual(cluster); }, 20s));
    for (int i = 0; i < 3; ++i)
        QCOMPARE(valuesOf(cluster.get(i, "cart", one)->siblings), (QByteArrayList{"jam", "milk"}));
}

void AntiEntropyTest::twoEqualReplicasNeedOneRequestAndOneReply()
{
    VirtualClusterConfig config;
    config.nodes = 2;
    config.node.replicas = 2;
    VirtualCluster cluster(config);
    QVERIFY(cluster.startAll());
    for (int k = 0; k < 2000; ++k)
        QVERIFY(cluster.put(k % 2, "k" + QByteArray::number(k), "v"));
    QVERIFY(cluster.runUntil([&] { return allEqual(cluster); }));
    const auto roundsBegan = cluster.node(0).stats().repair.rounds + cluster.node(1).stats().repair.rounds;
    const quint64 before = cluster.network().messagesSent();
    const MonoTime began = cluster.queue().now();
    cluster.runFor(60s);
    const auto rounds =
        cluster.node(0).stats().repair.rounds + cluster.node(1).stats().repair.rounds - roundsBegan;
    // Each asks the other for a sign of life at most every second beat, and each answers.
    const auto beats = 4 * quint64((cluster.queue().now() - began) / (2 * PeerReach::beat) + 1);
    QVERIFY(rounds >= 20);
    QVERIFY2(cluster.network().messagesSent() - before <= beats + 2 * rounds + 4,
             qPrintable(QStringLiteral("%1 messages, %2 beats, %3 rounds")
                            .arg(cluster.network().messagesSent() - before)
                            .arg(beats)
                            .arg(rounds)));
}

void AntiEntropyTest::nodesThatJoinOneAfterAnotherHideNothing()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    for (int k = 0; k < 400; ++k)
        QVERIFY(cluster.put(k % 3, "k" + QByteArray::number(k), QByteArray::number(k)));
    for (int n = 0; n < 4; ++n) {
        const int added = cluster.addNode();
        cluster.start(added);
        QVERIFY(cluster.runUntil([&] { return cluster.node(added).isServing(); }));
    }
    const auto everyOwnerHolds = [&] {
        for (int k = 0; k < 400; ++k) {
            const Key key = keyOf("k" + QByteArray::number(k));
            const Slot slot = slotOf(Partitioner::Md5, key);
            for (int i = 0; i < cluster.size(); ++i) {
                if (cluster.node(0).ring().isPrimary(cluster.node(i).id(), slot) &&
                    !*cluster.store(i).durableObject(slot, key))
                    return false;
            }
        }
        return true;
    };
    QVERIFY(cluster.runUntil([&] { return cluster.node(0).ring().nodes().size() == 7; }));
    QVERIFY(cluster.runUntil(everyOwnerHolds, 120s));
    for (int k = 0; k < 400; ++k)
        QCOMPARE(valuesOf(cluster.get(k % 7, "k" + QByteArray::number(k))->siblings),
                 QByteArrayList{QByteArray::number(k)});
}

void AntiEntropyTest::aKeyThatComesTwiceInOneMessageIsRefused()
{
    EventQueue queue;
    VirtualClock clock(queue);
    MemoryStore store(MemoryStore::Commit::AtOnce);
    HintStore hints(store);
    Replica replica(store, hints, clock, Partitioner::Md5);
    SiblingSet set;
    set.write(keyOf("k"), {}, QByteArray("v"), ActorId{1}, WallTime{1});
    std::optional<Result<Replica::Merged>> result;
    replica.mergeAll({{keyOf("k"), set.encoded()}, {keyOf("k"), set.encoded()}},
                     [&](const Result<Replica::Merged>& merged) { result = merged; });
    QCOMPARE(result->error().code, ErrorCode::Malformed);
    QCOMPARE(store.totals().objects, quint64(0));
}

void AntiEntropyTest::differencesAreThoseOfANaiveComparison()
{
    const quint64 seed = 5;
    qInfo("seed %llu", seed);
    SeededRandom random(seed);
    using Item = wire::SlotsReply::Item;
    const auto order = [](const Item& a, const Item& b) {
        return std::pair(a.slot, a.key) < std::pair(b.slot, b.key);
    };
    for (int round = 0; round < 500; ++round) {
        std::vector<Item> a;
        std::vector<Item> b;
        ListedUpTo reached{static_cast<int>(random.below(7)), std::nullopt};
        if (random.below(2) == 0)
            reached.after =
                keyOf(QByteArray::number(reached.slot) + ":" + QByteArray::number(random.below(4)));
        QSet<QByteArray> expected;
        for (quint16 slot = 0; slot < 6; ++slot) {
            for (int k = 0; k < 4; ++k) {
                const QByteArray bytes = QByteArray::number(slot) + ":" + QByteArray::number(k);
                const quint64 inA = random.below(3);
                const quint64 inB = random.below(3);
                if (inA > 0)
                    a.push_back({Slot{slot}, keyOf(bytes), inA});
                if (inB > 0)
                    b.push_back({Slot{slot}, keyOf(bytes), inB});
                if (inA != inB && reached.covers({Slot{slot}, keyOf(bytes)}))
                    expected.insert(bytes);
            }
        }
        std::sort(a.begin(), a.end(), order);
        std::sort(b.begin(), b.end(), order);
        QSet<QByteArray> found;
        for (const Difference& difference : differences(a, b, reached))
            found.insert((difference.ours ? difference.ours : difference.theirs)->key.bytes());
        QCOMPARE(found, expected);
    }
}

void AntiEntropyTest::anyDifferenceOfOneSlotChangesTheRoot()
{
    const auto treeOf = [](const std::function<quint64(Slot)>& hashOf) {
        std::vector<HashTree::Leaf> leaves;
        for (int i = 0; i < slotCount; ++i)
            leaves.emplace_back(Slot{static_cast<quint16>(i)}, hashOf(Slot{static_cast<quint16>(i)}));
        return HashTree(leaves);
    };
    const auto treeWith = [&treeOf](Slot changed, quint64 hash) {
        return treeOf([=](Slot slot) { return slot == changed ? hash : quint64(slot.value) * 7919; });
    };
    const HashTree base = treeWith(Slot{9}, 1);
    QVERIFY(base.root() == treeWith(Slot{9}, 1).root());
    QVERIFY(base.root() != treeWith(Slot{9}, 2).root());
    // Swapped leaves are another tree, in one node or in two.
    for (const quint16 other : {quint16(10), quint16(40'000)}) {
        const auto swapped = [other](Slot slot) -> quint64 {
            if (slot.value == 9)
                return quint64(other) + 1;
            return slot.value == other ? 10 : quint64(slot.value) + 1;
        };
        QVERIFY(treeOf([](Slot slot) { return quint64(slot.value) + 1; }).root() != treeOf(swapped).root());
    }
    QCOMPARE(HashTree({}).root(), quint64(0));
    // Few leaves: each is where it belongs on every level.
    const HashTree sparse({{Slot{0}, 5}, {Slot{4097}, 7}, {lastSlot, 9}});
    QCOMPARE(sparse.at(HashTree::leafLevel, 4097), quint64(7));
    QCOMPARE(sparse.at(HashTree::leafLevel, 4096), quint64(0));
    QVERIFY(sparse.at(1, 0) != 0 && sparse.at(1, 1) != 0 && sparse.at(1, 15) != 0);
    QCOMPARE(sparse.at(1, 2), quint64(0));
}

QTEST_GUILESS_MAIN(AntiEntropyTest)
#include "anti_entropy_test.moc"
