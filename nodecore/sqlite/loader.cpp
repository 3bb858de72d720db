// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/sqlite/loader.h"

#include "nodecore/sqlite/journal_codec.h"
#include "nodecore/sqlite/slot_group.h"

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
    const QString sql = QStringLiteral("SELECT slotgroup, seq, summaries FROM slots");
    return forEachRow(connection, sql, [&](const QSqlQuery& row) -> Result<void> {
        const auto group = static_cast<quint64>(row.value(0).toLongLong());
        const auto seq = static_cast<quint64>(row.value(1).toLongLong());
        if (!decodeSlotGroup(row.value(2).toByteArray(), group, into.slots)) {
            return tl::make_unexpected(
                damaged(connection.path(), QStringLiteral("the summary of its slots cannot be read.")));
        }
        into.groupSeqs[group] = seq;
        into.nextSeq = std::max(into.nextSeq, seq + 1);
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
    loaded.groupSeqs.resize(slotCount / slotsPerGroup);
    if (Result<void> there = checkTables(connection); !there)
        return tl::make_unexpected(there.error());
    if (Result<void> read = loadSlots(connection, loaded); !read)
        return tl::make_unexpected(read.error());
    if (Result<void> read = loadJournal(connection, loaded); !read)
        return tl::make_unexpected(read.error());
    return loaded;
}

} // namespace ringmaster
