// SPDX-License-Identifier: GPL-3.0-or-later
// Which members of a ring move to which tokens so that load comes out even.
//
// Whoever owns too little takes more tokens, in ranges of those who own too much, as a joining node does;
// nobody else moves, and nothing moves that need not. So the moves can be made one after another, in any
// order: no slot moves twice, and the ring is never less even than before.
#pragma once

#include "nodecore/env/random.h"
#include "nodecore/ring/hash_ring.h"

namespace ringmaster {

// A node's load is even where the slots that it owns are its share, by capacity, to within this part of it.
inline constexpr double evenWithin = 0.03;

// Those of members that are to move, with all the tokens that they move to; none where the load is even.
// Only what a node owns decides: who holds how many replicas is looked at where there is a choice. A token
// that does nothing any more, because the next one is its node's too, is given up.
std::vector<RingMember> rebalanceTokens(std::vector<RingMember> members, int replicas, Random& random);

} // namespace ringmaster
