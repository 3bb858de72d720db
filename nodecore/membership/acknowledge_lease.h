// SPDX-License-Identifier: GPL-3.0-or-later
// Whether this node may acknowledge requests although the others may remove it by themselves
// (--auto-remove-after): a lease, of which the ring's other members each grant a part.
//
// The promise: as long as the lease is held, no majority of the ring agrees to remove this node. Each member
// that was asked at t, on this node's clock, and granted, has had a message of this node at t or later, so it
// agrees to a removal of this node only removeAfter later, on its own clock (absence_watch.h). Both clocks
// are monotonic, and their rates differ by 1 % at most; so this node counts the grant for removeAfter less
// `margin`, from when the question left. A majority cannot agree while half of the ring's members, this node
// among them, do not: those are needed, and no more. (Of a ring of four halves may go on on both sides of a
// cut, since neither can remove the other; of a ring of two each.) A vote under way does no harm: a voter
// grants nothing until its vote counts no more.
//
// Without the lease this node neither acknowledges writes nor answers reads. Writes: their copies may all be
// on members that are being removed. Reads: the others may have taken newer writes with a full quorum of a
// ring that this node does not know, so "absent" and an old value would both break what R + W > N promises. A
// node that is not on the ring needs half of those that are: none of them can have been removed then.
//
// An operator's removal asks for no lease: it takes a majority or --force, and what the removed members
// acknowledged until they heard of it they give back. A plain value.
#pragma once

#include "nodecore/base/types.h"

#include <algorithm>
#include <map>
#include <vector>

namespace ringmaster {

class AcknowledgeLease {
public:
    // removeAfter: 0: nobody removes this node by itself, and the lease is always held.
    explicit AcknowledgeLease(Duration removeAfter)
        : m_removeAfter(removeAfter)
    {}

    bool isNeeded() const { return m_removeAfter > Duration{0}; }
    // Both clocks off by 1 % in opposite ways, and as much again for what nobody has thought of.
    Duration length() const { return m_removeAfter - margin(); }
    // How often to ask for grants.
    Duration askEvery() const
    {
        return std::clamp<Duration>(m_removeAfter / 10, std::chrono::milliseconds(500),
                                    std::chrono::seconds(30));
    }

    // asked: when the question that this answers left this node.
    void granted(NodeId by, MonoTime asked)
    {
        const auto [found, isNew] = m_granted.try_emplace(by, asked);
        if (!isNew)
            found->second = std::max(found->second, asked);
    }

    bool isHeld(NodeId self, const std::vector<NodeId>& ring, MonoTime now) const
    {
        if (!isNeeded())
            return true;
        const auto grants = std::count_if(ring.begin(), ring.end(), [&](NodeId member) {
            const auto found = m_granted.find(member);
            return member == self || (found != m_granted.end() && now - found->second < length());
        });
        return 2 * static_cast<size_t>(grants) >= ring.size();
    }

private:
    Duration margin() const { return m_removeAfter / 25; }

    Duration m_removeAfter;
    std::map<NodeId, MonoTime> m_granted; // by whom, for the question of when
};

} // namespace ringmaster
