// SPDX-License-Identifier: GPL-3.0-or-later
// What is wrong with a planned change. While it is under way, because members cannot be reached: keys without
// a quorum, and data that cannot come to where it is to be. And for good, whoever can be reached: data that
// is gone, keys of which too few replicas are left for R or W, keys with fewer than N replicas. Pure.
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
    // Which keep fewer replicas than R or W needs, and lose one by the change: no key of them can be read, or
    // written, when the change is over.
    int slotsWithoutQuorumAfter = 0;
    // Which keep fewer than N replicas, and lose one by the change.
    int slotsBelowReplicasAfter = 0;
    // As long as these cannot be reached the change does not end: data comes to them, or what they hold is
    // needed to know that the data that comes to others is whole (RingChange).
    std::set<NodeId> waitsFor;
    // What the change costs for good, for a person: data, quorums, replicas. Without Force::Yes such a change
    // is refused. Empty where it costs nothing.
    QString consequence;
    // All of it, the consequence included, for a person; empty where nothing is wrong.
    QString words;
};

// The refusal of such a change, with how to have it all the same. act: "n2 cannot leave".
Error refusalOf(const ChangeRisk& risk, const QString& act);

// members: those of either ring, for their names. removed: those that the change removes or replaces.
ChangeRisk riskOf(const HashRing& before, const HashRing& after, const MemberTable& members,
                  const std::set<NodeId>& removed, const PlanRules& rules,
                  const std::function<bool(NodeId)>& isReachable);

} // namespace ringmaster
