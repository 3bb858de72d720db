// SPDX-License-Identifier: GPL-3.0-or-later
// One run of allocateTokens on a ring that has tokens already: a greedy choice, token by token.
//
// A token of the joiner splits a range of another node's: the joiner takes the slots up to its token, the
// other keeps the rest. For each token some ranges are drawn as candidates, with a few sizes of cut each, and
// the one is taken that brings the primary loads and the replica loads of all the nodes it touches closest to
// their shares. Most candidates are ranges of nodes that own too much. Some are ranges that the node with
// most replicas holds for others: a node that owns its fair share and holds too many replicas would hardly
// ever be touched otherwise, and stand out the more the smaller the shares become.
#pragma once

#include "nodecore/env/random.h"
#include "nodecore/ring/ring_sketch.h"

namespace ringmaster {

class TokenAllocator {
public:
    // ring is that of members and has tokens. random must outlive the allocator.
    TokenAllocator(const HashRing& ring, const std::vector<RingMember>& members, const RingMember& joiner,
                   int count, Random& random);

    std::vector<Slot> allocate();

private:
    bool cutNext(int tokensLeft);
    int spareOf(int node) const;
    std::vector<size_t> candidates(int size);
    std::vector<size_t> rangesOfGivers(int size, size_t wanted) const;
    std::vector<size_t> rangesOf(int size, double leastExcess) const;
    std::vector<size_t> rangesThatRelieve() const;
    void draw(std::vector<size_t>& pool, size_t wanted);
    // By how much the cut worsens the balance, where the joiner is to have that part of its shares so far.
    double costOf(const RangeCut& cut, const std::vector<ReplicaShift>& shifts, double partDone) const;

    RingSketch m_sketch;
    const int m_share;      // slots that the joiner is to own
    const int m_count;      // tokens that it takes
    const double m_partHad; // of its share, from the start: it may be on the ring already
    Random& m_random;
    std::vector<Slot> m_chosen;
};

} // namespace ringmaster
