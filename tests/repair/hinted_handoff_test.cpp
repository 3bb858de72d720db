// SPDX-License-Identifier: GPL-3.0-or-later
// Writes go on while primaries are away, and what others kept for them comes home. In virtual time.
#include "nodecore/storage/hint_store.h"
#include "tests/support/virtual_cluster.h"

#include <QtTest>

using namespace ringmaster;
using namespace std::chrono_literals;

class HintedHandoffTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aFallbackStandsInAndGivesItsHintBack();
    void whatIsKeptForARemovedMemberGoesToThoseThatHaveItsPart();
    void withoutAnotherHealthyNodeTheCoordinatorKeepsTheHint();
    void aStrictWriteAsksPrimariesOnly();
    void aPrimaryQuorumIsNotMetByFallbacks();
    void withNoPrimaryUpAWriteIsTakenAndReadAndComesHome();
    void aFallbackAndThePrimaryItStandsInForCountOnce();
    void hintsSurviveARestartOfTheirKeeper();
    void aPrimaryThatWasSilentGetsAHintAtTheDeadline();
    void anActorThatForgetsWhatItMintedNeverMintsAgain();
    void aReadSendsAStaleReplicaWhatItLacks();
    void oneOwnerAndKeyHaveOneHintHoweverOftenItIsWritten();
    void beyondItsBoundNothingMoreIsKept();
    void whatIsNotDurableIsNotShown();
    void aHintThatAFullDiskKeepsIsStillCounted();
    void keysOfHintsComeBySlotAndKeyAndOnceEach();
};

namespace {

constexpr Duration noRepairYet = 1500ms; // before a round of anti-entropy could have helped

quint64 hintsAt(VirtualCluster& cluster, int i)
{
    return cluster.node(i).stats().hints;
}

quint64 allHints(VirtualCluster& cluster)
{
    quint64 hints = 0;
    for (int i = 0; i < cluster.size(); ++i)
        hints += cluster.isUp(i) ? hintsAt(cluster, i) : 0;
    return hints;
}

// The nodes in the order of the ring, from the key on.
std::vector<int> walkOf(VirtualCluster& cluster, const QByteArray& key)
{
    std::vector<int> walk;
    for (const NodeId id : cluster.node(0).ring().walk(slotOf(Partitioner::Md5, keyOf(key)))) {
        for (int i = 0; i < cluster.size(); ++i) {
            if (nodeIdFor(QStringLiteral("n%1").arg(i + 1), 0) == id)
                walk.push_back(i);
        }
    }
    return walk;
}

std::vector<int> primariesOf(VirtualCluster& cluster, const QByteArray& key)
{
    std::vector<int> primaries = walkOf(cluster, key);
    primaries.resize(3);
    return primaries;
}

bool holds(VirtualCluster& cluster, int i, const QByteArray& key)
{
    return cluster.store(i).durableObject(slotOf(Partitioner::Md5, keyOf(key)), keyOf(key))->has_value();
}

int someNodeBut(VirtualCluster& cluster, const std::vector<int>& others)
{
    for (int i = 0; i < cluster.size(); ++i) {
        if (std::find(others.begin(), others.end(), i) == others.end())
            return i;
    }
    return -1;
}

} // namespace

void HintedHandoffTest::aFallbackStandsInAndGivesItsHintBack()
{
    VirtualCluster cluster({.nodes = 5});
    QVERIFY(cluster.startAll());
    const std::vector<int> primaries = primariesOf(cluster, "cart");
    cluster.crash(primaries[1]);
    cluster.runFor(1ms);
    RequestOptions all;
    all.quorum = 3;
    const auto put = cluster.put(primaries[0], "cart", "milk", {}, all);
    QVERIFY2(put, put ? "" : qPrintable(put.error().error.message));
    const auto fallback =
        std::find_if(put->quorum.answered.begin(), put->quorum.answered.end(),
                     [](const auto& answer) { return answer.role == ReplicaRole::Fallback; });
    QVERIFY(fallback != put->quorum.answered.end());
    QCOMPARE(allHints(cluster), quint64(1));
    QCOMPARE(hintsAt(cluster, primaries[0]), quint64(0));
    // A reader finds it with what the fallback keeps.
    QCOMPARE(valuesOf(cluster.get(primaries[2], "cart", all)->siblings), QByteArrayList{"milk"});

    cluster.start(primaries[1]);
    QVERIFY(cluster.runUntil([&] { return holds(cluster, primaries[1], "cart"); }, noRepairYet));
    QVERIFY(cluster.runUntil([&] { return allHints(cluster) == 0; }, noRepairYet));
}

