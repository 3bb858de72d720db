// SPDX-License-Identifier: GPL-3.0-or-later
// Everything that one seed draws: the cluster, what goes wrong with it and when, and what its clients do.
#pragma once

#include "nodecore/storage/hint_store.h"
#include "nodecore/version/read_view.h"
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
    int list = 0;       // all keys, page after page
    int placement = 0;  // asks what each replica holds
    int sum() const { return read + modify + writeAgain + blind + remove + recreate + list + placement; }
};

// What requests ask for by themselves, each with that probability, instead of the cluster's defaults.
struct OwnOptions {
    double quorum = 0;          // R or W
    double primaryQuorum = 0;   // PR or PW
    double otherSloppiness = 0; // sloppy where the rest is not, and the other way round
};

// Of a value's length: a few are long, and some beyond what the cluster takes.
struct ValueSizes {
    double longOnes = 0;
    qsizetype most = 1024 * 1024; // that a node takes
};

struct Mixture {
    quint64 seed = 0;
    int nodes = 3;
    int replicas = 3;
    int readQuorum = 2;
    int writeQuorum = 2;
    bool sloppy = true; // in requests that do not say otherwise
    OwnOptions own;
    int leastWriteQuorum = 1; // that a request states
    ValueSizes values;
    size_t contextEntries = maxContextEntries; // of a client's token, where its siblings need no more
    int keys = 1;
    // The clients turn to the next key after so long, so that the others are left alone for a while and their
    // tombstones reaped. 0: all keys all the time.
    Duration keyTurn{0};
    int clients = 1;
    Habits habits;
    Duration thinkTime{0}; // between two operations of a client, at most
    Duration timeout{0};   // of a request
    NetworkFaults network;
    double rotInFlight = 0;            // of messages with a value: one bit of it turns over
    int zones = 0;                     // 0: none; else the nodes take turns
    qint64 transferBytesPerSecond = 0; // 0: no limit
    HintLimits hints;
    std::vector<Duration> commitDelays;        // by node
    std::vector<std::vector<Slot>> tokenSlots; // by node; no two alike
    ReapRules reap;
    Duration faultyFor{0};
    // After all has come together: how long the clients work on, without faults; then every node starts
    // anew, and all has to come together once more. 0: that is left out.
    Duration calmFor{0};
    // Stays down when the faults have healed, while the others come together and serve; then it comes back
    // too.
    std::optional<int> spared;
    std::vector<Fault> faults; // in the order of their beginnings
    // The ring changes too, in some: spare nodes come besides `nodes`.
    int spares = 0;
    std::vector<RingAct> ringActs;
    std::optional<Removal> removal; // its disk is lost, so no fault takes another
    // At the same time, of another member. Both come back then: what both held they give back.
    std::optional<Removal> otherRemoval;
    Duration removedMayReturn = std::chrono::hours(24);
    Duration autoRemoveAfter{0}; // 0: never

    bool takesAStore() const;
    bool has(FaultKind kind) const;
    bool replaces() const { return removal && removal->heirComes.has_value(); }
    // Machines that are not there from the beginning. The last one is the heir, where there is one.
    int latecomers() const { return spares + (replaces() ? 1 : 0); }
    // Where a request says nothing else, a read sees every write that was acknowledged before it.
    bool isStrict() const { return !sloppy && readQuorum + writeQuorum > replicas && !takesAStore(); }
};

Mixture drawMixture(quint64 seed);
QString describe(const Mixture& mixture);

} // namespace ringmaster::sim
