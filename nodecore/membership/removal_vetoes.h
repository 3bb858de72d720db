// SPDX-License-Identifier: GPL-3.0-or-later
// Which removals cannot have ended without this node's word, so that it may take them back.
//
// A removal is written by whoever an operator asks, and ended by whoever sees that it is over; taken back by
// a third, it would be over for some and never have been for others, and two halves of a cluster would count
// by rings that need have no replica in common. But it ends only when each node that data comes to has said
// that it has it (ring_change.h). So one that has not said so yet decides alone: as long as it keeps silent,
// nobody ends the removal, on whatever side of a cut. A node that was started while the removal was under way
// may have said so before, and does not know: it decides nothing. A plain value.
#pragma once

#include "nodecore/base/types.h"

#include <set>

namespace ringmaster {

class RemovalVetoes {
public:
    // removals: the members that are being removed. isAwaited: data comes to this node, and it has not said
    // that it has it. To be told of every change of either.
    void look(const std::set<NodeId>& removals, bool isAwaited)
    {
        std::erase_if(m_held, [&](NodeId member) { return !isAwaited || !removals.contains(member); });
        for (const NodeId member : removals) {
            if (isAwaited && !m_known.contains(member))
                m_held.insert(member);
        }
        m_known = removals;
    }

    const std::set<NodeId>& held() const { return m_held; }

private:
    std::set<NodeId> m_known;
    std::set<NodeId> m_held;
};

} // namespace ringmaster
