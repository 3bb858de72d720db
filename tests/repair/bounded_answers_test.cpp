// SPDX-License-Identifier: GPL-3.0-or-later
// What a peer asks for is answered in pieces of a bounded size, and everything arrives all the same.
#include "nodecore/node/change_planner.h"
#include "nodecore/repair/slot_listing.h"
#include "nodecore/request/keys_operation.h"
#include "nodecore/storage/memory_store.h"
#include "tests/support/virtual_cluster.h"

#include <QtTest>

using namespace ringmaster;
using namespace std::chrono_literals;

namespace {

constexpr qsizetype pieceBytes = 512 * 1024;

// An object under any key in any slot: a listing does not ask where it belongs.
void put(MemoryStore& store, Slot slot, const QByteArray& key, qsizetype bytes)
{
    WriteBatch batch;
    batch.putObject(slot, keyOf(key), QByteArray(bytes, 'v'), true);
    store.write(std::move(batch), [](const Result<void>&) {});
}

qsizetype bytesIn(const wire::SlotsReply& reply)
{
    qsizetype bytes = 0;
    for (const wire::SlotsReply::Item& item : reply.items)
        bytes += item.key.bytes().size() + item.set.size();
    return bytes;
}

wire::SlotsRequest requestFor(const std::vector<ObjectCursor>& places, bool wantsObjects,
                              quint16 enough = 1000)
{
    wire::SlotsRequest request{wire::RequestId::received(1, 1), 0, 0, enough, {}};
    for (const ObjectCursor& place : places)
        request.slots.push_back({place.slot, wantsObjects, place.after});
    return request;
}

VirtualClusterConfig twoNodes()
{
    VirtualClusterConfig config;
    config.nodes = 2;
    config.node.replicas = 2;
    config.node.readQuorum = 1;
    config.node.writeQuorum = 1;
    return config;
}

// Notes the largest message that arrives.
class Largest {
public:
    explicit Largest(VirtualCluster& cluster)
    {
        cluster.network().watch([this](int, int, VirtualNetwork::Fate, QByteArrayView message) {
            bytes = std::max(bytes, message.size());
        });
    }
    qsizetype bytes = 0;
};

bool holdTheSame(VirtualCluster& cluster)
{
    return cluster.store(0).totals() == cluster.store(1).totals();
}

} // namespace

class BoundedAnswersTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aListingOfOneSlotGoesOnWhereItStopped();
    void aListingWithObjectsIsBoundedInBytes();
    void aListingWithLongKeysIsBoundedInBytes();
    void smallSetsDoNotFetchAllLargeOnesAtOnce();
    void largeSetsAreGivenInPieces();
    void hintsForLargeSetsAreTakenInPieces();
    void aPageOfLongKeysIsBoundedInBytes();
    void countingCostsTheSameForManyLongRanges();
};

void BoundedAnswersTest::aListingOfOneSlotGoesOnWhereItStopped()
{
    MemoryStore store(MemoryStore::Commit::AtOnce);
    for (int k = 0; k < 5000; ++k)
        put(store, Slot{7}, "k" + QByteArray::number(k), 10);
    put(store, Slot{8}, "last", 10);
    std::vector<ObjectCursor> places{{Slot{3}, {}}, {Slot{7}, {}}, {Slot{8}, {}}};
    QSet<QByteArray> listed;
    int replies = 0;
    while (!places.empty()) {
        const wire::SlotsRequest request = requestFor(places, false);
        const wire::SlotsReply reply = listSlots(store, request, pieceBytes);
        QVERIFY(!reply.items.empty() && reply.items.size() <= 1000);
        for (const wire::SlotsReply::Item& item : reply.items)
            listed.insert(item.key.bytes());
        places = slotsBeyond(request, listedUpTo(request, reply));
        QVERIFY(++replies < 10);
    }
    QCOMPARE(listed.size(), 5001);
}

void BoundedAnswersTest::aListingWithObjectsIsBoundedInBytes()
{
    MemoryStore store(MemoryStore::Commit::AtOnce);
    constexpr qsizetype large = 300 * 1024;
    for (quint16 slot = 0; slot < 50; ++slot)
        put(store, Slot{slot}, "k" + QByteArray::number(slot), large);
    std::vector<ObjectCursor> places;
    for (quint16 slot = 0; slot < 50; ++slot)
        places.push_back({Slot{slot}, std::nullopt});
    size_t listed = 0;
    while (!places.empty()) {
        const wire::SlotsRequest request = requestFor(places, true);
        const wire::SlotsReply reply = listSlots(store, request, pieceBytes);
        QVERIFY(bytesIn(reply) < pieceBytes + large);
        listed += reply.items.size();
        places = slotsBeyond(request, listedUpTo(request, reply));
    }
    QCOMPARE(listed, size_t(50));
}

