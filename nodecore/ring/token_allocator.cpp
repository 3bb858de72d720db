// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/ring/token_allocator.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace ringmaster {

namespace {

// Balance comes from trying many candidates, not from knowing each one's cost to the slot: these bound the
// work where a list reaches far around the ring (few zones, or many replicas).
constexpr size_t mostMarksWalked = 256;
constexpr size_t mostRangesChanged = 64;
constexpr int candidateReplicas = 288; // candidates for a token times replicas
constexpr int leastCandidates = 8;
constexpr int mostCandidates = 96;
constexpr int cutEighths[] = {4, 6, 8, 10, 12}; // of the size that would do
// A node gives where its excess is at least this part of the largest excess; then the next part is tried.
constexpr double givingExcess[] = {0.4, 0.1};
// A slot too many as a primary counts as much as this many as a replica: primaries coordinate.
constexpr double primaryWeight = 2.0;
// A little for cutting long ranges in halves. Without it a stretch of long ranges stays for ever: with more
// nodes a token there makes its node a replica of more than its whole share, so nobody takes one, and the
// stretch's owners stand out more with each join.
constexpr double evennessWeight = 0.05;

// How much farther a load is from its share after it has grown.
double worsening(double load, double growth, double share)
{
    const double before = load - share;
    const double after = before + growth;
    return (after * after - before * before) / share;
}

double capacityOf(const RingMember& member)
{
    return std::isfinite(member.capacity) && member.capacity > 0 ? std::clamp(member.capacity, 1e-3, 1e3)
                                                                 : 1.0;
}

int indexOf(const std::vector<NodeId>& nodes, NodeId node)
{
    return static_cast<int>(std::lower_bound(nodes.begin(), nodes.end(), node) - nodes.begin());
}

std::vector<QString> zonesOf(const HashRing& ring, const std::vector<RingMember>& members,
                             const RingMember& joiner)
{
    std::vector<QString> zones(ring.nodes().size() + 1);
    for (const RingMember& member : members) {
        const auto at = static_cast<size_t>(indexOf(ring.nodes(), member.node));
        if (at < ring.nodes().size() && ring.nodes()[at] == member.node)
            zones[at] = member.zone;
    }
    zones.back() = joiner.zone;
    return zones;
}

} // namespace

TokenAllocator::TokenAllocator(const HashRing& ring, const std::vector<RingMember>& members,
                               const RingMember& joiner, int count, Random& random)
    : m_joiner(static_cast<int>(ring.nodes().size()))
    , m_replicas(std::min(ring.replicas(), m_joiner + 1))
    , m_random(random)
    , m_loads(ring.nodes().size() + 1)
    , m_zones(zonesOf(ring, members, joiner))
    , m_walkBefore(m_zones, m_replicas)
    , m_walkAfter(m_zones, m_replicas)
    , m_shiftOfNode(m_loads.size(), -1)
    , m_count(count)
{
    for (size_t i = 0; i < ring.tokens().size(); ++i) {
        const Token& token = ring.tokens()[i];
        const int node = indexOf(ring.nodes(), token.node);
        const int slots = ring.rangeOfToken(i).slots();
        m_marks.push_back(Mark{token.slot.value, node});
        m_loads[static_cast<size_t>(node)].primary += slots;
        for (const NodeId holder : ring.preferenceList(token.slot))
            m_loads[static_cast<size_t>(indexOf(ring.nodes(), holder))].replica += slots;
    }
    std::vector<double> capacities(m_loads.size(), 1.0);
    for (const RingMember& member : members) {
        const auto at = static_cast<size_t>(indexOf(ring.nodes(), member.node));
        if (at < ring.nodes().size() && ring.nodes()[at] == member.node)
            capacities[at] = capacityOf(member);
    }
    capacities.back() = capacityOf(joiner);
    takeShares(capacities);
    // A token takes a slot at least.
    m_count = std::min(m_count, std::max(1, static_cast<int>(std::round(m_loads.back().primaryShare))));
}

void TokenAllocator::takeShares(const std::vector<double>& capacities)
{
    const double all = std::accumulate(capacities.begin(), capacities.end(), 0.0);
    for (size_t i = 0; i < m_loads.size(); ++i) {
        m_loads[i].primaryShare = slotCount * capacities[i] / all;
        m_loads[i].replicaShare = std::min<double>(slotCount, m_replicas * m_loads[i].primaryShare);
    }
}

