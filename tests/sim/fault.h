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
    SlowDisk,     // node's commits take long
};
inline constexpr int faultKinds = 12;

struct Fault {
    FaultKind kind = FaultKind::Crash;
    Duration begins{0}; // since the clients began
    Duration lasts{0};
    int node = 0;
    int other = 0;
    std::vector<int> side;
    std::chrono::milliseconds jump{0};
    Duration commitDelay{0}; // of a SlowDisk

    bool takesAStore() const { return kind == FaultKind::LoseStore || kind == FaultKind::RestoreStore; }
};

QString describe(const Fault& fault);

} // namespace ringmaster::sim
