// SPDX-License-Identifier: GPL-3.0-or-later
// What a change of the ring would do, before anything is done. Pure: of a member table and wishes.
#pragma once

#include "nodecore/base/result.h"
#include "nodecore/env/random.h"
#include "nodecore/membership/member_table.h"
#include "nodecore/ring/ring_plan.h"

#include <functional>

namespace ringmaster {

struct ChangeWish {
    enum class Kind : quint8 {
        Join,    // of a member that has no tokens, or of a node that is not there yet
        Leave,   // of a member that lives
        Remove,  // of one that is gone
        Move,    // of a member, to other tokens
        Replace, // a new node takes over the tokens of a member
    };
    Kind kind = Kind::Join;
    QString name;                 // of the node that changes
    std::vector<Slot> tokenSlots; // Join, Move: at these; Join without any: `tokens` of the planner's choice
    int tokens = 64;              // of a node of capacity 1; see tokensFor()
    QString zone;                 // Join of a node that is not there yet
    double capacity = 1.0;        // likewise
    QString replaces;             // Replace: whose tokens
};

struct ChangePlan {
    HashRing before;
    HashRing after;
    RingPlan moves;
    MemberTable members; // with those that are not there yet, for their names
    // Slots for which, while the change is under way, fewer replicas can be reached than a quorum needs: of
    // the ring as it is, or of what it becomes. And why, for a person; empty where there are none.
    int slotsAtRisk = 0;
    QString risk;
};

// Malformed or Conflict, with what is wrong: an unknown member, one twice, a join of one that is there,
// nobody left. quorum: the larger of R and W.
[[nodiscard]] Result<ChangePlan> planChange(const MemberTable& members, const std::vector<ChangeWish>& wishes,
                                            int replicas, int quorum,
                                            const std::function<bool(NodeId)>& isReachable, Random& random);

} // namespace ringmaster
