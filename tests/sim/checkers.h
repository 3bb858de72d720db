// SPDX-License-Identifier: GPL-3.0-or-later
// The judges of a run. They know what the clients asked and were told, and nothing of how it came about.
//
// The five rules (the third is convergence.h's):
//   1. every acknowledged write is, after healing, present or superseded by a write whose author had seen it;
//   2. no deleted value returns, no sibling appears that nobody wrote or that was superseded;
//   3. all replicas become equal, hints drain, hash trees agree, within a bounded time;
//   4. with strict quorums that overlap and no store lost, a read sees every write acknowledged before it
//      began;
//   5. a client's own contexts never go backwards.
#pragma once

#include "tests/sim/history.h"

namespace ringmaster::sim {

struct Violation {
    int rule = 0;
    QString what;
    Moment at; // where it can be seen first
};

// The disk of a node was lost, or put back to an older state.
struct StoreLoss {
    int node = 0;
    int step = 0; // of the history, at that moment
};

// What a run lets its judges expect.
struct Promises {
    // sloppy=false in every request, R + W > N, and no store lost or restored: rule 4 holds, and what it says
    // of deletes and of a client's own writes.
    bool strict = false;
    std::optional<StoreLoss> loss; // one at most
    // Tombstones are reaped: a key may forget its deletes, and all that they had seen.
    bool reaps = false;
};

// Rules 1, 2, 4 and 5, in the order of the steps at which they objected.
std::vector<Violation> judge(const History& history, const Promises& promises);

} // namespace ringmaster::sim
