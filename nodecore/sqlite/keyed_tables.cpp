// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/sqlite/keyed_tables.h"

namespace ringmaster {

Result<std::unique_ptr<KeyedTables>> KeyedTables::on(Connection& connection)
{
    std::unique_ptr<KeyedTables> made(new KeyedTables(connection));
    const std::pair<QSqlQuery*, QString> statements[] = {
        {&made->m_begin, QStringLiteral("BEGIN IMMEDIATE")},
        {&made->m_commit, QStringLiteral("COMMIT")},
        {&made->m_rollBack, QStringLiteral("ROLLBACK")},
        // Two, because binding a value costs more here than anything else.
        {&made->m_putLive,
         QStringLiteral("INSERT OR REPLACE INTO records(area, name, live, bytes) VALUES(?, ?, 1, ?)")},
        {&made->m_putOther,
         QStringLiteral("INSERT OR REPLACE INTO records(area, name, live, bytes) VALUES(?, ?, 0, ?)")},
        {&made->m_remove, QStringLiteral("DELETE FROM records WHERE area = ? AND name = ?")},
        {&made->m_putSlotGroup,
         QStringLiteral("INSERT OR REPLACE INTO slots(slotgroup, seq, summaries) VALUES(?, ?, ?)")},
        {&made->m_append, QStringLiteral("INSERT OR REPLACE INTO journal(seq, changes) VALUES(?, ?)")},
        {&made->m_removeJournal, QStringLiteral("DELETE FROM journal WHERE seq <= ?")},
    };
    for (const auto& [query, sql] : statements) {
        Result<QSqlQuery> prepared = connection.prepare(sql);
        if (!prepared)
            return tl::make_unexpected(prepared.error());
        *query = std::move(*prepared);
    }
    return made;
}

Result<void> KeyedTables::put(Area area, const QByteArray& name, const Value& value)
{
    QSqlQuery& query = !value.present ? m_remove : value.live ? m_putLive : m_putOther;
    query.bindValue(0, area);
    query.bindValue(1, blob(name));
    if (value.present)
        query.bindValue(2, blob(value.bytes));
    return run(query, m_connection.path());
}

Result<void> KeyedTables::putSlotGroup(size_t group, quint64 seq, const QByteArray& summaries)
{
    m_putSlotGroup.bindValue(0, static_cast<qint64>(group));
    m_putSlotGroup.bindValue(1, static_cast<qint64>(seq));
    m_putSlotGroup.bindValue(2, blob(summaries));
    return run(m_putSlotGroup, m_connection.path());
}

Result<void> KeyedTables::appendJournal(quint64 seq, const QByteArray& changes)
{
    m_append.bindValue(0, static_cast<qint64>(seq));
    m_append.bindValue(1, blob(changes));
    return run(m_append, m_connection.path());
}

Result<void> KeyedTables::removeJournalTo(quint64 seq)
{
    m_removeJournal.bindValue(0, static_cast<qint64>(seq));
    return run(m_removeJournal, m_connection.path());
}

} // namespace ringmaster
