// SPDX-License-Identifier: GPL-3.0-or-later
// The judges of a run. They know what the clients asked and were told, and nothing of how it came about.
//
// The rules (the third is convergence.h's, the ninth store_judge.h's, of the tenth hints are
// store_judge.h's):
//   1. every acknowledged write is, after healing, present or superseded by a write whose author had seen it;
//   2. no deleted value returns, no sibling appears that nobody wrote or that was superseded;
//   3. all replicas become equal, hints drain, hash trees agree, tombstones go, within a bounded time;
//   4. where the primaries that a write and a later read needed overlap and no store was lost, the read sees
//   the
//      write; an answer that says "absent" is justified likewise;
//   5. a client's own contexts never go backwards;
//   6. an answer is of the request that it answers: a write's shows that write;
//   7. at the moment of its acknowledgement a write has W durable copies;
//   8. a listing has each key once, every key that was there all the time, and none that nobody wrote;
//   9. a store lets go of a value only where every owner holds it, of a tombstone only where nobody holds or
//      keeps anything of its past;
//  10. messages, hints and queues keep within their bounds;
//  11. with all faults healed but for nodes that the quorums can spare, requests succeed within a bounded
//  time.
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
    // No store is lost or restored: rule 4 holds where primaries overlap, and what it says of deletes and of
    // a client's own writes.
    bool overlapCounts = false;
    int replicas = 3;
    // Reads of fewer primaries may ask one that was removed and has not heard of it.
    int leastPrimaries = 1;
    // "Absent" needs as many primaries as the read's quorum, whatever the request allowed.
    bool absentNeedsPrimaries = true;
    // Copies that a lost disk may have taken since a replica had answered: rule 7.
    bool copiesCount = true;
    std::optional<StoreLoss> loss = {}; // one at most
    // Tombstones are reaped: a key may forget its deletes, and all that they had seen.
    bool reaps = false;
};

// What a peer may ask for at once; one object more is sent whatever its size.
inline constexpr qsizetype mostInOneMessage = 1024 * 1024;
// Rule 10, of the largest message of a run and the largest object in it: what is wrong, or nothing.
std::optional<QString> beyondBound(qsizetype largestMessage, qsizetype largestObject);

// Rule 11: a request for which everything was there that it needed, and that was not answered.
std::vector<Violation> judgeProbes(const History& history);

// Rules 1, 2 and 4 to 8, in the order of the steps at which they objected.
std::vector<Violation> judge(const History& history, const Promises& promises);

} // namespace ringmaster::sim
