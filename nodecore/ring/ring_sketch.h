// SPDX-License-Identifier: GPL-3.0-or-later
// A ring as a token allocator sees it: cheap to change, and cheap to ask what a change would do to the loads.
//
// The joiner is on it from the start, without tokens where it is not on the HashRing. Nodes and ranges are
// indexes: the nodes of the HashRing in their order and then the joiner, where it is not one of them; the
// ranges in the order of the tokens in which they end.
#pragma once

#include "nodecore/ring/hash_ring.h"
#include "nodecore/ring/preference_walk.h"

#include <optional>

namespace ringmaster {

// In slots: what a node has, and what is fair by capacity.
struct NodeLoad {
    double primaryShare = 0;
    double replicaShare = 0;
    double primary = 0;
    double replica = 0;

    double primaryExcess() const { return primary / primaryShare - 1; } // in shares
};

// A token of the joiner in a range, so that it takes the first size slots. 0 < size < the range's length.
struct RangeCut {
    size_t range = 0;
    int size = 0;
};

// What a node wins (or loses) as a replica by a cut: a fixed number, of the ranges behind it, and cutSlots
// for each slot of the cut.
struct ReplicaShift {
    int node = 0;
    int fixed = 0;
    int cutSlots = 0;

    int slots(const RangeCut& cut) const { return fixed + cutSlots * cut.size; }
};

class RingSketch {
public:
    // ring is that of members and has tokens. Capacities that are no positive number count as 1.
    RingSketch(const HashRing& ring, const std::vector<RingMember>& members, const RingMember& joiner);

    Q_DISABLE_COPY_MOVE(RingSketch) // the walks refer to its zones

    int joiner() const { return m_joiner; }
    int nodes() const { return static_cast<int>(m_loads.size()); }
    int replicas() const { return m_replicas; }
    const NodeLoad& loadOf(int node) const { return m_loads[static_cast<size_t>(node)]; }

    size_t ranges() const { return m_marks.size(); }
    int ownerOf(size_t range) const { return m_marks[range].node; }
    int lengthOf(size_t range) const;

    // Who wins and loses what as a replica by a cut in that range. Near enough where lists reach far around
    // the ring. Valid until the next call.
    const std::vector<ReplicaShift>& shiftsOf(size_t range);
    // Makes the cut and returns its token.
    Slot make(const RangeCut& cut);

private:
    struct Mark {
        int slot;
        int node;
    };

    void takeShares(const std::vector<double>& capacities);
    // The list of the range, if the joiner stood before the token of joinerBefore.
    const std::vector<int>& listOf(PreferenceWalk& walk, size_t range,
                                   std::optional<size_t> joinerBefore) const;
    ReplicaShift& shiftOf(int node);

    const int m_joiner;
    const int m_replicas;
    std::vector<Mark> m_marks; // by slot
    std::vector<NodeLoad> m_loads;
    const ZoneIndex m_zones;
    PreferenceWalk m_walkBefore;
    PreferenceWalk m_walkAfter;
    std::vector<ReplicaShift> m_shifts;
    std::vector<int> m_shiftOfNode; // index into m_shifts, or -1
};

} // namespace ringmaster
