// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/sqlite/loader.h"

#include "nodecore/sqlite/journal_codec.h"

#include <QSqlError>

namespace ringmaster {

namespace {

Error damaged(const QString& path, const QString& what)
{
    return {ErrorCode::Damaged,
            QStringLiteral(
                "The database \"%1\" is damaged: %2 Nothing was changed. Restore the data folder from a "
                "backup, or move it away and let the node be filled again by its peers.")
                .arg(path, what)};
}

Result<void> checkTables(Connection& connection)
{
    const Result<QVariant> tables =
        connection.value(QStringLiteral("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN "
                                        "('records', 'slots', 'journal')"));
    if (!tables)
        return tl::make_unexpected(tables.error());
    if (tables->toInt() != 3)
        return tl::make_unexpected(
            damaged(connection.path(), QStringLiteral("some of its tables are missing.")));
    return {};
}

// Runs sql and hands each row to take, until one fails.
template <class Take>
Result<void> forEachRow(Connection& connection, const QString& sql, Take take)
{
    Result<QSqlQuery> query = connection.prepare(sql);
    if (!query)
        return tl::make_unexpected(query.error());
    bool going = query->exec();
    while (going && query->next()) {
        if (Result<void> taken = take(*query); !taken)
            return taken;
    }
    if (query->lastError().isValid())
        return tl::make_unexpected(sqliteError(connection.path(), query->lastError()));
    return {};
}

Result<void> loadSlots(Connection& connection, LoadedStore& into)
{
    const QString sql = QStringLiteral("SELECT slot, seq, objects, live, hash FROM slots");
    return forEachRow(connection, sql, [&](const QSqlQuery& row) -> Result<void> {
        const qint64 slot = row.value(0).toLongLong();
        if (slot < 0 || slot >= slotCount)
            return tl::make_unexpected(
                damaged(connection.path(), QStringLiteral("it has a slot number %1.").arg(slot)));
        const auto at = static_cast<size_t>(slot);
        into.slotSeqs[at] = static_cast<quint64>(row.value(1).toLongLong());
        into.slots[at].objects = static_cast<quint64>(row.value(2).toLongLong());
        into.slots[at].live = static_cast<quint64>(row.value(3).toLongLong());
        into.slots[at].hash = static_cast<quint64>(row.value(4).toLongLong());
        into.nextSeq = std::max(into.nextSeq, into.slotSeqs[at] + 1);
        return {};
    });
}

Result<void> loadJournal(Connection& connection, LoadedStore& into)
{
    const QString sql = QStringLiteral("SELECT seq, changes FROM journal WHERE seq > 0 ORDER BY seq");
    return forEachRow(connection, sql, [&](const QSqlQuery& row) -> Result<void> {
        const QByteArray bytes = row.value(1).toByteArray();
        Result<std::vector<Change>> changes = decodeJournalRow(bytes);
        if (!changes)
            return tl::make_unexpected(damaged(connection.path(), changes.error().message));
        const auto seq = static_cast<quint64>(row.value(0).toLongLong());
        into.journal.push_back({seq, bytes.size(), std::move(*changes)});
        into.nextSeq = std::max(into.nextSeq, seq + 1);
        return {};
    });
}

} // namespace

Result<LoadedStore> loadStore(Connection& connection)
{
    LoadedStore loaded;
    loaded.slots.resize(slotCount);
    loaded.slotSeqs.resize(slotCount);
    if (Result<void> there = checkTables(connection); !there)
        return tl::make_unexpected(there.error());
    if (Result<void> read = loadSlots(connection, loaded); !read)
        return tl::make_unexpected(read.error());
    if (Result<void> read = loadJournal(connection, loaded); !read)
        return tl::make_unexpected(read.error());
    return loaded;
}

} // namespace ringmaster
