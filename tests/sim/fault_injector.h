// SPDX-License-Identifier: GPL-3.0-or-later
// Lets a mixture's faults happen to a cluster, and heals them.
#pragma once

#include "tests/sim/mixture.h"
#include "tests/sim/trace.h"
#include "tests/support/virtual_cluster.h"

namespace ringmaster::sim {

class FaultInjector {
public:
    struct Events {
        std::function<void(int node)> crashed;    // whoever waited for it waits in vain
        std::function<void(int node)> storeTaken; // lost, or put back to an older state
        std::function<bool(int node)> isKeptDown; // whatever ends, it does not come back
        std::function<int(int node)> requestsAt;  // under way
    };

    // All must outlive it; random is drawn from while it works.
    FaultInjector(VirtualCluster& cluster, const Mixture& mixture, SeededRandom& random, Trace& trace,
                  Events events);

    // From now on faults happen.
    void begin();
    // Ends them all: everybody runs, and hears everybody, on a disk that takes writes.
    void heal();

private:
    void faultBegins(size_t index);
    void faultEnds(size_t index);
    void setWays(const Fault& fault, bool faulty);
    int chooseVictim(const Fault& fault) const;
    bool hasFailed(int node) const; // its disk has
    void crash(size_t index);
    void failSync(size_t index);
    void rotDisk(int node);
    void comeBack(size_t index);
    void say(const QString& what);

    VirtualCluster& m_cluster;
    const Mixture& m_mixture;
    SeededRandom& m_random;
    Trace& m_trace;
    Events m_events;
    bool m_healed = false;
    std::map<size_t, int> m_victims;                                  // by fault, once it has begun
    std::map<int, size_t> m_downBy;                                   // node → the fault that has it down
    std::map<size_t, std::unique_ptr<VirtualDisk::Backup>> m_backups; // by fault
};

} // namespace ringmaster::sim
