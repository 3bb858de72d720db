// SPDX-License-Identifier: GPL-3.0-or-later
// From a folder to a database that is known to be ours, sound as far as was looked, and loaded. Nothing that
// is found there is changed.
#pragma once

#include "nodecore/sqlite/loader.h"
#include "nodecore/sqlite/sqlite_store_options.h"
#include "nodecore/sqlite/store_lock.h"

namespace ringmaster {

// The files of a store in its folder.
struct StorePaths {
    explicit StorePaths(const QString& directory);
    QString directory;
    QString database; // and beside it, by SQLite: -wal, -shm
    QString lock;
    QString identity;
    QString relaxed; // there while acknowledged batches may not be on the disk; see RelaxedMark
};

struct OpenedDatabase {
    std::unique_ptr<StoreLock> lock;
    std::unique_ptr<Connection> connection; // read-only
    LoadedStore loaded;
};

// Makes folder and database where they are not there. Errors as SqliteStore::open().
[[nodiscard]] Result<OpenedDatabase> openDatabase(const SqliteStoreOptions& options, const StorePaths& paths);

} // namespace ringmaster
