// SPDX-License-Identifier: GPL-3.0-or-later
// The real SqliteStore for a simulated machine: its thread taken out, its clock the simulation's, on a disk
// that loses what was not synced (tests/sqlite/torture_disk.h).
//
// A crash in the middle of a commit is one: the calls below SQLite stop at some point of it, and what the
// disk has by then is what the next opening finds. A run is a function of its seed, as with a MemoryDisk.
//
// The files lie in a folder of their own in memory (/dev/shm) where there is one. Needs a QCoreApplication;
// one disk is used by one thread.
#pragma once

#include "nodecore/base/types.h"
#include "nodecore/sqlite/sqlite_store.h"
#include "tests/support/virtual_disk.h"

namespace ringmaster {

class SqliteDisk final : public VirtualDisk {
public:
    SqliteDisk(quint64 seed, std::function<Duration()> now);
    ~SqliteDisk() override;

    Store& store() override;
    std::vector<SideEntry> durableSide(SideTable table) override;
    size_t pending() const override;
    void commitPending() override;
    // Where there are survivors to be, it stops in the middle of committing what is pending: all of it is
    // there afterwards, or nothing.
    void crash(size_t survivors) override;
    // As crash(0): what is left of the unsynced is the disk's affair.
    void losePower(size_t unsyncedLeft) override;
    void stop() override;
    void setRelaxed(bool relaxed) override;
    void wipe() override;
    std::unique_ptr<Backup> backup() const override;
    // RolledBack is noticed, as if it were Copied, where the store was opened since the backup: see
    // nodecore/sqlite/identity.h.
    void restore(const Backup& backup, Restored how) override;
    void becomeReadOnly(const QString& reason) override;
    void recover() override;
    void failSync(const QString& reason, size_t survivors) override;

private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace ringmaster
