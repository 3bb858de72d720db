// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/ring/token_rebalance.h"

#include "nodecore/ring/ring_sketch.h"
#include "nodecore/ring/token_allocation.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

namespace ringmaster {

namespace {

// Where tokens are few by hand a node takes more of them: one cut hardly fits all the loads that it changes.
constexpr double leastTokensAShare = 8;
// Each turn brings one node to its share, or nearer to it where the ranges to cut from are short.
constexpr int turnsANode = 16;

struct Receiver {
    NodeId node;
    int tokens = 0; // to take
};

// A member that owns no slot, because others have all its tokens. A HashRing does not list it, so a sketch
// has to be told of it; where there is none, any member does.
const RingMember& oneWithoutSlots(const HashRing& ring, const std::vector<RingMember>& members)
{
    const auto found = std::find_if(members.begin(), members.end(), [&](const RingMember& member) {
        return !std::binary_search(ring.nodes().begin(), ring.nodes().end(), member.node);
    });
    return found == members.end() ? members.front() : *found;
}

// Who lacks most of its share, where anybody's load is not even.
std::optional<Receiver> mostWanting(const HashRing& ring, const std::vector<RingMember>& members)
{
    const RingMember& joiner = oneWithoutSlots(ring, members);
    const RingSketch sketch(ring, members, joiner);
    double worst = 0;
    int neediest = 0;
    for (int node = 0; node < sketch.nodes(); ++node) {
        const double excess = sketch.loadOf(node).primaryExcess();
        worst = std::max(worst, std::abs(excess));
        if (excess < sketch.loadOf(neediest).primaryExcess())
            neediest = node;
    }
    const NodeLoad& load = sketch.loadOf(neediest);
    const double missing = load.primaryShare - load.primary;
    if (worst <= evenWithin || missing < 1)
        return std::nullopt;
    const double tokensAShare = static_cast<double>(ring.tokens().size()) * load.primaryShare / slotCount;
    const double tokens = std::max(tokensAShare, leastTokensAShare) * missing / load.primaryShare;
    const NodeId node =
        neediest == sketch.joiner() ? joiner.node : ring.nodes()[static_cast<size_t>(neediest)];
    return Receiver{node, static_cast<int>(std::ceil(tokens))};
}

// Those that end where the next range begins, which is the member's too; but not where another member would
// have the token then.
std::vector<Slot> withoutIdle(const RingMember& member, const HashRing& ring,
                              const std::map<Slot, int>& claimsBySlot)
{
    const std::vector<Token>& tokens = ring.tokens();
    std::vector<Slot> kept;
    std::copy_if(member.tokens.begin(), member.tokens.end(), std::back_inserter(kept), [&](Slot slot) {
        const auto at = std::lower_bound(tokens.begin(), tokens.end(), Token{slot, NodeId{}});
        const auto next = std::next(at) == tokens.end() ? tokens.begin() : std::next(at);
        return at->node != member.node || next->node != member.node || claimsBySlot.at(slot) > 1;
    });
    return kept;
}

} // namespace

std::vector<RingMember> rebalanceTokens(std::vector<RingMember> members, int replicas, Random& random)
{
    members.erase(std::remove_if(members.begin(), members.end(),
                                 [](const RingMember& member) { return member.tokens.empty(); }),
                  members.end());
    std::set<NodeId> moving;
    for (size_t turn = 0; turn < turnsANode * members.size(); ++turn) {
        const auto receiver = mostWanting(HashRing(members, replicas), members);
        if (!receiver)
            break;
        const auto found = std::find_if(members.begin(), members.end(), [&](const RingMember& member) {
            return member.node == receiver->node;
        });
        const std::vector<Slot> more = allocateTokens(members, *found, receiver->tokens, replicas, random);
        if (more.empty())
            break;
        found->tokens.insert(found->tokens.end(), more.begin(), more.end());
        std::sort(found->tokens.begin(), found->tokens.end());
        moving.insert(found->node);
    }
    const HashRing after(members, replicas);
    std::map<Slot, int> claimsBySlot;
    for (const RingMember& member : members) {
        for (const Slot slot : member.tokens)
            ++claimsBySlot[slot];
    }
    std::vector<RingMember> moved;
    for (const RingMember& member : members) {
        if (moving.find(member.node) == moving.end())
            continue;
        moved.push_back(member);
        moved.back().tokens = withoutIdle(member, after, claimsBySlot);
    }
    return moved;
}

} // namespace ringmaster
