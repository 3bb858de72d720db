// SPDX-License-Identifier: GPL-3.0-or-later
// What a change of the ring would do, before anything is done. Pure: of a member table and wishes.
#pragma once

#include "nodecore/base/result.h"
#include "nodecore/env/random.h"
#include "nodecore/membership/change_risk.h"
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
        // Moves of those who own too little, until the load is even (ring/token_rebalance.h).
        Rebalance,
    };
    Kind kind = Kind::Join;
    QString name;                 // of the node that changes; a Rebalance has none
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
    ChangeRisk risk;
};

// In their order, each on the ring that those before it lead to. Malformed or Conflict, with what is wrong:
// an unknown member, one twice, a join of one that is there, nobody left; a rebalance while the ring changes
// or a member of it cannot be reached.
[[nodiscard]] Result<ChangePlan> planChange(const MemberTable& members, const std::vector<ChangeWish>& wishes,
                                            const PlanRules& rules,
                                            const std::function<bool(NodeId)>& isReachable, Random& random);

} // namespace ringmaster