std::vector<Slot> TokenAllocator::allocate()
{
    for (int left = m_count; left > 0 && cutNext(left); --left) {
    }
    std::sort(m_chosen.begin(), m_chosen.end());
    return m_chosen;
}

int TokenAllocator::lengthOf(size_t at) const
{
    if (at == 0)
        return m_marks[0].slot + slotCount - m_marks.back().slot;
    return m_marks[at].slot - m_marks[at - 1].slot;
}

bool TokenAllocator::cutNext(int tokensLeft)
{
    const Load& joiner = m_loads.back();
    const double missing = std::max(1.0, std::round(joiner.primaryShare)) - joiner.primary;
    if (missing < 1)
        return false;
    const int size = static_cast<int>(std::max(1.0, std::round(missing / tokensLeft)));
    const double partDone = 1.0 - static_cast<double>(tokensLeft - 1) / m_count;
    Cut best;
    double least = std::numeric_limits<double>::infinity();
    for (const size_t at : candidates(size)) {
        findShifts(at);
        for (const int eighths : cutEighths) {
            // The last token makes the share exact.
            const int wanted = tokensLeft == 1 ? size : size * eighths / 8;
            const Cut cut{at, std::clamp(wanted, 1, lengthOf(at) - 1)};
            const double cost = costOf(cut, partDone);
            if (cost < least) {
                least = cost;
                best = cut;
            }
        }
    }
    if (best.size == 0)
        return false;
    apply(best);
    return true;
}

std::vector<size_t> TokenAllocator::candidates(int size)
{
    const auto wanted = static_cast<size_t>(
        std::clamp(candidateReplicas / std::max(1, m_replicas), leastCandidates, mostCandidates));
    std::vector<size_t> drawn = rangesOfGivers(size, wanted);
    draw(drawn, wanted);
    std::vector<size_t> relieving = rangesThatRelieve();
    draw(relieving, wanted / 2);
    drawn.insert(drawn.end(), relieving.begin(), relieving.end());
    return drawn;
}

double TokenAllocator::excessOf(int node) const
{
    const Load& load = m_loads[static_cast<size_t>(node)];
    return load.primary / load.primaryShare - 1;
}

// Ranges longer than size of nodes with a large excess; where they are too few to choose from, of nodes with
// less; where there are none, all that can be split.
std::vector<size_t> TokenAllocator::rangesOfGivers(int size, size_t wanted) const
{
    double most = 0;
    for (int node = 0; node < m_joiner; ++node)
        most = std::max(most, excessOf(node));
    std::vector<size_t> ranges;
    for (const double part : givingExcess) {
        ranges.clear();
        for (size_t at = 0; at < m_marks.size(); ++at) {
            const int owner = m_marks[at].node;
            if (owner != m_joiner && lengthOf(at) > size && excessOf(owner) >= most * part)
                ranges.push_back(at);
        }
        if (ranges.size() >= wanted)
            return ranges;
    }
    for (size_t at = 0; ranges.empty() && at < m_marks.size(); ++at) {
        if (m_marks[at].node != m_joiner && lengthOf(at) > 1)
            ranges.push_back(at);
    }
    return ranges;
}

// The ranges just behind the tokens of the node with most replicas for its share: a cut there pushes it off
// the end of their preference lists.
std::vector<size_t> TokenAllocator::rangesThatRelieve() const
{
    int fullest = 0;
    double most = 0;
    for (int node = 0; node < m_joiner; ++node) {
        const Load& load = m_loads[static_cast<size_t>(node)];
        if (load.replica / load.replicaShare > most) {
            most = load.replica / load.replicaShare;
            fullest = node;
        }
    }
    std::vector<size_t> ranges;
    const size_t behind = std::min(m_marks.size(), static_cast<size_t>(std::max(1, m_replicas)));
    for (size_t token = 0; token < m_marks.size(); ++token) {
        if (m_marks[token].node != fullest)
            continue;
        for (size_t i = 1; i < behind; ++i) {
            const size_t at = (token + m_marks.size() - i) % m_marks.size();
            if (m_marks[at].node != m_joiner && lengthOf(at) > 1 && excessOf(m_marks[at].node) > 0)
                ranges.push_back(at);
        }
    }
    return ranges;
}

