// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/sqlite/sqlite_store.h"

#include <climits>

namespace ringmaster {

namespace {

// Entries that become clean in one turn of the event loop, so that a fold's end holds nobody up.
constexpr int settleAtOnce = 2000;

} // namespace

SqliteStore::SqliteStore(const SqliteStoreOptions& options)
    : m_memtable(options.cacheBytes)
    , m_identity(StorePaths(options.directory).identity, StorePaths(options.directory).database)
    , m_relaxedMark(StorePaths(options.directory).relaxed)
    , m_durability(options.durability)
    , m_hasThread(options.hasThread)
    , m_mailbox([this] { deliverSoon(); })
{}

SqliteStore::~SqliteStore()
{
    shutDown(false);
}

Result<Memtable::Entry*> SqliteStore::entryOf(Area area, const QByteArray& name)
{
    if (Memtable::Entry* const entry = m_memtable.find(area, name))
        return entry;
    if (isSlot(area) && m_slots[area].objects == 0)
        return &m_memtable.addClean(area, name, {});
    Result<Value> value = m_reader->read(area, name);
    if (!value)
        return tl::make_unexpected(value.error());
    return &m_memtable.addClean(area, name, std::move(*value));
}

Result<std::optional<QByteArray>> SqliteStore::durableObject(Slot slot, const Key& key)
{
    Result<Memtable::Entry*> entry = entryOf(areaOf(slot), key.bytes());
    if (!entry)
        return tl::make_unexpected(entry.error());
    std::optional<QByteArray> content = (*entry)->durable().content();
    m_memtable.trim();
    return content;
}

Result<std::optional<QByteArray>> SqliteStore::latestObject(Slot slot, const Key& key)
{
    Result<Memtable::Entry*> entry = entryOf(areaOf(slot), key.bytes());
    if (!entry)
        return tl::make_unexpected(entry.error());
    std::optional<QByteArray> content = (*entry)->latest().content();
    m_memtable.trim();
    return content;
}

void SqliteStore::forEachSlot(const std::function<void(Slot, const SlotSummary&)>& visit) const
{
    for (size_t slot = 0; slot < m_slots.size(); ++slot) {
        if (m_slots[slot].objects > 0)
            visit(Slot{static_cast<quint16>(slot)}, m_slots[slot]);
    }
}

Result<std::optional<QByteArray>> SqliteStore::side(SideTable table, const QByteArray& name)
{
    Result<Memtable::Entry*> entry = entryOf(areaOf(table), name);
    if (!entry)
        return tl::make_unexpected(entry.error());
    std::optional<QByteArray> content = (*entry)->latest().content();
    m_memtable.trim();
    return content;
}

void SqliteStore::write(WriteBatch batch, WriteDone done)
{
    PendingBatch pending = pendingBatch(std::move(batch), std::move(done));
    if (putsActor(pending)) {
        addStamp(pending);
        pending.done = [this, then = std::move(pending.done)](const Result<void>& stored) {
            m_hasSoundActor |= stored.has_value();
            if (m_hasSoundActor && m_durability == Durability::Fsync)
                m_relaxedMark.clear();
            then(stored);
        };
    }
    // What syncs is a commit, and only something written makes one.
    if (pending.isSynced && pending.changes.empty() && m_durability == Durability::Relaxed)
        pending.changes.push_back(pendingChange(ownArea, QByteArrayLiteral("synced"), QByteArray(), false));
    submit(std::move(pending));
}

void SqliteStore::submit(PendingBatch pending)
{
    if (Result<void> admitted = admit(pending); !admitted) {
        pending.refusal = admitted.error();
        endRecounts(pending);
        pending.changes.clear();
        pending.bytes = 0;
    }
    m_memtable.trim();
    ++m_undelivered;
    m_mailbox.enqueue(std::move(pending));
}

Result<void> SqliteStore::admit(PendingBatch& pending)
{
    if (m_health.state != StoreHealth::State::Ok) {
        const bool readOnly = m_health.state == StoreHealth::State::ReadOnly;
        return failure(readOnly ? ErrorCode::ReadOnly : ErrorCode::Internal, m_health.reason);
    }
    for (const PendingChange& change : pending.changes)
        pending.bytes += change.change.name.size() + change.change.next.bytes.size();
    if (pending.bytes > maxBatchBytes) {
        return failure(ErrorCode::TooLarge,
                       QStringLiteral("One write of %1 bytes is more than the store takes at once "
                                      "(%2). Nothing of it was written.")
                           .arg(pending.bytes)
                           .arg(maxBatchBytes));
    }
    // First all that can fail, then all that changes something.
    for (PendingChange& change : pending.changes) {
        Result<Memtable::Entry*> entry = entryOf(change.change.area, change.change.name);
        if (!entry)
            return tl::make_unexpected(entry.error());
        change.entry = *entry;
    }
    for (PendingChange& change : pending.changes) {
        if (Result<void> counted = recountFor(change); !counted)
            return counted;
    }
    for (PendingChange& change : pending.changes) {
        change.previous = change.entry->latest();
        m_memtable.stage(*change.entry, change.change.next);
    }
    return {};
}

// What was summed up for a damaged record is what the slot's hash has in it beyond the other records. One at
// a time in a slot: a second one is then the only record whose bytes are counted as they are.
Result<void> SqliteStore::recountFor(PendingChange& change)
{
    const Area area = change.change.area;
    if (!change.replacesDamaged || change.entry->isPending() || m_recounted.contains(area))
        return {};
    quint64 hash = m_slots[area].hash;
    quint64 live = m_slots[area].live;
    MergedScan scan(*m_reader, m_memtable, MergedScan::Version::Durable);
    if (Result<void> begun = scan.begin(area, nullptr, area); !begun)
        return begun;
    for (;;) {
        Result<std::optional<Row>> row = scan.next();
        if (!row)
            return tl::make_unexpected(row.error());
        if (!*row)
            break;
        const Result<Key> key = Key::fromBytes((*row)->name);
        if (key && (*row)->name != change.change.name) {
            hash -= recordHash(*key, (*row)->value.bytes);
            live -= (*row)->value.live ? 1 : 0;
        }
    }
    change.summedUp = SummedUp{hash, static_cast<int>(live)};
    m_recounted.insert(area);
    return {};
}

void SqliteStore::endRecounts(const PendingBatch& batch)
{
    for (const PendingChange& change : batch.changes) {
        if (change.summedUp)
            m_recounted.erase(change.change.area);
    }
}

void SqliteStore::deliverSoon()
{
    if (!m_hasThread)
        return; // deliverNow() follows
    QMetaObject::invokeMethod(
        &m_postbox, [this] { deliver(); }, Qt::QueuedConnection);
}

void SqliteStore::deliver()
{
    for (WriterEvent& event : m_mailbox.takeEvents())
        handle(event);
    settle();
}

void SqliteStore::settle()
{
    const bool more = m_memtable.settle(m_hasThread ? settleAtOnce : INT_MAX);
    m_memtable.trim();
    if (!more || std::exchange(m_settling, true))
        return;
    const auto goOn = [this] {
        m_settling = false;
        settle();
    };
    QMetaObject::invokeMethod(&m_postbox, goOn, Qt::QueuedConnection);
}

void SqliteStore::handle(WriterEvent& event)
{
    switch (event.kind) {
    case WriterEvent::Kind::Committed:
        finishCommitted(event.batches, event.seq);
        break;
    case WriterEvent::Kind::Failed: {
        const bool full = event.error.code == ErrorCode::ReadOnly;
        m_health = {full ? StoreHealth::State::ReadOnly : StoreHealth::State::Failed, event.error.message};
        // What waits behind was computed from what failed.
        std::vector<PendingBatch> behind = m_mailbox.takeBackAndResume();
        std::move(behind.begin(), behind.end(), std::back_inserter(event.batches));
        refuse(event.batches, event.error);
        break;
    }
    case WriterEvent::Kind::Folded:
        m_memtable.markFolded(event.seq);
        ++m_counters.folds;
        break;
    case WriterEvent::Kind::Recovered:
        m_health = {};
        break;
    }
}

void SqliteStore::finishCommitted(std::vector<PendingBatch>& batches, quint64 seq)
{
    m_counters.commits += seq > 0 ? 1 : 0;
    for (PendingBatch& batch : batches) {
        endRecounts(batch);
        --m_undelivered;
        for (const PendingChange& pending : batch.changes) {
            const Change& change = pending.change;
            m_memtable.commit(*pending.entry, change.next, seq);
            if (isSlot(change.area)) {
                add(m_slots[change.area], change.delta);
                add(m_totals, change.delta);
            }
        }
        m_counters.batches += batch.refusal ? 0 : 1;
        if (batch.done)
            batch.done(batch.refusal ? Result<void>(tl::make_unexpected(*batch.refusal)) : Result<void>());
    }
}

void SqliteStore::refuse(const std::vector<PendingBatch>& batches, const Error& error)
{
    for (const PendingBatch& batch : batches) {
        endRecounts(batch);
        for (const PendingChange& pending : batch.changes)
            m_memtable.rollBack(*pending.entry);
    }
    for (const PendingBatch& batch : batches) {
        --m_undelivered;
        if (batch.done)
            batch.done(tl::make_unexpected(batch.refusal.value_or(error)));
    }
}

Result<ObjectPage> SqliteStore::pageOf(MergedScan::Version version, const ObjectCursor& from, Slot last,
                                       int maxRecords, qsizetype maxBytes)
{
    ObjectPage page;
    qsizetype bytes = 0;
    const QByteArray* const after = from.after ? &from.after->bytes() : nullptr;
    MergedScan scan(*m_reader, m_memtable, version);
    Result<void> begun = scan.begin(areaOf(from.slot), after, areaOf(last));
    while (begun) {
        Result<std::optional<Row>> row = scan.next();
        if (!row)
            return tl::make_unexpected(row.error());
        if (!*row)
            return page;
        const bool full = static_cast<int>(page.records.size()) >= maxRecords || bytes >= maxBytes;
        if (!page.records.empty() && full) {
            page.next = ObjectCursor{page.records.back().slot, page.records.back().key};
            return page;
        }
        Row& found = **row;
        bytes += found.name.size() + found.value.bytes.size();
        Result<Key> key = Key::fromBytes(std::move(found.name));
        if (!key)
            return failure(ErrorCode::Damaged,
                           QStringLiteral("The database holds an impossible key in slot %1. Nothing "
                                          "was changed. Restore the data folder from a backup.")
                               .arg(found.area));
        page.records.push_back({Slot{static_cast<quint16>(found.area)}, std::move(*key),
                                std::move(found.value.bytes), found.value.live});
    }
    return tl::make_unexpected(begun.error());
}

Result<std::vector<SideEntry>> SqliteStore::sideScan(SideTable table, const QByteArray& after, int max)
{
    return sideEntries(table, after, max, MergedScan::Version::Latest);
}

Result<std::vector<SideEntry>> SqliteStore::durableSide(SideTable table)
{
    return sideEntries(table, {}, INT_MAX, MergedScan::Version::Durable);
}

Result<std::vector<SideEntry>> SqliteStore::sideEntries(SideTable table, const QByteArray& after, int max,
                                                        MergedScan::Version version)
{
    std::vector<SideEntry> entries;
    const QByteArray start = after.isNull() ? QByteArray("") : after;
    MergedScan scan(*m_reader, m_memtable, version);
    if (Result<void> begun = scan.begin(areaOf(table), &start, areaOf(table)); !begun)
        return tl::make_unexpected(begun.error());
    while (static_cast<int>(entries.size()) < max) {
        Result<std::optional<Row>> row = scan.next();
        if (!row)
            return tl::make_unexpected(row.error());
        if (!*row)
            break;
        entries.push_back({std::move((*row)->name), std::move((*row)->value.bytes)});
    }
    return entries;
}

SqliteStore::Counters SqliteStore::counters() const
{
    Counters counters = m_counters;
    counters.diskReads = m_reader ? m_reader->reads() : 0;
    return counters;
}

void SqliteStore::close()
{
    shutDown(true);
}

void SqliteStore::shutDown(bool runCallbacks)
{
    if (!m_writer)
        return;
    m_mailbox.stop();
    m_writer->waitUntilDone();
    if (runCallbacks) {
        deliver();
        refuse(m_mailbox.takeBackAndResume(),
               {ErrorCode::Unavailable, QStringLiteral("The store is closing; this was not written.")});
    }
    // The last connection to close carries the log over into the database file. After a failed sync nothing
    // may be written any more, so then the one that cannot write goes last.
    const bool isAllSynced = m_writer->isAllSynced();
    if (m_writer->hasFailed())
        m_writer.reset();
    m_reader.reset();
    m_writer.reset();
    if (isAllSynced && m_hasSoundActor)
        m_relaxedMark.clear();
    m_lock.reset();
}

} // namespace ringmaster
