// SPDX-License-Identifier: GPL-3.0-or-later
// A Store on disk: SQLite through QtSql, a journal with a memtable, and one thread that writes.
//
// A batch is in the memtable at once, and with the writer thread; the writer takes all that has gathered,
// appends it to the journal as one row, commits and syncs, and posts it back. Callbacks run from the owner's
// event loop, never inside write(). In the background the writer brings the journal into the keyed table.
// Reads come from the memtable, or by a read-only connection from the keyed table. See README.md.
//
// The owner's thread makes the store, calls it, runs its event loop, and destroys it. Callbacks may call
// everything but close() and the destructor.
//
// A process that is killed loses nothing that was acknowledged. With Durability::Relaxed a machine that
// stops (power, kernel) may lose the last acknowledged writes; the file stays sound, and the next opening
// knows that it may be so (holdsAllAcknowledged), whatever durability it asks for.
#pragma once

#include "nodecore/sqlite/identity.h"
#include "nodecore/sqlite/merged_scan.h"
#include "nodecore/sqlite/opening.h"
#include "nodecore/sqlite/relaxed_mark.h"
#include "nodecore/sqlite/writer.h"

#include <QObject>

#include <set>

namespace ringmaster {

class SqliteStore final : public Store {
public:
    // Opens the store in the folder, or makes one. Fails, and changes nothing, where the folder cannot be
    // used (Unavailable), another store has it (Conflict), the file is damaged or no database (Damaged),
    // another program's (Foreign), or of a newer version (Newer), or the disk is full (ReadOnly).
    [[nodiscard]] static Result<std::unique_ptr<SqliteStore>> open(const SqliteStoreOptions& options);
    // Commits what was written and closes; callbacks that have not run yet never run.
    ~SqliteStore() override;

    // Commits what was written, runs the callbacks, folds the journal and closes. Nothing may be called
    // afterwards but the destructor.
    void close();

    // Of a store without a thread: commits the next group of batches, folds, and finds out whether a full
    // disk has room again. What became of the batches is told by deliverNow(), which runs their callbacks.
    void workNow() { m_writer->step(); }
    void deliverNow() { deliver(); }
    // Batches whose callbacks have not run yet.
    size_t pending() const { return m_undelivered; }

    [[nodiscard]] Result<std::optional<QByteArray>> durableObject(Slot slot, const Key& key) override;
    [[nodiscard]] Result<std::optional<QByteArray>> latestObject(Slot slot, const Key& key) override;
    // Refused with TooLarge above maxBatchBytes, and with Damaged where what it replaces cannot be read.
    void write(WriteBatch batch, WriteDone done) override;
    [[nodiscard]] Result<ObjectPage> scan(const ObjectCursor& from, Slot last, int maxRecords,
                                          qsizetype maxBytes) override
    {
        return pageOf(MergedScan::Version::Durable, from, last, maxRecords, maxBytes);
    }
    [[nodiscard]] Result<ObjectPage> scanDisk(const ObjectCursor& from, Slot last, int maxRecords,
                                              qsizetype maxBytes) override
    {
        return pageOf(MergedScan::Version::OnDisk, from, last, maxRecords, maxBytes);
    }
    SlotSummary slotSummary(Slot slot) const override { return m_slots[slot.value]; }
    void forEachSlot(const std::function<void(Slot, const SlotSummary&)>& visit) const override;
    SlotSummary totals() const override { return m_totals; }
    [[nodiscard]] Result<std::optional<QByteArray>> side(SideTable table, const QByteArray& name) override;
    [[nodiscard]] Result<std::vector<SideEntry>> sideScan(SideTable table, const QByteArray& after,
                                                          int max) override;
    // All entries of a side table as they are durable.
    [[nodiscard]] Result<std::vector<SideEntry>> durableSide(SideTable table);
    StoreHealth health() const override { return m_health; }
    bool isContinuation() const override { return m_continuation; }
    bool holdsAllAcknowledged() const override { return m_holdsAll; }
    bool wasStoppedCleanly() const override { return m_stoppedCleanly; }

    struct Counters {
        quint64 batches = 0;   // durable
        quint64 commits = 0;   // of groups
        quint64 folds = 0;     // whole ones
        quint64 diskReads = 0; // of single records
    };
    Counters counters() const;

private:
    explicit SqliteStore(const SqliteStoreOptions& options);
    // The steps of open().
    Writer::Start takeOver(LoadedStore loaded);
    Result<void> startWriter(const SqliteStoreOptions& options, Writer::Start start);
    Result<void> settleIdentity();
    Result<void> settleRelaxedMark(Durability durability);
    // Adds the stamp to a batch that is to make it durable.
    void addStamp(PendingBatch& pending);

    // The memtable's entry, read from the keyed table where there was none.
    Result<Memtable::Entry*> entryOf(Area area, const QByteArray& name);
    Result<ObjectPage> pageOf(MergedScan::Version version, const ObjectCursor& from, Slot last,
                              int maxRecords, qsizetype maxBytes);
    Result<void> admit(PendingBatch& pending);
    Result<void> recountFor(PendingChange& change);
    void endRecounts(const PendingBatch& batch);
    void submit(PendingBatch pending);

    Result<std::vector<SideEntry>> sideEntries(SideTable table, const QByteArray& after, int max,
                                               MergedScan::Version version);

    void deliverSoon();
    void deliver();
    void settle();
    void handle(WriterEvent& event);
    void finishCommitted(std::vector<PendingBatch>& batches, quint64 seq);
    void refuse(const std::vector<PendingBatch>& batches, const Error& error);
    void shutDown(bool runCallbacks);

    std::unique_ptr<StoreLock> m_lock;
    Memtable m_memtable;
    std::vector<SlotSummary> m_slots; // durable
    SlotSummary m_totals;
    StoreHealth m_health;
    Counters m_counters;
    StoreIdentity m_identity;
    RelaxedMark m_relaxedMark;
    Durability m_durability;
    bool m_continuation = false;
    bool m_holdsAll = true;
    bool m_hasSoundActor = true; // its actor has no forgotten dots
    bool m_stoppedCleanly = true;
    std::set<Area> m_recounted; // slots with a change of what was summed up under way
    bool m_settling = false;    // a call that goes on with it is under way
    QByteArray m_stamp;         // what makes this store a continuation once it is durable
    size_t m_undelivered = 0;
    const bool m_hasThread;
    std::unique_ptr<KeyedReader> m_reader;
    Mailbox m_mailbox;
    std::unique_ptr<Writer> m_writer;
    QObject m_postbox; // lives on the owner's thread; last, so that no call reaches what is gone
};

} // namespace ringmaster
