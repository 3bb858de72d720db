// SPDX-License-Identifier: GPL-3.0-or-later
// One thing that goes wrong, and when.
#pragma once

#include "nodecore/base/types.h"

#include <QString>

#include <vector>

namespace ringmaster::sim {

enum class FaultKind {
    Partition,    // the nodes in `side` and the others cannot hear each other
    OneWayCut,    // what node sends to other is lost
    Clog,         // what node sends to other waits
    ResetLink,    // the link between node and other breaks, and is dialled again: what was under way is lost
    Pause,        // node stands still
    Crash,        // node loses what is not durable, and comes back
    TornCrash,    // the same in the middle of a commit: some of what was pending is durable
    LoseStore,    // node crashes and comes back with an empty disk
    RestoreStore, // node crashes and comes back with its disk as it was when the fault began
    ClockJump,    // node's wall clock jumps
    FullDisk,     // node's disk takes no writes
    SlowDisk,     // node's commits take long, or longer than anybody waits
    FailSync,  // a sync of node's disk fails: it ends, and comes back to a disk that may have it all the same
    RotDisk,   // bits turn over in some records on node's disk
    RollBack,  // node crashes and comes back with its whole machine as it was: nothing shows it
    LosePower, // node, whose store is relaxed, loses what it had acknowledged since its last sync
};
inline constexpr int faultKinds = 16;

// Whom a crash hits when its time has come.
enum class Victim {
    AsDrawn,
    Youngest, // the node whose life began last: it knows the least
    Busiest,  // the one with the most requests under way
};

struct Fault {
    FaultKind kind = FaultKind::Crash;
    Duration begins{0}; // since the clients began
    Duration lasts{0};
    int node = 0;
    Victim victim = Victim::AsDrawn;
    int other = 0;
    std::vector<int> side;
    std::chrono::milliseconds jump{0};
    Duration commitDelay{0}; // of a SlowDisk

    bool isCrash() const
    {
        return kind == FaultKind::Crash || kind == FaultKind::TornCrash || kind == FaultKind::FailSync;
    }
    // From the moment at which it does, what that disk alone held may be gone.
    bool takesAStore() const
    {
        return kind == FaultKind::LoseStore || kind == FaultKind::RestoreStore ||
               kind == FaultKind::RollBack || kind == FaultKind::LosePower || kind == FaultKind::RotDisk;
    }
};

QString describe(const Fault& fault);

} // namespace ringmaster::sim
