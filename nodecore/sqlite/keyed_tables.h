// SPDX-License-Identifier: GPL-3.0-or-later
// The writer's hand on the database: prepared statements for all that it changes.
#pragma once

#include "nodecore/sqlite/change.h"
#include "nodecore/sqlite/connection.h"

namespace ringmaster {

class KeyedTables {
public:
    // The connection must outlive it.
    [[nodiscard]] static Result<std::unique_ptr<KeyedTables>> on(Connection& connection);

    [[nodiscard]] Result<void> begin() { return run(m_begin, m_connection.path()); }
    [[nodiscard]] Result<void> commit() { return run(m_commit, m_connection.path()); }
    // SQLite has often rolled back by itself after an error; then this fails, and that is as well.
    void rollBack() { (void)run(m_rollBack, m_connection.path()); }

    [[nodiscard]] Result<void> put(Area area, const QByteArray& name, const Value& value);
    [[nodiscard]] Result<void> putSlotGroup(size_t group, quint64 seq, const QByteArray& summaries);
    // By itself, outside a transaction, it is one: the group's commit.
    [[nodiscard]] Result<void> appendJournal(quint64 seq, const QByteArray& changes);
    [[nodiscard]] Result<void> removeJournalTo(quint64 seq);

private:
    explicit KeyedTables(Connection& connection)
        : m_connection(connection)
    {}

    Connection& m_connection;
    QSqlQuery m_begin;
    QSqlQuery m_commit;
    QSqlQuery m_rollBack;
    QSqlQuery m_putLive;
    QSqlQuery m_putOther;
    QSqlQuery m_remove;
    QSqlQuery m_putSlotGroup;
    QSqlQuery m_append;
    QSqlQuery m_removeJournal;
};

} // namespace ringmaster
