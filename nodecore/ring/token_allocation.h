// SPDX-License-Identifier: GPL-3.0-or-later
// Which tokens a node takes so that load comes out even.
#pragma once

#include "nodecore/env/random.h"
#include "nodecore/ring/hash_ring.h"

namespace ringmaster {

// Chooses count tokens (or fewer where slots run out) for a node that is not on the ring yet, or count more
// for one that is among members and owns less than its share: it takes its fair share (by capacity), or what
// it lacks of it, from the nodes that own most above theirs, at exact split points, and only from ranges that
// it splits, so that no more moves than must. On an empty ring the tokens are spread evenly. Never returns a
// token that is taken.
std::vector<Slot> allocateTokens(const std::vector<RingMember>& members, const RingMember& joiner, int count,
                                 int replicas, Random& random);

} // namespace ringmaster
