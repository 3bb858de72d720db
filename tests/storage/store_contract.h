// SPDX-License-Identifier: GPL-3.0-or-later
// The contract of Store (nodecore/storage/store.h) as tests that every store passes.
//
// A test program brings a StoreHarness and runs the cases by name:
//   void MyTest::contract_data() { storeContractData(); }
//   void MyTest::contract() { MyHarness harness; runStoreContract(harness); }
#pragma once

#include "nodecore/storage/store.h"

#include <QTest>

#include <functional>
#include <random>

namespace ringmaster {

class StoreHarness {
public:
    virtual ~StoreHarness() = default;
    virtual Store& store() = 0;
    // Lets go on what writes wait for, until condition holds; false where it never will.
    virtual bool waitFor(const std::function<bool()>& condition) = 0;
    // Ends the store in good order, and opens it again.
    virtual void reopen() = 0;

    void write(WriteBatch batch)
    {
        store().write(std::move(batch), [this](const Result<void>& done) {
            ++m_done;
            m_failed += done ? 0 : 1;
        });
        ++m_written;
    }
    bool settle()
    {
        return waitFor([this] { return m_done == m_written; }) && m_failed == 0;
    }
    bool writeAndSettle(WriteBatch batch)
    {
        write(std::move(batch));
        return settle();
    }

private:
    int m_written = 0;
    int m_done = 0;
    int m_failed = 0;
};

inline Key keyOf(const QByteArray& bytes)
{
    return *Key::fromBytes(bytes);
}

// What a full scan finds of the slots first..last, page by page; nothing on an error.
inline std::optional<std::vector<ObjectRecord>> scanAll(Store& store, Slot first = {}, Slot last = lastSlot,
                                                        int pageSize = 100)
{
    std::vector<ObjectRecord> found;
    std::optional<ObjectCursor> from = ObjectCursor{first, std::nullopt};
    while (from) {
        Result<ObjectPage> page = store.scan(*from, last, pageSize, 1 << 20);
        if (!page || static_cast<int>(page->records.size()) > pageSize)
            return std::nullopt;
        std::move(page->records.begin(), page->records.end(), std::back_inserter(found));
        from = page->next;
    }
    return found;
}

// Every summary, worked out from a scan, is what the store says.
inline bool summariesMatch(Store& store)
{
    const std::optional<std::vector<ObjectRecord>> records = scanAll(store);
    if (!records)
        return false;
    std::vector<SlotSummary> slotSums(slotCount);
    SlotSummary all;
    for (const ObjectRecord& record : *records) {
        for (SlotSummary* sum : {&slotSums[record.slot.value], &all}) {
            sum->objects += 1;
            sum->live += record.live ? 1 : 0;
            sum->hash += recordHash(record.key, record.bytes);
        }
    }
    for (int slot = 0; slot < slotCount; ++slot) {
        if (store.slotSummary(Slot{static_cast<quint16>(slot)}) != slotSums[static_cast<size_t>(slot)])
            return false;
    }
    return store.totals() == all;
}

namespace contract {

using Bytes = std::optional<QByteArray>;

inline Bytes durable(Store& store, int slot, const QByteArray& key)
{
    return store.durableObject(Slot{static_cast<quint16>(slot)}, keyOf(key)).value_or(Bytes("unreadable"));
}
inline Bytes latest(Store& store, int slot, const QByteArray& key)
{
    return store.latestObject(Slot{static_cast<quint16>(slot)}, keyOf(key)).value_or(Bytes("unreadable"));
}
inline WriteBatch put(int slot, const QByteArray& key, const QByteArray& bytes, bool live = true)
{
    WriteBatch batch;
    batch.putObject(Slot{static_cast<quint16>(slot)}, keyOf(key), bytes, live);
    return batch;
}
inline WriteBatch removal(int slot, const QByteArray& key)
{
    WriteBatch batch;
    batch.removeObject(Slot{static_cast<quint16>(slot)}, keyOf(key));
    return batch;
}

inline void aNewStoreIsEmpty(StoreHarness& harness)
{
    Store& store = harness.store();
    QCOMPARE(durable(store, 7, "k"), Bytes());
    QCOMPARE(latest(store, 7, "k"), Bytes());
    QVERIFY(store.totals() == SlotSummary{});
    QVERIFY(scanAll(store)->empty());
    QVERIFY(store.sideScan(SideTable::Meta, {}, 10)->empty());
    QCOMPARE(store.health().state, StoreHealth::State::Ok);
    QVERIFY(!store.isContinuation());
}

inline void aWriteIsReadBackAfterItsCallbackAndAfterReopening(StoreHarness& harness)
{
    QVERIFY(harness.writeAndSettle(put(65535, "k", "value")));
    QCOMPARE(durable(harness.store(), 65535, "k"), Bytes("value"));
    harness.reopen();
    QCOMPARE(durable(harness.store(), 65535, "k"), Bytes("value"));
    QCOMPARE(latest(harness.store(), 65535, "k"), Bytes("value"));
}

inline void aWriteIsLatestAtOnceAndDurableOnlyAtItsCallback(StoreHarness& harness)
{
    QVERIFY(harness.writeAndSettle(put(1, "k", "old")));
    Store& store = harness.store();
    bool called = false;
    store.write(put(1, "k", "new"), [&](const Result<void>& done) {
        called = true;
        QVERIFY(done);
        QCOMPARE(durable(store, 1, "k"), Bytes("new"));
    });
    QCOMPARE(latest(store, 1, "k"), Bytes("new"));
    if (!called) {
        QCOMPARE(durable(store, 1, "k"), Bytes("old"));
        QCOMPARE(store.slotSummary(Slot{1}).hash, recordHash(keyOf("k"), "old"));
    }
    QVERIFY(harness.waitFor([&] { return called; }));
}

inline void anUncommittedNewKeyIsInNoScanAndNoSummary(StoreHarness& harness)
{
    Store& store = harness.store();
    bool called = false;
    store.write(put(1, "k", "new"), [&](const Result<void>&) { called = true; });
    if (!called) {
        QVERIFY(scanAll(store)->empty());
        QCOMPARE(store.totals().objects, quint64{0});
        QCOMPARE(durable(store, 1, "k"), Bytes());
    }
    QVERIFY(harness.waitFor([&] { return called; }));
    QCOMPARE(scanAll(store)->size(), size_t{1});
}

inline void callbacksRunInTheOrderOfTheWrites(StoreHarness& harness)
{
    std::vector<int> order;
    for (int i = 0; i < 500; ++i)
        harness.store().write(put(i % 3, "k", QByteArray::number(i)),
                              [&order, i](const Result<void>&) { order.push_back(i); });
    QVERIFY(harness.waitFor([&] { return order.size() == 500; }));
    QVERIFY(std::is_sorted(order.begin(), order.end()));
    QCOMPARE(durable(harness.store(), 499 % 3, "k"), Bytes("499"));
    QVERIFY(summariesMatch(harness.store()));
}

inline void aCallbackMayWriteAndRead(StoreHarness& harness)
{
    Store& store = harness.store();
    bool finished = false;
    store.write(put(1, "a", "1"), [&](const Result<void>&) {
        store.write(put(1, "b", durable(store, 1, "a").value() + "2"),
                    [&](const Result<void>&) { finished = true; });
    });
    QVERIFY(harness.waitFor([&] { return finished; }));
    QCOMPARE(durable(store, 1, "b"), Bytes("12"));
}

inline void laterChangesOfABatchCountOverEarlierOnes(StoreHarness& harness)
{
    WriteBatch batch = put(2, "k", "first");
    batch.removeObject(Slot{2}, keyOf("k"));
    batch.putObject(Slot{2}, keyOf("k"), "last", false);
    batch.put(SideTable::Meta, "m", "first");
    batch.put(SideTable::Meta, "m", "last");
    QVERIFY(harness.writeAndSettle(std::move(batch)));
    QCOMPARE(durable(harness.store(), 2, "k"), Bytes("last"));
    QCOMPARE(harness.store().side(SideTable::Meta, "m").value(), Bytes("last"));
    QVERIFY(harness.store().totals() == (SlotSummary{1, 0, recordHash(keyOf("k"), "last")}));
}

inline void anEmptyBatchIsDoneInItsTurn(StoreHarness& harness)
{
    QByteArray order;
    harness.store().write(put(1, "k", "v"), [&](const Result<void>&) { order += 'a'; });
    harness.store().write({}, [&](const Result<void>& done) { order += done ? 'b' : '!'; });
    harness.store().write(put(1, "k", "w"), [&](const Result<void>&) { order += 'c'; });
    QVERIFY(harness.waitFor([&] { return order.size() == 3; }));
    QCOMPARE(order, QByteArray("abc"));
}

inline void removingWhatIsNotThereChangesNothing(StoreHarness& harness)
{
    QVERIFY(harness.writeAndSettle(removal(3, "never")));
    QVERIFY(harness.store().totals() == SlotSummary{});
    QVERIFY(harness.writeAndSettle(put(3, "k", "v")));
    QVERIFY(harness.writeAndSettle(removal(3, "k")));
    QCOMPARE(durable(harness.store(), 3, "k"), Bytes());
    QVERIFY(harness.store().totals() == SlotSummary{});
    harness.reopen();
    QVERIFY(scanAll(harness.store())->empty());
}

inline void theSameKeyInTwoSlotsIsTwoObjects(StoreHarness& harness)
{
    QVERIFY(harness.writeAndSettle(put(1, "k", "one")));
    QVERIFY(harness.writeAndSettle(put(2, "k", "two")));
    QCOMPARE(durable(harness.store(), 1, "k"), Bytes("one"));
    QCOMPARE(durable(harness.store(), 2, "k"), Bytes("two"));
}

inline void keysAndValuesMayHoldAnyBytes(StoreHarness& harness)
{
    const QByteArray zeros("\0\0", 2);
    const QByteArray longest(Key::maxBytes, '\xff');
    const QByteArray big(1 << 20, 'x');
    QVERIFY(harness.writeAndSettle(put(0, zeros, QByteArray())));
    QVERIFY(harness.writeAndSettle(put(0, "\xff\x00\x80", big)));
    QVERIFY(harness.writeAndSettle(put(0, longest, zeros)));
    WriteBatch side;
    side.put(SideTable::Hints, zeros, QByteArray());
    QVERIFY(harness.writeAndSettle(std::move(side)));
    for (int round = 0; round < 2; ++round) {
        QCOMPARE(durable(harness.store(), 0, zeros), Bytes(""));
        QCOMPARE(durable(harness.store(), 0, "\xff\x00\x80"), Bytes(big));
        QCOMPARE(durable(harness.store(), 0, longest), Bytes(zeros));
        QCOMPARE(harness.store().side(SideTable::Hints, zeros).value(), Bytes(""));
        QVERIFY(summariesMatch(harness.store()));
        harness.reopen();
    }
}

inline void aScanGoesBySlotThenByUnsignedBytes(StoreHarness& harness)
{
    const QByteArray prefix("a\0", 2);
    for (const QByteArray& key : {QByteArray("\xff"), QByteArray("b"), QByteArray("a"), prefix})
        QVERIFY(harness.writeAndSettle(put(5, key, "v")));
    QVERIFY(harness.writeAndSettle(put(4, "z", "v")));
    QVERIFY(harness.writeAndSettle(put(6, "0", "v")));
    for (int round = 0; round < 2; ++round) {
        for (int pageSize : {1, 2, 100}) {
            QByteArrayList keys;
            const auto found = scanAll(harness.store(), Slot{0}, lastSlot, pageSize);
            for (const ObjectRecord& record : *found)
                keys.append(record.key.bytes());
            QCOMPARE(keys, (QByteArrayList{"z", "a", prefix, "b", "\xff", "0"}));
        }
        QCOMPARE(scanAll(harness.store(), Slot{5}, Slot{5})->size(), size_t{4});
        QCOMPARE(scanAll(harness.store(), Slot{7}, lastSlot)->size(), size_t{0});
        harness.reopen();
    }
}

inline void aScanGoesOnAfterItsCursorAndSaysWhenItIsDone(StoreHarness& harness)
{
    for (const char* key : {"a", "b", "c"})
        QVERIFY(harness.writeAndSettle(put(9, key, "12345")));
    Store& store = harness.store();
    const Result<ObjectPage> two = store.scan({Slot{9}, std::nullopt}, Slot{9}, 2, 1000);
    QCOMPARE(two->records.size(), size_t{2});
    QVERIFY(two->next.has_value());
    const Result<ObjectPage> rest = store.scan(*two->next, Slot{9}, 2, 1000);
    QCOMPARE(rest->records.size(), size_t{1});
    QVERIFY(!rest->next.has_value());
    const Result<ObjectPage> exactly = store.scan({Slot{9}, std::nullopt}, Slot{9}, 3, 1000);
    QVERIFY(!exactly->next.has_value());
    // The bytes are used up by the first, and one comes whatever the bounds.
    QCOMPARE(store.scan({Slot{9}, std::nullopt}, Slot{9}, 10, 6)->records.size(), size_t{1});
    QCOMPARE(store.scan({Slot{9}, std::nullopt}, Slot{9}, 10, 7)->records.size(), size_t{2});
    QCOMPARE(store.scan({Slot{9}, std::nullopt}, Slot{9}, 0, 0)->records.size(), size_t{1});
    QVERIFY(store.scan({Slot{9}, keyOf("c")}, Slot{9}, 10, 1000)->records.empty());
}

inline void sideTablesAreOrderedMapsOfTheirOwn(StoreHarness& harness)
{
    WriteBatch batch;
    for (const char* name : {"b", "a", "c"})
        batch.put(SideTable::Hints, name, QByteArray("hint ") + name);
    batch.put(SideTable::Meta, "a", "meta a");
    batch.remove(SideTable::Hints, "c");
    QVERIFY(harness.writeAndSettle(std::move(batch)));
    for (int round = 0; round < 2; ++round) {
        Store& store = harness.store();
        QCOMPARE(store.side(SideTable::Meta, "a").value(), Bytes("meta a"));
        QCOMPARE(store.side(SideTable::Meta, "b").value(), Bytes());
        const auto all = store.sideScan(SideTable::Hints, {}, 10);
        QCOMPARE(all->size(), size_t{2});
        QCOMPARE(all->at(0).name, QByteArray("a"));
        QCOMPARE(all->at(1).bytes, QByteArray("hint b"));
        QCOMPARE(store.sideScan(SideTable::Hints, {}, 1)->size(), size_t{1});
        QCOMPARE(store.sideScan(SideTable::Hints, "a", 10)->at(0).name, QByteArray("b"));
        QVERIFY(store.sideScan(SideTable::Meta, "a", 10)->empty());
        harness.reopen();
    }
}

inline void aSideTableShowsTheLatest(StoreHarness& harness)
{
    WriteBatch first;
    first.put(SideTable::Meta, "m", "1");
    first.put(SideTable::Meta, "n", "1");
    QVERIFY(harness.writeAndSettle(std::move(first)));
    WriteBatch second;
    second.put(SideTable::Meta, "m", "2");
    second.remove(SideTable::Meta, "n");
    harness.write(std::move(second));
    QCOMPARE(harness.store().side(SideTable::Meta, "m").value(), Bytes("2"));
    QCOMPARE(harness.store().side(SideTable::Meta, "n").value(), Bytes());
    const auto all = harness.store().sideScan(SideTable::Meta, {}, 10);
    QCOMPARE(all->size(), size_t{1});
    QCOMPARE(all->at(0).bytes, QByteArray("2"));
    QVERIFY(harness.settle());
}

inline void summariesDoNotDependOnTheOrderOfArrival(StoreHarness& harness)
{
    QVERIFY(harness.writeAndSettle(put(8, "a", "old")));
    QVERIFY(harness.writeAndSettle(put(8, "b", "tombstone", false)));
    QVERIFY(harness.writeAndSettle(put(8, "a", "new")));
    const quint64 hash = recordHash(keyOf("a"), "new") + recordHash(keyOf("b"), "tombstone");
    QVERIFY(harness.store().slotSummary(Slot{8}) == (SlotSummary{2, 1, hash}));
    harness.reopen();
    QVERIFY(harness.store().slotSummary(Slot{8}) == (SlotSummary{2, 1, hash}));
    QVERIFY(harness.store().totals() == (SlotSummary{2, 1, hash}));
}

inline void itIsAContinuationOnceItsActorIsDurable(StoreHarness& harness)
{
    QVERIFY(harness.writeAndSettle(put(8, "a", "v")));
    harness.reopen();
    QVERIFY(!harness.store().isContinuation());
    WriteBatch batch;
    batch.put(SideTable::Meta, actorEntryName.toByteArray(), "actor 1");
    QVERIFY(harness.writeAndSettle(std::move(batch)));
    QVERIFY(!harness.store().isContinuation());
    for (int round = 0; round < 3; ++round) {
        harness.reopen();
        QVERIFY(harness.store().isContinuation());
        QCOMPARE(harness.store().sideScan(SideTable::Meta, {}, 10)->size(), size_t{1});
    }
}

inline void itHoldsAllThatItAcknowledgedAfterACleanStop(StoreHarness& harness)
{
    QVERIFY(harness.store().holdsAllAcknowledged());
    WriteBatch batch;
    batch.put(SideTable::Meta, actorEntryName.toByteArray(), "actor 1");
    QVERIFY(harness.writeAndSettle(std::move(batch)));
    QVERIFY(harness.writeAndSettle(put(8, "a", "v")));
    for (int round = 0; round < 3; ++round) {
        harness.reopen();
        QVERIFY(harness.store().holdsAllAcknowledged());
    }
}

struct Case {
    const char* name;
    void (*run)(StoreHarness&);
};

inline constexpr Case cases[] = {
    {"a new store is empty", aNewStoreIsEmpty},
    {"a write is read back", aWriteIsReadBackAfterItsCallbackAndAfterReopening},
    {"latest at once, durable at the callback", aWriteIsLatestAtOnceAndDurableOnlyAtItsCallback},
    {"an uncommitted key is in no scan", anUncommittedNewKeyIsInNoScanAndNoSummary},
    {"callbacks run in order", callbacksRunInTheOrderOfTheWrites},
    {"a callback may write and read", aCallbackMayWriteAndRead},
    {"later changes of a batch count", laterChangesOfABatchCountOverEarlierOnes},
    {"an empty batch is done in its turn", anEmptyBatchIsDoneInItsTurn},
    {"removing what is not there", removingWhatIsNotThereChangesNothing},
    {"the same key in two slots", theSameKeyInTwoSlotsIsTwoObjects},
    {"any bytes", keysAndValuesMayHoldAnyBytes},
    {"the order of a scan", aScanGoesBySlotThenByUnsignedBytes},
    {"the pages of a scan", aScanGoesOnAfterItsCursorAndSaysWhenItIsDone},
    {"side tables are ordered maps", sideTablesAreOrderedMapsOfTheirOwn},
    {"a side table shows the latest", aSideTableShowsTheLatest},
    {"summaries", summariesDoNotDependOnTheOrderOfArrival},
    {"a continuation once its actor is durable", itIsAContinuationOnceItsActorIsDurable},
    {"it holds all after a clean stop", itHoldsAllThatItAcknowledgedAfterACleanStop},
};

} // namespace contract

inline void storeContractData()
{
    QTest::addColumn<int>("index");
    for (size_t i = 0; i < std::size(contract::cases); ++i)
        QTest::newRow(contract::cases[i].name) << static_cast<int>(i);
}

inline void runStoreContract(StoreHarness& harness)
{
    QFETCH(int, index);
    contract::cases[index].run(harness);
}

} // namespace ringmaster
