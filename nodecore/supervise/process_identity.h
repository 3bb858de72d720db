// SPDX-License-Identifier: GPL-3.0-or-later
// Which process is meant, beyond its pid: pids are used again, so the time at which it started and the boot
// in which it did belong to it. And the file in which a supervisor leaves that for the next one.
#pragma once

#include "nodecore/base/result.h"

#include <QString>

#include <optional>

namespace ringmaster {

struct ProcessIdentity {
    qint64 pid = 0;
    quint64 startTicks = 0; // field 22 of /proc/<pid>/stat
    QString boot;           // /proc/sys/kernel/random/boot_id

    friend bool operator==(const ProcessIdentity&, const ProcessIdentity&) = default;
};

// Of a process that runs now; nothing where there is none or it is a zombie, which has ended.
std::optional<ProcessIdentity> identityOf(qint64 pid);
bool isRunning(const ProcessIdentity& process);

// The contents of node.pid.
struct PidFile {
    ProcessIdentity process;
    bool stopping = false; // a supervisor has told it to end, so its end is no accident

    // Nothing where the file is absent or not such a file.
    static std::optional<PidFile> read(const QString& path);
    // Replaces the file as a whole.
    [[nodiscard]] Result<void> write(const QString& path) const;
};

} // namespace ringmaster
