// SPDX-License-Identifier: GPL-3.0-or-later
// Makes a simulator of ringsim in which one node of each run has the real SqliteStore, on a disk that loses
// what was not synced.
#include "tests/sim/simulation.h"
#include "tests/sim/sqlite_disk.h"

namespace ringmaster::sim {

namespace {

constexpr int drawnOf = 3; // every cluster has at least so many nodes

std::unique_ptr<VirtualDisk> diskOf(quint64 seed, int node)
{
    if (node != static_cast<int>(seed % drawnOf))
        return std::make_unique<MemoryDisk>();
    // Later with every question, and the same in every run.
    return std::make_unique<SqliteDisk>(
        seed, [asked = 0]() mutable { return Duration(std::chrono::milliseconds(10) * ++asked); });
}

[[maybe_unused]] const bool isSet = [] {
    setDiskMaker(diskOf);
    return true;
}();

} // namespace

} // namespace ringmaster::sim
