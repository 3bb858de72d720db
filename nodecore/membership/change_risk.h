// SPDX-License-Identifier: GPL-3.0-or-later
// What stands in the way of a planned change because members cannot be reached: keys without a quorum while
// it is under way, data that cannot come to where it is to be, and data that is gone. Pure.
#pragma once

#include "nodecore/membership/member_table.h"

#include <functional>
#include <set>

namespace ringmaster {

// What is the same for the whole cluster.
struct PlanRules {
    int replicas = 3;
    int readQuorum = 2;
    int writeQuorum = 2;
};

struct ChangeRisk {
    // Slots for which, while the change is under way, fewer replicas can be reached than a quorum needs: of
    // the ring as it is, or of what it becomes.
    int slotsAtRisk = 0;
    // All of whose replicas are removed or replaced: what they held is lost.
    int slotsLost = 0;
    // As long as these cannot be reached the change does not end: data comes to them, or what they hold is
    // needed to know that the data that comes to others is whole (RingChange).
    std::set<NodeId> waitsFor;
    // All of it, for a person; empty where nothing is in the way.
    QString words;
};

// members: those of either ring, for their names. removed: those that the change removes or replaces.
ChangeRisk riskOf(const HashRing& before, const HashRing& after, const MemberTable& members,
                  const std::set<NodeId>& removed, const PlanRules& rules,
                  const std::function<bool(NodeId)>& isReachable);

} // namespace ringmaster
