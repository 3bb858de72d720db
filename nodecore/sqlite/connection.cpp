// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/sqlite/connection.h"

#include <QSqlError>

#include <atomic>

namespace ringmaster {

namespace {

// https://www.sqlite.org/rescode.html, primary codes.
enum SqliteCode {
    PermissionCode = 3,
    BusyCode = 5,
    LockedCode = 6,
    ReadOnlyCode = 8,
    CorruptCode = 11,
    FullCode = 13,
    CannotOpenCode = 14,
    NotADatabaseCode = 26,
};

QString uniqueName()
{
    static std::atomic<quint64> last = 0;
    return QStringLiteral("ringmaster-%1").arg(++last);
}

QString optionsFor(Connection::Access access)
{
    const QString busy = QStringLiteral("QSQLITE_BUSY_TIMEOUT=5000");
    return access == Connection::Access::ReadOnly ? busy + QStringLiteral(";QSQLITE_OPEN_READONLY") : busy;
}

} // namespace

Connection::Connection(QString path, QString name)
    : m_path(std::move(path))
    , m_name(std::move(name))
    , m_database(QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), m_name))
{}

Connection::~Connection()
{
    m_database.close();
    m_database = {};
    QSqlDatabase::removeDatabase(m_name);
}

Result<std::unique_ptr<Connection>> Connection::open(const QString& path, Access access)
{
    std::unique_ptr<Connection> made(new Connection(path, uniqueName()));
    QSqlDatabase& database = made->m_database;
    if (!database.isValid()) {
        return failure(
            ErrorCode::Unavailable,
            QStringLiteral("Qt's SQLite driver is not installed, so \"%1\" cannot be opened. Install "
                           "it (Debian: libqt6sql6-sqlite) and start again.")
                .arg(path));
    }
    database.setConnectOptions(optionsFor(access));
    database.setDatabaseName(path);
    if (!database.open())
        return tl::make_unexpected(sqliteError(path, database.lastError()));
    // Checkpoints are made where they are meant to be made, never as a side effect of a commit.
    Result<void> ready = made->execute(QStringLiteral("PRAGMA wal_autocheckpoint=0"));
    if (ready && access == Access::ReadOnly)
        ready = made->execute(QStringLiteral("PRAGMA query_only=1"));
    if (!ready)
        return tl::make_unexpected(ready.error());
    return made;
}

Result<void> Connection::execute(const QString& sql)
{
    QSqlQuery query(m_database);
    if (!query.exec(sql))
        return tl::make_unexpected(sqliteError(m_path, query.lastError()));
    return {};
}

Result<QVariant> Connection::value(const QString& sql)
{
    QSqlQuery query(m_database);
    query.setForwardOnly(true);
    QVariant found;
    bool going = query.exec(sql) && query.next();
    if (going)
        found = query.value(0);
    // To the end: what a statement changes is committed, and may fail, after its last row.
    while (going)
        going = query.next();
    if (query.lastError().isValid())
        return tl::make_unexpected(sqliteError(m_path, query.lastError()));
    return found;
}

Result<QSqlQuery> Connection::prepare(const QString& sql)
{
    QSqlQuery query(m_database);
    query.setForwardOnly(true);
    if (!query.prepare(sql))
        return tl::make_unexpected(sqliteError(m_path, query.lastError()));
    return query;
}

Error sqliteError(const QString& path, const QSqlError& error)
{
    const QString detail =
        QStringLiteral("%1, SQLite code %2").arg(error.databaseText(), error.nativeErrorCode());
    const auto told = [&](ErrorCode code, const QString& message) {
        return Error{code, message.arg(path, detail)};
    };
    switch (error.nativeErrorCode().toInt() & 0xff) { // the higher bits say more, for the detail
    case FullCode:
        return told(
            ErrorCode::ReadOnly,
            QStringLiteral("There is no room on the disk for \"%1\" (%2). What was acknowledged is kept; "
                           "free some space and writing goes on."));
    case CorruptCode:
    case NotADatabaseCode:
        return told(
            ErrorCode::Damaged,
            QStringLiteral("The database \"%1\" is damaged (%2). Nothing was changed. Restore the data "
                           "folder from a backup, or move it away and let the node be filled again by "
                           "its peers."));
    case PermissionCode:
    case BusyCode:
    case LockedCode:
    case ReadOnlyCode:
    case CannotOpenCode:
        return told(
            ErrorCode::Unavailable,
            QStringLiteral("The database \"%1\" cannot be opened or written (%2). Nothing was changed. Give "
                           "this user write access to the file and its folder, and end other programs "
                           "that hold it open."));
    default:
        return told(
            ErrorCode::Internal,
            QStringLiteral("Reading or writing the database \"%1\" failed (%2). What was acknowledged is "
                           "kept. Check the disk, then start the node again."));
    }
}

Result<void> run(QSqlQuery& query, const QString& path)
{
    if (!query.exec())
        return tl::make_unexpected(sqliteError(path, query.lastError()));
    return {};
}

QVariant blob(const QByteArray& bytes)
{
    return bytes.isNull() ? QByteArray("") : bytes;
}

} // namespace ringmaster
