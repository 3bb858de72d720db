// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/ring/ring_sketch.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ringmaster {

namespace {

// These bound the work where a list reaches far around the ring (few zones, or many replicas).
constexpr size_t mostMarksWalked = 256;
constexpr size_t mostRangesChanged = 64;

double capacityOf(const RingMember& member)
{
    return std::isfinite(member.capacity) && member.capacity > 0 ? std::clamp(member.capacity, 1e-3, 1e3)
                                                                 : 1.0;
}

int indexOf(const std::vector<NodeId>& nodes, NodeId node)
{
    return static_cast<int>(std::lower_bound(nodes.begin(), nodes.end(), node) - nodes.begin());
}

// Its own where it is on the ring, else the one behind the last.
int indexOfJoiner(const HashRing& ring, const RingMember& joiner)
{
    const int at = indexOf(ring.nodes(), joiner.node);
    const bool isThere =
        at < static_cast<int>(ring.nodes().size()) && ring.nodes()[size_t(at)] == joiner.node;
    return isThere ? at : static_cast<int>(ring.nodes().size());
}

size_t nodesWith(const HashRing& ring, const RingMember& joiner)
{
    return std::max(ring.nodes().size(), static_cast<size_t>(indexOfJoiner(ring, joiner)) + 1);
}

std::vector<QString> zonesOf(const HashRing& ring, const std::vector<RingMember>& members,
                             const RingMember& joiner)
{
    std::vector<QString> zones(nodesWith(ring, joiner));
    for (const RingMember& member : members) {
        const auto at = static_cast<size_t>(indexOf(ring.nodes(), member.node));
        if (at < ring.nodes().size() && ring.nodes()[at] == member.node)
            zones[at] = member.zone;
    }
    zones[static_cast<size_t>(indexOfJoiner(ring, joiner))] = joiner.zone;
    return zones;
}

} // namespace

RingSketch::RingSketch(const HashRing& ring, const std::vector<RingMember>& members, const RingMember& joiner)
    : m_joiner(indexOfJoiner(ring, joiner))
    , m_replicas(std::min(ring.replicas(), static_cast<int>(nodesWith(ring, joiner))))
    , m_loads(nodesWith(ring, joiner))
    , m_zones(zonesOf(ring, members, joiner))
    , m_walkBefore(m_zones, m_replicas)
    , m_walkAfter(m_zones, m_replicas)
    , m_shiftOfNode(m_loads.size(), -1)
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
    capacities[static_cast<size_t>(m_joiner)] = capacityOf(joiner);
    takeShares(capacities);
}

void RingSketch::takeShares(const std::vector<double>& capacities)
{
    const double all = std::accumulate(capacities.begin(), capacities.end(), 0.0);
    for (size_t i = 0; i < m_loads.size(); ++i) {
        m_loads[i].primaryShare = slotCount * capacities[i] / all;
        m_loads[i].replicaShare = std::min<double>(slotCount, m_replicas * m_loads[i].primaryShare);
    }
}

int RingSketch::lengthOf(size_t range) const
{
    if (range == 0)
        return m_marks[0].slot + slotCount - m_marks.back().slot;
    return m_marks[range].slot - m_marks[range - 1].slot;
}

Slot RingSketch::make(const RangeCut& cut)
{
    for (const ReplicaShift& shift : shiftsOf(cut.range))
        m_loads[static_cast<size_t>(shift.node)].replica += shift.slots(cut);
    const Mark end = m_marks[cut.range];
    m_loads[static_cast<size_t>(end.node)].primary -= cut.size;
    m_loads[static_cast<size_t>(m_joiner)].primary += cut.size;
    const int slot = (end.slot - lengthOf(cut.range) + cut.size + slotCount) % slotCount;
    const auto behind = std::upper_bound(m_marks.begin(), m_marks.end(), slot,
                                         [](int s, const Mark& mark) { return s < mark.slot; });
    m_marks.insert(behind, Mark{slot, m_joiner});
    return Slot{static_cast<quint16>(slot)};
}

const std::vector<ReplicaShift>& RingSketch::shiftsOf(size_t range)
{
    for (const ReplicaShift& shift : m_shifts)
        m_shiftOfNode[static_cast<size_t>(shift.node)] = -1;
    m_shifts.clear();
    const size_t most = std::min(m_marks.size(), mostRangesChanged);
    for (size_t i = 0; i < most; ++i) {
        const size_t behind = (range + m_marks.size() - i) % m_marks.size();
        const std::vector<int>& before = listOf(m_walkBefore, behind, std::nullopt);
        const std::vector<int>& after = listOf(m_walkAfter, behind, range);
        // What does not change for this range does not for those behind it: they meet all that it meets,
        // and more, before they come to the joiner.
        if (before == after)
            break;
        // Of the range itself the joiner changes only what it cuts off.
        const int fixed = i == 0 ? 0 : lengthOf(behind);
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
    return m_shifts;
}

ReplicaShift& RingSketch::shiftOf(int node)
{
    int& at = m_shiftOfNode[static_cast<size_t>(node)];
    if (at < 0) {
        at = static_cast<int>(m_shifts.size());
        m_shifts.push_back(ReplicaShift{node, 0, 0});
    }
    return m_shifts[static_cast<size_t>(at)];
}

const std::vector<int>& RingSketch::listOf(PreferenceWalk& walk, size_t range,
                                           std::optional<size_t> joinerBefore) const
{
    walk.restart();
    const size_t steps = std::min(m_marks.size(), mostMarksWalked);
    for (size_t i = 0; i < steps; ++i) {
        const size_t next = (range + i) % m_marks.size();
        if ((next == joinerBefore && walk.meet(m_joiner)) || walk.meet(m_marks[next].node))
            break;
    }
    return walk.finish();
}

} // namespace ringmaster
