// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/sqlite/schema.h"

#include "nodecore/sqlite/durable_file.h"

#include <QFile>
#include <QtEndian>

namespace ringmaster {

namespace {

// https://www.sqlite.org/fileformat.html#the_database_header
constexpr qsizetype headerBytes = 100;
constexpr qsizetype userVersionAt = 60;
constexpr qsizetype applicationIdAt = 68;
const char* const magic = "SQLite format 3"; // its terminating zero is part of it

QStringList creation()
{
    return {
        QStringLiteral("BEGIN"),
        QStringLiteral("PRAGMA application_id=%1").arg(ourApplicationId),
        QStringLiteral("PRAGMA user_version=%1").arg(ourSchemaVersion),
        QStringLiteral(
            "CREATE TABLE records(area INTEGER NOT NULL, name BLOB NOT NULL, live INTEGER NOT NULL, "
            "bytes BLOB NOT NULL, PRIMARY KEY(area, name)) WITHOUT ROWID"),
        QStringLiteral("CREATE TABLE slots(slotgroup INTEGER PRIMARY KEY, seq INTEGER NOT NULL, "
                       "summaries BLOB NOT NULL)"),
        QStringLiteral("CREATE TABLE journal(seq INTEGER PRIMARY KEY, changes BLOB NOT NULL)"),
        QStringLiteral("COMMIT"),
    };
}

Result<void> makeTables(const QString& path, int maxPages)
{
    Result<std::unique_ptr<Connection>> connection = Connection::open(path, Connection::Access::Create);
    if (!connection)
        return tl::make_unexpected(connection.error());
    QStringList statements = creation();
    if (maxPages > 0)
        statements.prepend(QStringLiteral("PRAGMA max_page_count=%1").arg(maxPages));
    for (const QString& statement : statements) {
        if (Result<void> done = (*connection)->execute(statement); !done)
            return done;
    }
    // Last: it is written into the file's header, and takes no part in a transaction. Where that cannot be
    // done SQLite reports no error but the mode that the file is in.
    const Result<QVariant> mode = (*connection)->value(QStringLiteral("PRAGMA journal_mode=WAL"));
    if (!mode)
        return tl::make_unexpected(mode.error());
    if (mode->toString() != QLatin1String("wal")) {
        return failure(
            ErrorCode::Unavailable,
            QStringLiteral("A new database at \"%1\" could not be switched to its log (it stays in "
                           "mode \"%2\"). Nothing was kept of it. Check the disk, and whether its "
                           "file system can share memory between programs; then start again.")
                .arg(path, mode->toString()));
    }
    return {};
}

Result<void> damaged(const QString& path, const QString& what)
{
    return failure(
        ErrorCode::Damaged,
        QStringLiteral("\"%1\" %2. It was not changed. Restore the data folder from a backup, or move it "
                       "away and let the node be filled again by its peers.")
            .arg(path, what));
}

} // namespace

Result<void> createDatabase(const QString& path, int maxPages)
{
    // Under another name until it is complete: a file of the final name is never half a database.
    const QString unfinished = path + QStringLiteral(".new");
    const auto clear = [&unfinished] {
        for (const QString& suffix : {QString(), QStringLiteral("-journal"), QStringLiteral("-wal")})
            QFile::remove(unfinished + suffix);
    };
    clear();
    Result<void> made = makeTables(unfinished, maxPages);
    if (made)
        made = renameDurably(unfinished, path);
    if (!made)
        clear();
    return made;
}

Result<void> checkHeader(const QString& path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
        return failure(ErrorCode::Unavailable,
                       QStringLiteral("\"%1\" cannot be read: %2. Give this user access to it.")
                           .arg(path, file.errorString()));
    }
    const QByteArray header = file.read(headerBytes);
    if (header.size() < headerBytes || !header.startsWith(QByteArray(magic, 16)))
        return damaged(path,
                       QStringLiteral("is not a SQLite database (its first bytes are wrong or missing)"));
    if (qFromBigEndian<quint32>(header.data() + applicationIdAt) != ourApplicationId) {
        return failure(
            ErrorCode::Foreign,
            QStringLiteral("\"%1\" is a database of another program. It was not changed. Choose another "
                           "data folder.")
                .arg(path));
    }
    const auto version = qFromBigEndian<quint32>(header.data() + userVersionAt);
    if (version == 0)
        return damaged(path, QStringLiteral("says schema version 0, which no Ringmaster ever wrote"));
    if (version > ourSchemaVersion) {
        return failure(
            ErrorCode::Newer,
            QStringLiteral("\"%1\" was written by a newer Ringmaster (schema %2, this one knows %3). It was "
                           "not changed. Start the newer version, or choose another data folder.")
                .arg(path)
                .arg(version)
                .arg(ourSchemaVersion));
    }
    return {};
}

Result<void> checkPages(Connection& connection)
{
    Result<QVariant> verdict = connection.value(QStringLiteral("PRAGMA quick_check(1)"));
    if (!verdict)
        return tl::make_unexpected(verdict.error());
    if (verdict->toString() != QLatin1String("ok"))
        return damaged(connection.path(),
                       QStringLiteral("is damaged (%1)").arg(verdict->toString().simplified()));
    return {};
}

} // namespace ringmaster
