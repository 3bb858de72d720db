// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/swim/balance.h"

#include "nodecore/membership/member.h"
#include "nodecore/ring/ring_plan.h"
#include "nodecore/ring/token_allocation.h"
#include "tests/support/virtual_time.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

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

void join(std::vector<RingMember>& members, const PlacedNode& node, Random& random)
{
    RingMember joiner{NodeId{random.next()}, {}, node.zone, node.capacity};
    joiner.tokens = allocateTokens(members, joiner, tokensFor(tokens, node.capacity), replicas, random);
    members.push_back(std::move(joiner));
}

int crowdedSlots(const HashRing& ring, const std::vector<RingMember>& members)
{
    std::map<NodeId, QString> zoneOf;
    std::set<QString> zones;
    for (const RingMember& member : members) {
        zoneOf[member.node] = member.zone;
        zones.insert(member.zone);
    }
    int crowded = 0;
    for (size_t i = 0; i < ring.tokens().size(); ++i) {
        const std::vector<NodeId>& list = ring.preferenceList(ring.tokens()[i].slot);
        std::set<QString> met;
        for (const NodeId node : list)
            met.insert(zoneOf[node]);
        crowded += met.size() < std::min(list.size(), zones.size()) ? ring.rangeOfToken(i).slots() : 0;
    }
    return crowded;
}

} // namespace

ShareMeasure measureShares(const std::vector<PlacedNode>& nodes, int replaced, quint64 seed)
{
    SeededRandom random(seed);
    std::vector<RingMember> members;
    for (const PlacedNode& node : nodes)
        join(members, node, random);
    for (int i = 0; i < replaced; ++i) {
        const RingMember left = members.front();
        members.erase(members.begin());
        join(members, {left.zone, left.capacity}, random);
    }
    const HashRing ring(members, replicas);
    double capacities = 0;
    for (const RingMember& member : members)
        capacities += member.capacity;
    ShareMeasure measure;
    measure.least = std::numeric_limits<double>::infinity();
    for (const RingMember& member : members) {
        const double share = slotCount * member.capacity / capacities;
        const double replica = ring.replicaSlots(member.node) / (share * replicas);
        measure.primary = std::max(measure.primary, ring.primarySlots(member.node) / share);
        measure.replica = std::max(measure.replica, replica);
        measure.least = std::min(measure.least, replica);
    }
    measure.crowded = crowdedSlots(ring, members);
    return measure;
}

std::vector<BalanceMeasure> measureBalance(const std::vector<int>& sizes, quint64 seed)
{
    constexpr int allUpTo = 100;
    const std::set<int> asked(sizes.begin(), sizes.end());
    SeededRandom random(seed);
    std::vector<BalanceMeasure> measures;
    std::vector<RingMember> members;
    for (int size = 1; size <= *asked.rbegin(); ++size) {
        const std::vector<RingMember> before = members;
        join(members, {}, random);
        if (size >= replicas && (size <= allUpTo || asked.count(size) > 0))
            measures.push_back(
                balanceOf(planRing(HashRing(before, replicas), HashRing(members, replicas)), size));
    }
    return measures;
}

} // namespace ringmaster::sim
