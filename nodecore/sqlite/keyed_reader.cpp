// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/sqlite/keyed_reader.h"

#include <QSqlError>

namespace ringmaster {

namespace {

// Whatever keeps a stored record from being read, for a reader it is damaged.
tl::unexpected<Error> unreadable(const QString& path, const QSqlError& error)
{
    return failure(ErrorCode::Damaged, sqliteError(path, error).message);
}

} // namespace

Result<std::unique_ptr<KeyedReader>> KeyedReader::on(std::unique_ptr<Connection> connection)
{
    std::unique_ptr<KeyedReader> made(new KeyedReader(std::move(connection)));
    const std::pair<QSqlQuery*, QString> statements[] = {
        {&made->m_read, QStringLiteral("SELECT live, bytes FROM records WHERE area = ? AND name = ?")},
        {&made->m_scanFrom,
         QStringLiteral("SELECT area, name, live, bytes FROM records WHERE area >= ? AND area <= ? "
                        "ORDER BY area, name")},
        {&made->m_scanAfter,
         QStringLiteral("SELECT area, name, live, bytes FROM records WHERE (area, name) > (?, ?) "
                        "AND area <= ? ORDER BY area, name")},
    };
    for (const auto& [query, sql] : statements) {
        Result<QSqlQuery> prepared = made->m_connection->prepare(sql);
        if (!prepared)
            return tl::make_unexpected(prepared.error());
        *query = std::move(*prepared);
    }
    return made;
}

Result<Value> KeyedReader::read(Area area, const QByteArray& name)
{
    ++m_reads;
    m_read.bindValue(0, area);
    m_read.bindValue(1, blob(name));
    Value value;
    if (m_read.exec() && m_read.next())
        value = {true, m_read.value(0).toBool(), m_read.value(1).toByteArray()};
    const QSqlError error = m_read.lastError();
    m_read.finish();
    if (error.isValid())
        return unreadable(m_connection->path(), error);
    return value;
}

Result<void> KeyedReader::beginScan(Area area, const QByteArray* after, Area last)
{
    int at = 0;
    m_scan = after != nullptr ? &m_scanAfter : &m_scanFrom;
    m_scan->bindValue(at++, area);
    if (after != nullptr)
        m_scan->bindValue(at++, blob(*after));
    m_scan->bindValue(at, last);
    if (m_scan->exec())
        return {};
    const QSqlError error = m_scan->lastError();
    endScan();
    return unreadable(m_connection->path(), error);
}

Result<std::optional<Row>> KeyedReader::nextRow()
{
    if (m_scan->next()) {
        return Row{m_scan->value(0).toUInt(), m_scan->value(1).toByteArray(),
                   Value{true, m_scan->value(2).toBool(), m_scan->value(3).toByteArray()}};
    }
    if (m_scan->lastError().isValid())
        return unreadable(m_connection->path(), m_scan->lastError());
    return std::optional<Row>();
}

void KeyedReader::endScan()
{
    m_scan->finish();
}

} // namespace ringmaster
