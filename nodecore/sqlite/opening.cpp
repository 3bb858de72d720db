// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/sqlite/opening.h"

#include "nodecore/sqlite/durable_file.h"
#include "nodecore/sqlite/schema.h"

#include <QDir>
#include <QFileInfo>

namespace ringmaster {

namespace {

Result<void> makeFolder(const QString& directory)
{
    // The folders that are to hold a new name.
    QStringList parents;
    for (QString folder = directory; !QFileInfo::exists(folder); folder = parents.last())
        parents.append(QFileInfo(folder).path());
    if (!QDir().mkpath(directory)) {
        return failure(
            ErrorCode::Unavailable,
            QStringLiteral(
                "The data folder \"%1\" cannot be made. Check that the path is a folder and that this "
                "user may write there, or choose another one.")
                .arg(directory));
    }
    // One that is there may have been made by a process that was killed before it came here. Where its parent
    // may not be read, it was made by somebody else.
    const QString parent = QFileInfo(directory).path();
    if (parents.isEmpty() && QFileInfo(parent).isReadable())
        parents.append(parent);
    for (const QString& folder : std::as_const(parents)) {
        if (Result<void> synced = syncFolder(folder); !synced)
            return synced;
    }
    return {};
}

Result<void> findOrMakeDatabase(const SqliteStoreOptions& options, const StorePaths& paths)
{
    if (QFileInfo::exists(paths.database))
        return checkHeader(paths.database);
    // SQLite would take the log for that of the new database.
    const QString log = paths.database + QStringLiteral("-wal");
    if (QFileInfo::exists(log)) {
        return failure(
            ErrorCode::Damaged,
            QStringLiteral("\"%1\" is missing, but its log \"%2\" is there. Nothing was changed. Put the "
                           "database back, or move the data folder away and let the node be filled again "
                           "by its peers.")
                .arg(paths.database, log));
    }
    return createDatabase(paths.database, options.maxPages);
}

// What SQLite reads from a log it takes to be on the disk, and a later checkpoint builds upon it. After a
// failed sync that need not be so, as long as the machine runs on: a power cut would then leave the log with
// a hole, beside a database that is ahead of it.
Result<void> secureLog(const QString& database)
{
    const QString log = database + QStringLiteral("-wal");
    return QFileInfo(log).size() > 0 ? rewriteDurably(log) : Result<void>();
}

} // namespace

StorePaths::StorePaths(const QString& folder)
    : directory(QDir(folder).absolutePath())
    , database(directory + QStringLiteral("/ringmaster.db"))
    , lock(directory + QStringLiteral("/ringmaster.lock"))
    , identity(directory + QStringLiteral("/store.id"))
    , relaxed(directory + QStringLiteral("/store.relaxed"))
{}

Result<OpenedDatabase> openDatabase(const SqliteStoreOptions& options, const StorePaths& paths)
{
    if (Result<void> made = makeFolder(paths.directory); !made)
        return tl::make_unexpected(made.error());
    // Before any look at the database: opening and closing a file takes away the locks that SQLite holds on
    // it in the same process (POSIX), so no two stores may ever be at one file.
    Result<std::unique_ptr<StoreLock>> lock = StoreLock::take(paths.lock);
    if (!lock)
        return tl::make_unexpected(lock.error());
    if (Result<void> there = findOrMakeDatabase(options, paths); !there)
        return tl::make_unexpected(there.error());
    if (Result<void> secured = secureLog(paths.database); !secured)
        return tl::make_unexpected(secured.error());

    Result<std::unique_ptr<Connection>> connection =
        Connection::open(paths.database, Connection::Access::ReadOnly);
    if (!connection)
        return tl::make_unexpected(connection.error());
    if (QFileInfo(paths.database).size() <= options.checkUpToBytes) {
        if (Result<void> sound = checkPages(**connection); !sound)
            return tl::make_unexpected(sound.error());
    }
    Result<LoadedStore> loaded = loadStore(**connection);
    if (!loaded)
        return tl::make_unexpected(loaded.error());
    return OpenedDatabase{std::move(*lock), std::move(*connection), std::move(*loaded)};
}

} // namespace ringmaster
