// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps a second store, of this process or another, out of a data folder.
//
// flock(2) on a file beside the database: the kernel lets go of it when its holder dies, however it dies. (A
// lock file that names a process id would not: after a restart in a container the id may well be in use.)
#pragma once

#include "nodecore/base/result.h"

#include <memory>

namespace ringmaster {

class StoreLock {
public:
    // Conflict where another store has it.
    [[nodiscard]] static Result<std::unique_ptr<StoreLock>> take(const QString& path);
    ~StoreLock();
    StoreLock(const StoreLock&) = delete;
    StoreLock& operator=(const StoreLock&) = delete;

private:
    explicit StoreLock(int fd)
        : m_fd(fd)
    {}
    int m_fd;
};

} // namespace ringmaster