void HintedHandoffTest::whatIsKeptForARemovedMemberGoesToThoseThatHaveItsPart()
{
    VirtualCluster cluster({.nodes = 5});
    QVERIFY(cluster.startAll());
    const std::vector<int> walk = walkOf(cluster, "cart");
    cluster.crash(walk[1]);
    cluster.runFor(3s);
    QVERIFY(cluster.put(walk[0], "cart", "milk"));
    cluster.runFor(10ms);
    QCOMPARE(allHints(cluster), quint64(1));
    QVERIFY(cluster.node(walk[0]).remove(nodeIdFor(cluster.configOf(walk[1]).name, 0)));
    cluster.touched(walk[0]);
    const auto isWithItsOwners = [&] {
        return holds(cluster, walk[0], "cart") && holds(cluster, walk[2], "cart") &&
               holds(cluster, walk[3], "cart") && !holds(cluster, walk[4], "cart");
    };
    QVERIFY(cluster.runUntil([&] { return allHints(cluster) == 0 && isWithItsOwners(); }));
}

void HintedHandoffTest::withoutAnotherHealthyNodeTheCoordinatorKeepsTheHint()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    cluster.crash(2);
    cluster.runFor(1ms);
    for (int k = 0; k < 50; ++k)
        QVERIFY(cluster.put(0, "k" + QByteArray::number(k), "v"));
    QVERIFY(cluster.runUntil([&] { return hintsAt(cluster, 0) == 50; }, 100ms));
    QCOMPARE(hintsAt(cluster, 1), quint64(0));
    RequestOptions all;
    all.quorum = 3;
    QVERIFY(!cluster.put(0, "k", "v", {}, all)); // a hint with oneself counts for nothing
    cluster.start(2);
    QVERIFY(cluster.runUntil([&] { return allHints(cluster) == 0; }, 10s));
    QVERIFY(holds(cluster, 2, "k7"));
}

void HintedHandoffTest::aStrictWriteAsksPrimariesOnly()
{
    VirtualCluster cluster({.nodes = 5});
    QVERIFY(cluster.startAll());
    const std::vector<int> primaries = primariesOf(cluster, "cart");
    const int asker = someNodeBut(cluster, primaries);
    cluster.crash(primaries[0]);
    cluster.crash(primaries[1]);
    cluster.runFor(1ms);
    RequestOptions strict;
    strict.sloppy = false;
    const auto put = cluster.put(asker, "cart", "milk", {}, strict);
    QVERIFY(!put);
    QCOMPARE(put.error().error.code, ErrorCode::QuorumNotMet);
    QCOMPARE(allHints(cluster), quint64(0));
    QVERIFY(cluster.put(asker, "cart", "milk")); // sloppy
}

void HintedHandoffTest::aPrimaryQuorumIsNotMetByFallbacks()
{
    VirtualCluster cluster({.nodes = 5});
    QVERIFY(cluster.startAll());
    const std::vector<int> primaries = primariesOf(cluster, "cart");
    cluster.crash(primaries[1]);
    cluster.crash(primaries[2]);
    cluster.runFor(1ms);
    RequestOptions twoPrimaries;
    twoPrimaries.primaryQuorum = 2;
    QVERIFY(!cluster.put(primaries[0], "cart", "milk", {}, twoPrimaries));
    RequestOptions onePrimary;
    onePrimary.primaryQuorum = 1;
    QVERIFY(cluster.put(primaries[0], "cart", "milk", {}, onePrimary));
}

