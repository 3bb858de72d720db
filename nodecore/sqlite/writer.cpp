// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/sqlite/writer.h"

#include "nodecore/sqlite/journal_codec.h"

namespace ringmaster {

namespace {

using std::chrono::milliseconds;

// Below this a quiet journal is left as it is: reading it at the next opening costs nothing.
constexpr qsizetype idleFoldBytes = qsizetype{64} << 10;
constexpr milliseconds idleBeforeFold{500};
constexpr qint64 pageBytes = 4096;
// Written and removed to see whether there is room.
constexpr int probeBytes = 256 * 1024;

QString syncingEachCommit()
{
    return QStringLiteral("PRAGMA synchronous=FULL");
}

QString syncingAtCheckpoints()
{
    return QStringLiteral("PRAGMA synchronous=NORMAL");
}

} // namespace

Writer::Writer(Settings settings, Start start, Mailbox& mailbox)
    : m_settings(std::move(settings))
    , m_mailbox(mailbox)
    , m_slots(std::move(start.slots))
    , m_buffer(std::move(start.journal))
    , m_nextSeq(start.nextSeq)
{}

Writer::~Writer()
{
    m_mayClose.set_value();
    if (m_thread.joinable())
        m_thread.join();
    closeConnection(); // where there is no thread
}

Result<void> Writer::start()
{
    if (!m_settings.hasThread)
        return open();
    m_thread = std::thread([this] { run(); });
    return m_opened.get_future().get();
}

void Writer::run()
{
    const Result<void> opened = open();
    m_opened.set_value(opened);
    if (!opened)
        return;
    while (workOn(m_mailbox.take(patience()))) {
    }
    finish();
    m_done.set_value();
    m_mayClose.get_future().wait();
    closeConnection();
}

void Writer::waitUntilDone()
{
    if (m_settings.hasThread)
        return m_done.get_future().wait();
    while (workOn(m_mailbox.take(milliseconds(0)))) {
    }
    finish();
}

Result<void> Writer::open()
{
    Result<std::unique_ptr<Connection>> connection = openConnection();
    if (!connection)
        return tl::make_unexpected(connection.error());
    m_connection = std::move(*connection);
    return {};
}

bool Writer::workOn(Mailbox::Taken taken)
{
    if (taken.stopping)
        return false;
    const bool idle = taken.batches.empty();
    size_t committed = 0;
    for (const PendingBatch& batch : taken.batches)
        committed += batch.changes.size();
    if (!idle)
        commit(std::move(taken.batches));
    workBetween(committed, idle);
    return true;
}

void Writer::closeConnection()
{
    m_tables.reset();
    m_connection.reset();
}

Result<std::unique_ptr<Connection>> Writer::openConnection()
{
    Result<std::unique_ptr<Connection>> opened =
        Connection::open(m_settings.path, Connection::Access::ReadWrite);
    if (!opened)
        return opened;
    QStringList statements{
        m_settings.syncEachCommit ? syncingEachCommit() : syncingAtCheckpoints(),
        QStringLiteral("PRAGMA cache_size=-8192"),
        // Debian's SQLite overwrites what is deleted unless told not to: each journal row would be written
        // to the log once more when it goes.
        QStringLiteral("PRAGMA secure_delete=0"),
        QStringLiteral("PRAGMA journal_size_limit=%1").arg(2 * m_settings.checkpointBytes),
    };
    if (m_settings.maxPages > 0)
        statements.append(QStringLiteral("PRAGMA max_page_count=%1").arg(m_settings.maxPages));
    // Takes the write lock, to see that it can be had.
    statements << QStringLiteral("BEGIN IMMEDIATE") << QStringLiteral("ROLLBACK");
    for (const QString& statement : std::as_const(statements)) {
        if (Result<void> done = (*opened)->execute(statement); !done)
            return tl::make_unexpected(done.error());
    }
    Result<std::unique_ptr<KeyedTables>> tables = KeyedTables::on(**opened);
    if (!tables)
        return tl::make_unexpected(tables.error());
    m_tables = std::move(*tables);
    return opened;
}

std::optional<milliseconds> Writer::patience() const
{
    if (m_state == State::Full)
        return m_settings.recoveryInterval;
    if (m_state == State::Failed)
        return std::nullopt;
    const bool foldPaused = m_settings.now() < m_noFoldBefore;
    if (m_fold)
        return foldPaused ? m_settings.recoveryInterval : milliseconds(0);
    return m_buffer.bytes >= idleFoldBytes ? std::optional(idleBeforeFold) : std::nullopt;
}

void Writer::commit(std::vector<PendingBatch> batches)
{
    JournalEncoder row;
    bool isSynced = m_settings.syncEachCommit;
    for (PendingBatch& batch : batches) {
        isSynced |= batch.isSynced && !batch.refusal;
        for (PendingChange& pending : batch.changes) {
            Change& change = pending.change;
            if (isSlot(change.area))
                change.delta = summaryDelta(change.name, pending.previous, change.next, pending.summedUp);
            row.add(change);
        }
    }
    quint64 seq = 0;
    if (!row.isEmpty()) {
        const QByteArray bytes = row.take();
        const bool isException = isSynced && !m_settings.syncEachCommit;
        if (Result<void> done = isException ? appendSynced(bytes) : append(bytes); !done)
            return fail(done.error(), std::move(batches));
        seq = m_nextSeq;
        remember(batches, bytes.size());
        ++m_nextSeq;
    }
    m_mailbox.post({WriterEvent::Kind::Committed, std::move(batches), seq, {}});
}

Result<void> Writer::append(const QByteArray& row)
{
    if (!hasRoom(m_settings.reserveBytes)) {
        return failure(
            ErrorCode::ReadOnly,
            QStringLiteral(
                "There is almost no room left on the disk of \"%1\" (less than %2 MiB), so nothing "
                "more is written. What was acknowledged is kept; free some space and writing "
                "goes on.")
                .arg(m_settings.path)
                .arg(m_settings.reserveBytes / (1024 * 1024)));
    }
    return m_tables->appendJournal(m_nextSeq, row);
}

// A commit that syncs takes all before it along: the log is one file.
Result<void> Writer::appendSynced(const QByteArray& row)
{
    Result<void> done = m_connection->execute(syncingEachCommit());
    if (!done)
        return done;
    done = append(row);
    const Result<void> back = m_connection->execute(syncingAtCheckpoints());
    return done ? back : done;
}

void Writer::remember(const std::vector<PendingBatch>& batches, qsizetype rowBytes)
{
    m_buffer.addRow(m_nextSeq, rowBytes);
    for (const PendingBatch& batch : batches) {
        for (const PendingChange& pending : batch.changes)
            m_buffer.addChange(pending.change);
    }
    m_logBytes += rowBytes + 2 * pageBytes;
}

void Writer::workBetween(size_t committed, bool idle)
{
    if (m_state == State::Full && idle)
        tryToRecover();
    if (m_state != State::Ok || m_settings.now() < m_noFoldBefore)
        return;
    if (!m_fold && !m_buffer.isEmpty() && (idle || m_buffer.bytes >= m_settings.foldBytes))
        m_fold.emplace(std::exchange(m_buffer, {}), m_slots);
    // Faster than the journal grows, or it would never be done.
    if (m_fold)
        fold(std::max(m_settings.foldStep, 2 * committed));
    if (m_state == State::Ok && m_logBytes >= m_settings.checkpointBytes)
        checkpoint();
}

void Writer::fold(size_t most)
{
    const Result<bool> stepped = m_fold->step(*m_tables, most);
    m_logBytes += static_cast<qint64>(most) * pageBytes; // at worst each row lies on a page of its own
    if (!stepped && stepped.error().code == ErrorCode::ReadOnly) {
        // Commits may still find room; if they do not, they say so.
        m_noFoldBefore = m_settings.now() + m_settings.recoveryInterval;
    } else if (!stepped) {
        fail(stepped.error());
    } else if (*stepped) {
        m_mailbox.post({WriterEvent::Kind::Folded, {}, m_fold->lastSeq(), {}});
        m_fold.reset();
    }
}

void Writer::checkpoint()
{
    const Result<QVariant> done = m_connection->value(QStringLiteral("PRAGMA wal_checkpoint(PASSIVE)"));
    m_logBytes = 0;
    // Where the disk is full the log just stays longer.
    if (!done && done.error().code != ErrorCode::ReadOnly)
        fail(done.error());
}

void Writer::fail(const Error& error, std::vector<PendingBatch> batches)
{
    const bool full = error.code == ErrorCode::ReadOnly;
    m_state = full ? State::Full : State::Failed;
    // For whoever asks, anything but a full disk is a failure of this node.
    const Error told{full ? ErrorCode::ReadOnly : ErrorCode::Internal, error.message};
    m_mailbox.post({WriterEvent::Kind::Failed, std::move(batches), 0, told});
}

bool Writer::hasRoom(qint64 bytes) const
{
    const qint64 free = m_settings.freeBytes();
    return free < 0 || free >= bytes;
}

void Writer::tryToRecover()
{
    // Some more than where it stopped, so as not to stop again at once.
    if (!hasRoom(m_settings.reserveBytes + m_settings.reserveBytes / 2))
        return;
    Result<void> done = probe();
    if (!done && done.error().code == ErrorCode::ReadOnly) {
        checkpoint(); // after a whole one the log can be used from its start again
        return;
    }
    if (!done)
        return fail(done.error());
    m_state = State::Ok;
    m_mailbox.post({WriterEvent::Kind::Recovered, {}, 0, {}});
}

Result<void> Writer::probe()
{
    Result<void> done = m_tables->appendJournal(0, QByteArray(probeBytes, '\0'));
    return done ? m_tables->removeJournalTo(0) : done;
}

void Writer::finish()
{
    if (m_state != State::Ok)
        return;
    if (!m_fold && !m_buffer.isEmpty())
        m_fold.emplace(std::exchange(m_buffer, {}), m_slots);
    while (m_fold && m_state == State::Ok) {
        const Result<bool> stepped = m_fold->step(*m_tables, 64 * m_settings.foldStep);
        if (!stepped)
            return stopAfter(stepped.error()); // the journal has it all
        if (*stepped)
            m_fold.reset();
        if (!m_fold && !m_buffer.isEmpty())
            m_fold.emplace(std::exchange(m_buffer, {}), m_slots);
    }
    // 0: not stopped short by a reader.
    const Result<QVariant> busy = m_connection->value(QStringLiteral("PRAGMA wal_checkpoint(TRUNCATE)"));
    if (!busy)
        return stopAfter(busy.error());
    m_isAllSynced = busy->toInt() == 0;
}

// Nothing is lost yet. But closing the last connection that can write would try once more what failed, and
// then throw the log away: see hasFailed().
void Writer::stopAfter(const Error& error)
{
    if (error.code != ErrorCode::ReadOnly)
        m_state = State::Failed;
}

} // namespace ringmaster
