// SPDX-License-Identifier: GPL-3.0-or-later
// How a SqliteStore comes to be: from an opened database to a memtable, a writer and an identity.
#include "nodecore/sqlite/slot_group.h"
#include "nodecore/sqlite/sqlite_store.h"

#include <QFile>

#include <filesystem>

namespace ringmaster {

namespace {

const QByteArray& identityEntry()
{
    static const QByteArray name("identity");
    return name;
}

qint64 freeBytesAt(const std::string& directory)
{
    std::error_code error;
    const std::filesystem::space_info space = std::filesystem::space(directory, error);
    return error ? -1 : static_cast<qint64>(space.available);
}

} // namespace

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const SqliteStoreOptions& options)
{
    const StorePaths paths(options.directory);
    Result<OpenedDatabase> opened = openDatabase(options, paths);
    if (!opened)
        return tl::make_unexpected(opened.error());
    std::unique_ptr<SqliteStore> store(new SqliteStore(options));
    store->m_lock = std::move(opened->lock);
    Result<std::unique_ptr<KeyedReader>> reader = KeyedReader::on(std::move(opened->connection));
    if (!reader)
        return tl::make_unexpected(reader.error());
    store->m_reader = std::move(*reader);
    Result<void> ready = store->settleRelaxedMark(options.durability);
    if (ready)
        ready = store->startWriter(options, store->takeOver(std::move(opened->loaded)));
    if (ready)
        ready = store->settleIdentity();
    if (!ready)
        return tl::make_unexpected(ready.error());
    return store;
}

Writer::Start SqliteStore::takeOver(LoadedStore loaded)
{
    Writer::Start start;
    start.nextSeq = loaded.nextSeq;
    m_stoppedCleanly = loaded.journal.empty(); // closing folds it
    m_slots = loaded.slots;
    for (const LoadedStore::JournalRow& row : loaded.journal) {
        start.journal.addRow(row.seq, row.bytes);
        for (const Change& change : row.changes) {
            m_memtable.replay(change.area, change.name, change.next, row.seq);
            // A fold that was cut short may have counted it in its summary already.
            const bool isNew =
                isSlot(change.area) && row.seq > loaded.groupSeqs[groupOf(static_cast<quint16>(change.area))];
            start.journal.addChange(change, isNew);
            if (isNew)
                add(m_slots[change.area], change.delta);
        }
    }
    for (const SlotSummary& slot : m_slots) {
        m_totals.objects += slot.objects;
        m_totals.live += slot.live;
        m_totals.hash += slot.hash;
    }
    start.slots = std::move(loaded.slots);
    return start;
}

Result<void> SqliteStore::startWriter(const SqliteStoreOptions& options, Writer::Start start)
{
    const StorePaths paths(options.directory);
    Writer::Settings settings;
    settings.path = paths.database;
    settings.syncEachCommit = options.durability == Durability::Fsync;
    settings.maxPages = options.maxPages;
    settings.foldBytes = options.foldBytes;
    settings.foldStep = options.foldStep;
    settings.checkpointBytes = options.checkpointBytes;
    settings.reserveBytes = options.reserveBytes;
    settings.recoveryInterval = options.recoveryInterval;
    settings.freeBytes = options.freeBytes;
    settings.hasThread = options.hasThread;
    settings.now = options.now ? options.now : [] { return std::chrono::steady_clock::now(); };
    if (!settings.freeBytes)
        settings.freeBytes = [at = QFile::encodeName(paths.directory).toStdString()] {
            return freeBytesAt(at);
        };
    m_writer = std::make_unique<Writer>(std::move(settings), std::move(start), m_mailbox);
    Result<void> started = m_writer->start();
    if (!started)
        m_writer.reset();
    return started;
}

Result<void> SqliteStore::settleIdentity()
{
    Result<Memtable::Entry*> recorded = entryOf(ownArea, identityEntry());
    if (!recorded)
        return tl::make_unexpected(recorded.error());
    m_continuation = m_identity.matches((*recorded)->latest().bytes);
    Result<QByteArray> stamp = m_identity.renew();
    if (!stamp)
        return tl::make_unexpected(stamp.error());
    m_stamp = std::move(*stamp);
    // Where it was no continuation before, that stays so until the batch comes that brings a new actor, and
    // the stamp with it: see write().
    if (m_continuation) {
        PendingBatch pending;
        addStamp(pending);
        submit(std::move(pending));
    }
    return {};
}

Result<void> SqliteStore::settleRelaxedMark(Durability durability)
{
    m_holdsAll = !m_relaxedMark.isSet();
    m_hasSoundActor = m_holdsAll;
    return durability == Durability::Relaxed ? m_relaxedMark.set() : Result<void>();
}

// Synced whatever the durability is: the file that the stamp before it speaks of goes afterwards, and a store
// whose stamps are both gone would be taken for a copy.
void SqliteStore::addStamp(PendingBatch& pending)
{
    pending.changes.push_back(pendingChange(ownArea, identityEntry(), m_stamp, false));
    pending.isSynced = true;
    pending.done = [this, then = std::move(pending.done)](const Result<void>& stored) {
        if (stored)
            m_identity.settle();
        if (then)
            then(stored);
    };
}

} // namespace ringmaster