void HintedHandoffTest::withNoPrimaryUpAWriteIsTakenAndReadAndComesHome()
{
    VirtualCluster cluster({.nodes = 6});
    QVERIFY(cluster.startAll());
    const std::vector<int> primaries = primariesOf(cluster, "cart");
    const int asker = someNodeBut(cluster, primaries);
    for (const int i : primaries)
        cluster.crash(i);
    cluster.runFor(1ms);
    QVERIFY(cluster.put(asker, "cart", "milk"));
    const auto got = cluster.get(asker, "cart");
    QVERIFY(got);
    QCOMPARE(valuesOf(got->siblings), QByteArrayList{"milk"});
    QVERIFY(cluster.put(asker, "cart", "milk and jam", got->siblings.context()));
    QVERIFY(allHints(cluster) >= 2);
    for (const int i : primaries)
        cluster.start(i);
    QVERIFY(cluster.runUntil([&] { return allHints(cluster) == 0; }, 20s));
    QVERIFY(cluster.runUntil(
        [&] {
            return std::all_of(primaries.begin(), primaries.end(),
                               [&](int i) { return holds(cluster, i, "cart"); });
        },
        30s));
    QCOMPARE(valuesOf(cluster.get(primaries[0], "cart")->siblings), QByteArrayList{"milk and jam"});
}

// Whoever asks sees no primary, and has the first fallback write; that one sees them all, but only the first
// hears it. Its hint goes home to the same copy.
void HintedHandoffTest::aFallbackAndThePrimaryItStandsInForCountOnce()
{
    VirtualCluster cluster({.nodes = 5});
    QVERIFY(cluster.startAll());
    const std::vector<int> walk = walkOf(cluster, "cart");
    const int asker = walk[4];
    const int fallback = walk[3];
    VirtualNetwork& network = cluster.network();
    for (int i = 0; i < 3; ++i) {
        const QString primary = cluster.address(walk[size_t(i)]);
        network.cut(cluster.address(asker), primary);
        network.cut(primary, cluster.address(asker));
        network.reset(cluster.address(asker), primary);
        if (i > 0)
            network.cut(cluster.address(fallback), primary);
    }
    cluster.runFor(1ms);
    RequestOptions options;
    options.timeout = 300ms;
    const auto put = cluster.put(asker, "cart", "milk", {}, options);
    QVERIFY(holds(cluster, walk[0], "cart"));
    QVERIFY(!put);
    QCOMPARE(put.error().error.code, ErrorCode::DeadlinePassed);
    QVERIFY(put.error().mayExist);

    network.heal(cluster.address(fallback), cluster.address(walk[1]));
    const auto again = cluster.put(asker, "cart", "jam", {}, options);
    QVERIFY2(again, again ? "" : qPrintable(again.error().error.message));
    QVERIFY(holds(cluster, walk[1], "cart"));
}

void HintedHandoffTest::hintsSurviveARestartOfTheirKeeper()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    cluster.crash(2);
    cluster.runFor(1ms);
    QVERIFY(cluster.put(0, "k", "v"));
    cluster.runFor(10ms);
    cluster.crash(0);
    cluster.start(0);
    QVERIFY(cluster.runUntil([&] { return cluster.node(0).isServing(); }));
    QCOMPARE(hintsAt(cluster, 0), quint64(1));
    cluster.start(2);
    QVERIFY(cluster.runUntil([&] { return holds(cluster, 2, "k"); }, 10s));
    QVERIFY(cluster.runUntil([&] { return hintsAt(cluster, 0) == 0; }, 10s));
}

void HintedHandoffTest::aPrimaryThatWasSilentGetsAHintAtTheDeadline()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    cluster.network().cut(cluster.address(0), cluster.address(2));
    RequestOptions options;
    options.timeout = 300ms;
    QVERIFY(cluster.put(0, "k", "v", {}, options));
    QCOMPARE(hintsAt(cluster, 0), quint64(0));
    cluster.runFor(310ms);
    QCOMPARE(hintsAt(cluster, 0), quint64(1));
}