// Leaves as many as are wanted: the front of a shuffle.
void TokenAllocator::draw(std::vector<size_t>& pool, size_t wanted)
{
    const size_t drawn = std::min(pool.size(), wanted);
    for (size_t i = 0; i < drawn; ++i)
        std::swap(pool[i], pool[i + m_random.below(pool.size() - i)]);
    pool.resize(drawn);
}

double TokenAllocator::costOf(const Cut& cut, double partDone) const
{
    const Load& owner = m_loads[static_cast<size_t>(m_marks[cut.at].node)];
    const Load& joiner = m_loads.back();
    double cost = primaryWeight * worsening(owner.primary, -cut.size, owner.primaryShare) +
                  primaryWeight * worsening(joiner.primary, cut.size, joiner.primaryShare * partDone);
    const double cutFromSquares = 2.0 * cut.size * (lengthOf(cut.at) - cut.size); // of the ranges' lengths
    cost -= evennessWeight * cutFromSquares * m_count / joiner.primaryShare;
    for (const Shift& shift : m_shifts) {
        const Load& load = m_loads[static_cast<size_t>(shift.node)];
        const double share = load.replicaShare * (shift.node == m_joiner ? partDone : 1.0);
        cost += worsening(load.replica, shift.fixed + shift.cutSlots * cut.size, share);
    }
    return cost;
}

void TokenAllocator::apply(const Cut& cut)
{
    findShifts(cut.at);
    for (const Shift& shift : m_shifts)
        m_loads[static_cast<size_t>(shift.node)].replica += shift.fixed + shift.cutSlots * cut.size;
    m_loads[static_cast<size_t>(m_marks[cut.at].node)].primary -= cut.size;
    m_loads.back().primary += cut.size;
    const int start = m_marks[cut.at].slot - lengthOf(cut.at);
    const int slot = (start + cut.size + slotCount) % slotCount;
    m_chosen.push_back(Slot{static_cast<quint16>(slot)});
    const auto behind = std::upper_bound(m_marks.begin(), m_marks.end(), slot,
                                         [](int s, const Mark& mark) { return s < mark.slot; });
    m_marks.insert(behind, Mark{slot, m_joiner});
}

const std::vector<int>& TokenAllocator::listOf(PreferenceWalk& walk, size_t at,
                                               std::optional<size_t> joinerBefore) const
{
    walk.restart();
    const size_t steps = std::min(m_marks.size(), mostMarksWalked);
    for (size_t i = 0; i < steps; ++i) {
        const size_t next = (at + i) % m_marks.size();
        if ((next == joinerBefore && walk.meet(m_joiner)) || walk.meet(m_marks[next].node))
            break;
    }
    return walk.finish();
}

void TokenAllocator::findShifts(size_t at)
{
    for (const Shift& shift : m_shifts)
        m_shiftOfNode[static_cast<size_t>(shift.node)] = -1;
    m_shifts.clear();
    const size_t ranges = std::min(m_marks.size(), mostRangesChanged);
    for (size_t i = 0; i < ranges; ++i) {
        const size_t range = (at + m_marks.size() - i) % m_marks.size();
        const std::vector<int>& before = listOf(m_walkBefore, range, std::nullopt);
        const std::vector<int>& after = listOf(m_walkAfter, range, at);
        // What does not change for this range does not for those behind it: they meet all that it meets,
        // and more, before they come to the joiner.
        if (before == after)
            break;
        // Of the range itself the joiner changes only what it cuts off.
        const int fixed = i == 0 ? 0 : lengthOf(range);
        const int cutSlots = i == 0 ? 1 : 0;
        for (const int node : before) {
            shiftOf(node).fixed -= fixed;
            shiftOf(node).cutSlots -= cutSlots;
        }
        for (const int node : after) {
            shiftOf(node).fixed += fixed;
            shiftOf(node).cutSlots += cutSlots;
        }
    }
}

TokenAllocator::Shift& TokenAllocator::shiftOf(int node)
{
    int& at = m_shiftOfNode[static_cast<size_t>(node)];
    if (at < 0) {
        at = static_cast<int>(m_shifts.size());
        m_shifts.push_back(Shift{node, 0, 0});
    }
    return m_shifts[static_cast<size_t>(at)];
}

} // namespace ringmaster
