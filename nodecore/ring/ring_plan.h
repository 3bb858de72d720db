// SPDX-License-Identifier: GPL-3.0-or-later
// What a change of the ring moves, known before it is made: the difference of two rings as values.
#pragma once

#include "nodecore/ring/hash_ring.h"

namespace ringmaster {

// `to` becomes a replica holder of range and can copy it from `from`, which held it before: a node that gives
// the range up where there is one, else the first of the preference list. from == to where the ring was
// empty, so that there is nothing to copy.
struct RingMove {
    SlotRange range;
    NodeId from;
    NodeId to;
    friend bool operator==(const RingMove&, const RingMove&) = default;
};

// node was a replica holder of range and is none any more.
struct RingLoss {
    SlotRange range;
    NodeId node;
    friend bool operator==(const RingLoss&, const RingLoss&) = default;
};

// In slots, before and after; a node that is on one of the rings only has 0 on the other.
struct RingLoad {
    NodeId node;
    int primaryBefore = 0;
    int primaryAfter = 0;
    int replicaBefore = 0;
    int replicaAfter = 0;
    friend bool operator==(const RingLoad&, const RingLoad&) = default;
};

// Ranges are as long as can be but never go around the top: first <= last. Moves are in the order of (to,
// slot, from), losses of (node, slot), loads of node.
struct RingPlan {
    std::vector<RingMove> moves;
    std::vector<RingLoss> losses;
    std::vector<RingLoad> loads;

    qint64 slotsMoved() const; // each as often as it is copied
};

RingPlan planRing(const HashRing& before, const HashRing& after);

} // namespace ringmaster
