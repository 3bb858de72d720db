// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/sqlite/set_aside.h"

#include "nodecore/sqlite/durable_file.h"
#include "nodecore/sqlite/opening.h"

#include <QDir>
#include <QFileInfo>

namespace ringmaster {

namespace {

// "set-aside-1", or the first number that is free.
QString unusedFolder(const QDir& directory)
{
    for (int number = 1;; ++number) {
        const QString name = QStringLiteral("set-aside-%1").arg(number);
        if (!directory.exists(name))
            return directory.filePath(name);
    }
}

} // namespace

Result<QString> setStoreAside(const QString& directory)
{
    const StorePaths paths(directory);
    const Result<std::unique_ptr<StoreLock>> lock = StoreLock::take(paths.lock);
    if (!lock)
        return tl::make_unexpected(lock.error());
    const QString folder = unusedFolder(QDir(paths.directory));
    if (!QDir().mkpath(folder))
        return failure(ErrorCode::Unavailable,
                       QStringLiteral("The folder \"%1\" cannot be made.").arg(folder));
    // The log before its database: a database whose log is missing is whole, if older; a log without its
    // database would be refused.
    const QStringList files{
        paths.identity, paths.identity + QLatin1Char('2'),       paths.database + QStringLiteral("-shm"),
        paths.database, paths.database + QStringLiteral("-wal"), paths.relaxed};
    for (const QString& file : files) {
        if (!QFileInfo::exists(file))
            continue;
        const Result<void> moved = renameDurably(file, QDir(folder).filePath(QFileInfo(file).fileName()));
        if (!moved)
            return tl::make_unexpected(moved.error());
    }
    return folder;
}

} // namespace ringmaster
