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
#include "nodecore/ring/hash_ring.h"
#include "nodecore/ring/preference_walk.h"

#include <optional>

namespace ringmaster {

class TokenAllocator {
public:
    // ring is that of members and has tokens. All must outlive the allocator.
    TokenAllocator(const HashRing& ring, const std::vector<RingMember>& members, const RingMember& joiner,
                   int count, Random& random);

    std::vector<Slot> allocate();

private:
    struct Mark {
        int slot;
        int node; // index
    };
    struct Load {
        double primaryShare = 0; // in slots, what is fair
        double replicaShare = 0;
        double primary = 0;
        double replica = 0;
    };
    // A cut of size slots off the front of the range that ends in m_marks[at].
    struct Cut {
        size_t at = 0;
        int size = 0;
    };
    // What a node wins (or loses) as a replica where the joiner cuts a given range at size slots: a fixed
    // number, of the ranges behind it, and cutSlots for each slot of the cut.
    struct Shift {
        int node = 0;
        int fixed = 0;
        int cutSlots = 0;
    };

    void takeShares(const std::vector<double>& capacities);
    int lengthOf(size_t at) const;
    bool cutNext(int tokensLeft);
    std::vector<size_t> candidates(int size);
    std::vector<size_t> rangesOfGivers(int size, size_t wanted) const;
    std::vector<size_t> rangesThatRelieve() const;
    void draw(std::vector<size_t>& pool, size_t wanted);
    double excessOf(int node) const; // as a primary, in shares
    void findShifts(size_t at);      // into m_shifts
    Shift& shiftOf(int node);
    // By how much the cut (whose shifts are in m_shifts) worsens the balance, where the joiner is to have
    // that part of its shares so far.
    double costOf(const Cut& cut, double partDone) const;
    void apply(const Cut& cut);
    // The list of the range that ends in m_marks[at], if the joiner stood before m_marks[joinerBefore].
    const std::vector<int>& listOf(PreferenceWalk& walk, size_t at, std::optional<size_t> joinerBefore) const;

    const int m_joiner; // index: behind all others
    const int m_replicas;
    Random& m_random;
    std::vector<Mark> m_marks; // by slot
    std::vector<Load> m_loads; // by node
    const ZoneIndex m_zones;
    PreferenceWalk m_walkBefore;
    PreferenceWalk m_walkAfter;
    std::vector<Shift> m_shifts;
    std::vector<int> m_shiftOfNode; // index into m_shifts, or -1
    int m_count;
    std::vector<Slot> m_chosen;
};

} // namespace ringmaster
