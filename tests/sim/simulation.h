// SPDX-License-Identifier: GPL-3.0-or-later
// One run: a cluster of production nodes in one thread and in virtual time, a function of its seed. First the
// faults of its mixture, while clients work; then everything heals and has to come together; then the judges.
#pragma once

#include "tests/sim/checkers.h"
#include "tests/sim/mixture.h"
#include "tests/sim/trace.h"
#include "tests/support/virtual_disk.h"

namespace ringmaster::sim {

struct RunResult {
    std::vector<Violation> violations; // in the order in which they could be seen
    quint64 events = 0;
    quint64 messages = 0;
    int operations = 0;
    Duration virtualTime{0};
    Duration healedAfter{0}; // from the end of the faults until everything had come together
    quint64 fingerprint = 0; // of all that the clients saw and when: equal for equal runs
};

// What the cluster may take to come together after the last fault.
inline constexpr Duration healingBound = std::chrono::seconds(120);
// The same without a node that the quorums can spare; and until the last tombstone is gone after that.
inline constexpr Duration sparingBound = std::chrono::seconds(60);
inline constexpr Duration reapingBound = std::chrono::seconds(120);

// The disk of a node in the run of a seed. Before the first run; without it all disks are in memory.
using DiskMaker = std::function<std::unique_ptr<VirtualDisk>(quint64 seed, int node)>;
void setDiskMaker(DiskMaker maker);

RunResult simulate(const Mixture& mixture, Trace& trace);

} // namespace ringmaster::sim
