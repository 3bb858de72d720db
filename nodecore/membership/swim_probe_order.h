// SPDX-License-Identifier: GPL-3.0-or-later
// Whom to probe next: every member once a round, in an order that is shuffled anew for each round. So a dead
// member is probed within two rounds at the latest, and members do not all probe the same one at once.
#pragma once

#include "nodecore/base/types.h"
#include "nodecore/env/random.h"

#include <vector>

namespace ringmaster {

class SwimProbeOrder {
public:
    // At a random place, so that those who hear of it at the same time do not all probe it at the same time.
    void add(NodeId member, Random& random);
    void remove(NodeId member);
    size_t size() const { return m_members.size(); }
    // size() must not be 0.
    NodeId next(Random& random);
    NodeId any(Random& random) const { return m_members[random.below(m_members.size())]; }

private:
    std::vector<NodeId> m_members;
    size_t m_next = 0;
};

} // namespace ringmaster