void BoundedAnswersTest::aListingWithLongKeysIsBoundedInBytes()
{
    MemoryStore store(MemoryStore::Commit::AtOnce);
    for (int k = 0; k < 500; ++k)
        put(store, Slot{7}, QByteArray::number(10'000 + k) + QByteArray(4000, 'k'), 1);
    const wire::SlotsReply reply = listSlots(store, requestFor({{Slot{7}, std::nullopt}}, false), pieceBytes);
    QVERIFY(bytesIn(reply) < pieceBytes + 4096);
    QVERIFY(reply.complete == 0 && reply.upTo);
}

// The asker holds an old version of each key that is small; what the other holds is large.
void BoundedAnswersTest::smallSetsDoNotFetchAllLargeOnesAtOnce()
{
    VirtualCluster cluster(twoNodes());
    QVERIFY(cluster.startAll());
    constexpr int keys = 60;
    std::vector<VersionVector> contexts;
    for (int k = 0; k < keys; ++k) {
        const auto put = cluster.put(0, "k" + QByteArray::number(k), "x", {}, {.quorum = 2});
        QVERIFY(put);
        contexts.push_back(put->siblings.context());
    }
    cluster.crash(1);
    cluster.runFor(5s);
    const QByteArray large(400 * 1024, 'y');
    for (int k = 0; k < keys; ++k)
        QVERIFY(cluster.put(0, "k" + QByteArray::number(k), large, contexts[size_t(k)], {.sloppy = false}));
    Largest largest(cluster);
    cluster.start(1);
    QVERIFY(cluster.runUntil([&] { return holdTheSame(cluster); }, 60s));
    QVERIFY2(largest.bytes < pieceBytes + large.size() + 10'000, qPrintable(QString::number(largest.bytes)));
}

void BoundedAnswersTest::largeSetsAreGivenInPieces()
{
    VirtualCluster cluster(twoNodes());
    QVERIFY(cluster.startAll());
    cluster.network().cut(cluster.address(0), cluster.address(1));
    cluster.network().cut(cluster.address(1), cluster.address(0));
    cluster.runFor(5s);
    const QByteArray large(400 * 1024, 'y');
    for (int k = 0; k < 60; ++k)
        QVERIFY(cluster.put(k % 2, "k" + QByteArray::number(k / 2), large, {}, {.sloppy = false}));
    Largest largest(cluster);
    cluster.network().healAll();
    QVERIFY(cluster.runUntil([&] { return holdTheSame(cluster); }, 60s));
    QCOMPARE(cluster.store(0).totals().objects, quint64(30));
    QVERIFY2(largest.bytes < pieceBytes + 2 * large.size() + 10'000,
             qPrintable(QString::number(largest.bytes)));
}

// The owner holds large sets of the keys that the hints are of.
void BoundedAnswersTest::hintsForLargeSetsAreTakenInPieces()
{
    MemoryStore store;
    HintStore hints(store);
    EventQueue queue;
    VirtualClock clock(queue);
    Replica replica(store, hints, clock, Partitioner::Md5);
    std::vector<Replica::Received> large;
    std::vector<Replica::Received> small;
    for (int k = 0; k < 40; ++k) {
        SiblingSet set;
        const Key key = keyOf(QByteArray::number(k));
        set.write(key, {}, QByteArray(400 * 1024, 'v'), ActorId{5}, WallTime{1});
        large.push_back({key, set.encoded()});
        SiblingSet other;
        other.write(key, {}, QByteArray("v"), ActorId{6}, WallTime{1});
        small.push_back({key, other.encoded()});
    }
    for (const Replica::Received& one : large) {
        replica.merge(one.key, one.set, [](const Result<void>&) {});
        store.commitPending();
    }
    int calls = 0;
    while (!small.empty()) {
        size_t complete = 0;
        replica.mergeAll(small, [&](const Result<Replica::Merged>& merged) { complete = merged->complete; });
        store.commitPending();
        QVERIFY(complete > 0 && complete < 20);
        small.erase(small.begin(), small.begin() + ptrdiff_t(complete));
        ++calls;
    }
    QVERIFY(calls >= 3);
}

void BoundedAnswersTest::aPageOfLongKeysIsBoundedInBytes()
{
    MemoryStore store(MemoryStore::Commit::AtOnce);
    for (int k = 0; k < 500; ++k)
        put(store, Slot{7}, QByteArray::number(10'000 + k) + QByteArray(4000, 'k'), 1);
    HintStore hints(store);
    wire::KeysRequest request;
    request.id = wire::RequestId::received(1, 1);
    request.last = lastSlot;
    request.limit = 1000;
    size_t listed = 0;
    bool more = true;
    while (more) {
        const wire::KeysReply reply = listKeys(store, hints, request);
        QVERIFY(wire::encode(reply).size() < pieceBytes);
        listed += reply.items.size();
        more = reply.more;
        request.slot = reply.nextSlot;
        request.after = reply.nextAfter;
    }
    QCOMPARE(listed, size_t(500));
}

namespace {

class Caught final : public Transport {
public:
    SendResult send(NodeId, const QByteArray& message) override
    {
        last = message;
        return SendResult::Queued;
    }
    void setPeers(const QList<QString>&) override {}
    QByteArray last;
};

} // namespace

// The most that one message may ask: every range the whole ring.
void BoundedAnswersTest::countingCostsTheSameForManyLongRanges()
{
    MemoryStore store(MemoryStore::Commit::AtOnce);
    for (quint16 slot = 0; slot < 100; ++slot)
        put(store, Slot{slot}, QByteArray::number(slot), 1000);
    EventQueue queue;
    VirtualClock clock(queue);
    Timers timers;
    Caught transport;
    SeededRandom random(1);
    wire::RequestIds ids(random);
    ChangePlanner planner({clock, timers, transport, store, ids}, NodeId{1});
    const wire::CountsRequest request{
        wire::RequestId::received(1, 1),
        std::vector(wire::maxCountedRanges, wire::CountsRequest::Range{Slot{0}, lastSlot})};
    QElapsedTimer time;
    time.start();
    planner.handle(NodeId{2}, request);
    QVERIFY2(time.elapsed() < 2000, qPrintable(QString::number(time.elapsed())));
    const auto reply = wire::decode(transport.last);
    QVERIFY(reply);
    QCOMPARE(std::get<wire::CountsReply>(*reply).objects.back(), quint64(100));
}

QTEST_GUILESS_MAIN(BoundedAnswersTest)
#include "bounded_answers_test.moc"
