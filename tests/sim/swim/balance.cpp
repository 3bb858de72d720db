// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/swim/balance.h"

#include "nodecore/ring/ring_plan.h"
#include "nodecore/ring/token_allocation.h"
#include "tests/support/virtual_time.h"

#include <algorithm>

namespace ringmaster::sim {

namespace {

constexpr int replicas = 3;
constexpr int tokens = 64;

BalanceMeasure balanceOf(const RingPlan& plan, int nodes)
{
    BalanceMeasure measure{nodes, 0, 0, 0};
    const double share = static_cast<double>(slotCount) / nodes;
    const double held = share * std::min(replicas, nodes);
    for (const RingLoad& load : plan.loads) {
        measure.primary = std::max(measure.primary, load.primaryAfter / share);
        measure.replica = std::max(measure.replica, load.replicaAfter / held);
    }
    measure.moved = static_cast<double>(plan.slotsMoved()) / held;
    return measure;
}

} // namespace

std::vector<BalanceMeasure> measureBalance(int nodes, quint64 seed)
{
    SeededRandom random(seed);
    std::vector<BalanceMeasure> measures;
    std::vector<RingMember> members;
    HashRing ring(members, replicas);
    for (int size = 1; size <= nodes; ++size) {
        RingMember joiner{NodeId{random.next()}, {}, {}, 1.0};
        joiner.tokens = allocateTokens(members, joiner, tokens, replicas, random);
        members.push_back(std::move(joiner));
        HashRing grown(members, replicas);
        if (size >= replicas)
            measures.push_back(balanceOf(planRing(ring, grown), size));
        ring = std::move(grown);
    }
    return measures;
}

} // namespace ringmaster::sim
