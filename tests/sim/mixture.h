// SPDX-License-Identifier: GPL-3.0-or-later
// Everything that one seed draws: the cluster, what goes wrong with it and when, and what its clients do.
#pragma once

#include "tests/sim/fault.h"
#include "tests/sim/removal.h"
#include "tests/sim/ring_acts.h"
#include "tests/support/virtual_network.h"

namespace ringmaster::sim {

// How often a client does what, in parts of their sum.
struct Habits {
    int read = 0;
    int modify = 0;     // reads, and writes with the context of that
    int writeAgain = 0; // writes with the context of its last answer, which may be old
    int blind = 0;      // writes without a context
    int remove = 0;     // reads, and deletes with the context of that
    int recreate = 0;   // deletes, and writes again at once
    int sum() const { return read + modify + writeAgain + blind + remove + recreate; }
};

struct Mixture {
    quint64 seed = 0;
    int nodes = 3;
    int replicas = 3;
    int readQuorum = 2;
    int writeQuorum = 2;
    bool sloppy = true; // false: in every request
    int keys = 1;
    // The clients turn to the next key after so long, so that the others are left alone for a while and their
    // tombstones reaped. 0: all keys all the time.
    Duration keyTurn{0};
    int clients = 1;
    Habits habits;
    Duration thinkTime{0}; // between two operations of a client, at most
    Duration timeout{0};   // of a request
    NetworkFaults network;
    std::vector<Duration> commitDelays;        // by node
    std::vector<std::vector<Slot>> tokenSlots; // by node; no two alike
    ReapRules reap;
    Duration faultyFor{0};
    // After all has come together: how long the clients work on, without faults; then every node starts
    // anew, and all has to come together once more. 0: that is left out.
    Duration calmFor{0};
    std::vector<Fault> faults; // in the order of their beginnings
    // The ring changes too, in some: spare nodes come besides `nodes`.
    int spares = 0;
    std::vector<RingAct> ringActs;
    std::optional<Removal> removal; // its disk is lost, so no fault takes another

    bool takesAStore() const;
    // What makes a read see every write that was acknowledged before it.
    bool isStrict() const { return !sloppy && readQuorum + writeQuorum > replicas && !takesAStore(); }
};

Mixture drawMixture(quint64 seed);
QString describe(const Mixture& mixture);

} // namespace ringmaster::sim
