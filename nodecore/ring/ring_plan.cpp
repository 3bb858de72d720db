// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/ring/ring_plan.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>

namespace ringmaster {

namespace {

// The longest ranges within which neither ring changes its mind, in order, none around the top.
std::vector<SlotRange> commonRanges(const HashRing& before, const HashRing& after)
{
    std::vector<Slot> ends{lastSlot};
    for (const HashRing* ring : {&before, &after}) {
        for (const Token& token : ring->tokens())
            ends.push_back(token.slot);
    }
    std::sort(ends.begin(), ends.end());
    ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
    std::vector<SlotRange> ranges;
    quint16 first = 0;
    for (const Slot end : ends) {
        ranges.push_back(SlotRange{Slot{first}, end});
        first = static_cast<quint16>(end.value + 1);
    }
    return ranges;
}

// Those of list that are not in without, in the order of list.
std::vector<NodeId> difference(const std::vector<NodeId>& list, const std::vector<NodeId>& without)
{
    std::vector<NodeId> rest;
    std::copy_if(list.begin(), list.end(), std::back_inserter(rest), [&](NodeId node) {
        return std::find(without.begin(), without.end(), node) == without.end();
    });
    return rest;
}

// Joins what follows one another and is alike but for the range; needs them sorted.
template <class T, class Alike>
void joinNeighbours(std::vector<T>& parts, Alike alike)
{
    std::vector<T> joined;
    for (const T& part : parts) {
        const bool follows = !joined.empty() && alike(joined.back(), part) &&
                             joined.back().range.last.value + 1 == part.range.first.value;
        if (follows)
            joined.back().range.last = part.range.last;
        else
            joined.push_back(part);
    }
    parts = std::move(joined);
}

void addMoves(RingPlan& plan, SlotRange range, const std::vector<NodeId>& before,
              const std::vector<NodeId>& after)
{
    const std::vector<NodeId> gaining = difference(after, before);
    const std::vector<NodeId> losing = difference(before, after);
    for (size_t i = 0; i < gaining.size(); ++i) {
        const NodeId anyHolder = before.empty() ? gaining[i] : before.front();
        plan.moves.push_back(RingMove{range, i < losing.size() ? losing[i] : anyHolder, gaining[i]});
    }
    for (const NodeId node : losing)
        plan.losses.push_back(RingLoss{range, node});
}

std::vector<RingLoad> loadsOf(const HashRing& before, const HashRing& after)
{
    std::map<NodeId, RingLoad> loads;
    const auto add = [&loads](const HashRing& ring, int RingLoad::*primary, int RingLoad::*replica) {
        for (size_t i = 0; i < ring.tokens().size(); ++i) {
            const int slots = ring.rangeOfToken(i).slots();
            loads[ring.tokens()[i].node].*primary += slots;
            for (const NodeId holder : ring.preferenceList(ring.tokens()[i].slot))
                loads[holder].*replica += slots;
        }
    };
    add(before, &RingLoad::primaryBefore, &RingLoad::replicaBefore);
    add(after, &RingLoad::primaryAfter, &RingLoad::replicaAfter);
    std::vector<RingLoad> list;
    for (auto& [node, load] : loads) {
        load.node = node;
        list.push_back(load);
    }
    return list;
}

} // namespace

qint64 RingPlan::slotsMoved() const
{
    qint64 slots = 0;
    for (const RingMove& move : moves)
        slots += move.range.slots();
    return slots;
}

RingPlan planRing(const HashRing& before, const HashRing& after)
{
    RingPlan plan;
    for (const SlotRange range : commonRanges(before, after))
        addMoves(plan, range, before.preferenceList(range.last), after.preferenceList(range.last));

    std::sort(plan.moves.begin(), plan.moves.end(), [](const RingMove& a, const RingMove& b) {
        return std::tie(a.to, a.range.first, a.from) < std::tie(b.to, b.range.first, b.from);
    });
    joinNeighbours(plan.moves,
                   [](const RingMove& a, const RingMove& b) { return a.to == b.to && a.from == b.from; });
    std::sort(plan.losses.begin(), plan.losses.end(), [](const RingLoss& a, const RingLoss& b) {
        return std::tie(a.node, a.range.first) < std::tie(b.node, b.range.first);
    });
    joinNeighbours(plan.losses, [](const RingLoss& a, const RingLoss& b) { return a.node == b.node; });
    plan.loads = loadsOf(before, after);
    return plan;
}

} // namespace ringmaster