// The dots of a hint that was minted here and has gone home are known to others only. Minting the same ones
// again would make two different values the same version, and one of them would be lost.
void HintedHandoffTest::anActorThatForgetsWhatItMintedNeverMintsAgain()
{
    VirtualCluster cluster({.nodes = 6});
    QVERIFY(cluster.startAll());
    const std::vector<int> primaries = primariesOf(cluster, "cart");
    const int keeper = someNodeBut(cluster, primaries);
    for (const int i : primaries)
        cluster.crash(i);
    cluster.runFor(1ms);
    const auto first = cluster.put(keeper, "cart", "first");
    QVERIFY(first);
    for (const int i : primaries)
        cluster.start(i);
    QVERIFY(cluster.runUntil([&] { return allHints(cluster) == 0; }, 20s));
    cluster.runFor(10s);
    for (const int i : primaries)
        cluster.crash(i);
    cluster.runFor(1ms);
    const auto second = cluster.put(keeper, "cart", "second"); // blind: a sibling
    QVERIFY(second);
    QVERIFY(first->dot != second->dot);
    for (const int i : primaries)
        cluster.start(i);
    QVERIFY(cluster.runUntil([&] { return allHints(cluster) == 0; }, 20s));
    QCOMPARE(valuesOf(cluster.get(primaries[0], "cart")->siblings), (QByteArrayList{"first", "second"}));
}

void HintedHandoffTest::aReadSendsAStaleReplicaWhatItLacks()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    cluster.network().cut(cluster.address(0), cluster.address(2));
    QVERIFY(cluster.put(0, "k", "v"));
    cluster.network().healAll();
    QVERIFY(!holds(cluster, 2, "k"));
    RequestOptions all;
    all.quorum = 3;
    QVERIFY(cluster.get(1, "k", all));
    QVERIFY(cluster.runUntil([&] { return holds(cluster, 2, "k"); }, 100ms));
}

void HintedHandoffTest::oneOwnerAndKeyHaveOneHintHoweverOftenItIsWritten()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    cluster.crash(2);
    cluster.runFor(1ms);
    for (int i = 0; i < 20; ++i)
        QVERIFY(cluster.put(0, "hot", QByteArray::number(i), cluster.get(0, "hot")->siblings.context()));
    cluster.runFor(10ms);
    QCOMPARE(hintsAt(cluster, 0), quint64(1));
    cluster.start(2);
    QVERIFY(cluster.runUntil([&] { return allHints(cluster) == 0; }, 10s));
    RequestOptions one;
    one.quorum = 1;
    QCOMPARE(valuesOf(cluster.get(2, "hot", one)->siblings), QByteArrayList{"19"});
}

namespace {

QByteArray someSet(quint64 actor, const QByteArray& key = "k")
{
    SiblingSet set;
    set.write(keyOf(key), {}, QByteArray("v"), ActorId{actor}, WallTime{1});
    return set.encoded();
}

} // namespace

void HintedHandoffTest::beyondItsBoundNothingMoreIsKept()
{
    MemoryStore store(MemoryStore::Commit::AtOnce);
    HintStore hints(store, {.hints = 2, .bytes = 1'000'000});
    QVERIFY(hints.load());
    int kept = 0;
    for (int k = 0; k < 5; ++k) {
        hints.keep(NodeId{1}, Slot{1}, keyOf(QByteArray::number(k)), someSet(1, QByteArray::number(k)), {},
                   [&](const Result<void>& result) { kept += result ? 1 : 0; });
    }
    QCOMPARE(kept, 2);
    QCOMPARE(hints.total().hints, quint64(2));
    hints.forget({1}, [](const Result<void>&) {});
    QCOMPARE(hints.total().hints, quint64(1));
    hints.keep(NodeId{1}, Slot{1}, keyOf("9"), someSet(1, "9"), {},
               [&](const Result<void>& result) { kept += result ? 1 : 0; });
    QCOMPARE(kept, 3);
}

void HintedHandoffTest::whatIsNotDurableIsNotShown()
{
    MemoryStore store;
    HintStore hints(store);
    QVERIFY(hints.load());
    bool done = false;
    hints.keep(NodeId{1}, Slot{1}, keyOf("k"), someSet(1), {}, [&](const Result<void>&) { done = true; });
    QVERIFY(hints.durableFor(keyOf("k"))->isEmpty());
    QVERIFY(!hints.latestFor(keyOf("k"))->isEmpty());
    QVERIFY(hints.oldest(NodeId{1}, 10, 1000)->empty());
    store.commitPending();
    QVERIFY(done);
    QVERIFY(!hints.durableFor(keyOf("k"))->isEmpty());
    // A newer one for the same key: until it is durable, the older is what is shown.
    hints.keep(NodeId{1}, Slot{1}, keyOf("k"), someSet(2), {}, [](const Result<void>&) {});
    QCOMPARE(hints.durableFor(keyOf("k"))->siblingCount(), size_t(1));
    store.commitPending();
    QCOMPARE(hints.durableFor(keyOf("k"))->siblingCount(), size_t(2));
    QCOMPARE(hints.total().hints, quint64(1));
    store.commitPending();
    QCOMPARE(hints.durableFor(keyOf("k"))->siblingCount(), size_t(2));
    // What was not durable does not survive.
    hints.keep(NodeId{2}, Slot{1}, keyOf("lost"), someSet(1, "lost"), {}, [](const Result<void>&) {});
    store.crash();
    HintStore again(store);
    QVERIFY(again.load());
    QCOMPARE(again.total().hints, quint64(1));
    QVERIFY(again.owed().contains(NodeId{1}));
}

void HintedHandoffTest::aHintThatAFullDiskKeepsIsStillCounted()
{
    MemoryStore store;
    HintStore hints(store);
    QVERIFY(hints.load());
    hints.keep(NodeId{1}, Slot{1}, keyOf("k"), someSet(1), {}, [](const Result<void>&) {});
    store.commitPending();
    bool forgotten = true;
    hints.forget({1}, [&](const Result<void>& stored) { forgotten = stored.has_value(); });
    store.becomeReadOnly(QStringLiteral("The disk is full."));
    QVERIFY(!forgotten);
    QCOMPARE(hints.total().hints, quint64(1));
    QVERIFY(hints.holds(keyOf("k")));
    store.recover();
    QCOMPARE(hints.oldest(NodeId{1}, 10, 1000)->size(), size_t(1));
    hints.forget({1}, [&](const Result<void>& stored) { forgotten = stored.has_value(); });
    store.commitPending();
    QVERIFY(forgotten);
    QVERIFY(hints.isEmpty());
}

void HintedHandoffTest::keysOfHintsComeBySlotAndKeyAndOnceEach()
{
    MemoryStore store;
    HintStore hints(store);
    QVERIFY(hints.load());
    const auto keep = [&](quint64 owner, quint16 slot, const char* key) {
        hints.keep(NodeId{owner}, Slot{slot}, keyOf(key), someSet(1, key), {}, [](const Result<void>&) {});
    };
    keep(1, 9, "late");
    keep(1, 5, "b");
    keep(2, 5, "b"); // for another owner too
    keep(1, 5, "a");
    keep(1, 7, "c");
    store.commitPending();
    keep(1, 6, "not durable");
    const auto names = [&](const ObjectCursor& from, quint16 last, size_t enough) {
        QByteArrayList found;
        for (const HintStore::Place& place : hints.keysIn(from, Slot{last}, enough))
            found << place.key.bytes();
        return found;
    };
    QCOMPARE(names({Slot{0}, std::nullopt}, 8, 100), (QByteArrayList{"a", "b", "c"}));
    QCOMPARE(names({Slot{5}, keyOf("a")}, 9, 100), (QByteArrayList{"b", "c", "late"}));
    QCOMPARE(names({Slot{6}, std::nullopt}, 7, 100), (QByteArrayList{"c"}));
    QCOMPARE(names({Slot{0}, std::nullopt}, 9, 1), (QByteArrayList{"a", "b"})); // a whole slot
    HintStore again(store);
    store.commitPending();
    QVERIFY(again.load());
    QCOMPARE(again.keysIn({Slot{6}, std::nullopt}, Slot{6}, 10).size(), size_t(1));
    hints.forget({1}, [](const Result<void>&) {});
    QCOMPARE(names({Slot{9}, std::nullopt}, 9, 100), QByteArrayList());
}

QTEST_GUILESS_MAIN(HintedHandoffTest)
#include "hinted_handoff_test.moc"
