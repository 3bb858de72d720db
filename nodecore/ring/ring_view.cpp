// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/ring/ring_view.h"

#include <algorithm>
#include <iterator>
#include <set>

namespace ringmaster {

namespace {

quint64 digestOf(const HashRing& current, const HashRing& next)
{
    // Each is made of 16 hexadecimal digits. Not symmetric: a change and the way back are two things.
    const quint64 first = current.digest().toULongLong(nullptr, 16);
    const quint64 second = next.digest().toULongLong(nullptr, 16);
    return first * 31 + second;
}

} // namespace

RingView::RingView(HashRing current, HashRing next)
    : m_current(std::move(current))
    , m_isChanging(next.digest() != m_current.digest())
    , m_digest(digestOf(m_current, next))
{
    if (!m_isChanging) {
        m_nodes = m_current.nodes();
        return;
    }
    m_next = std::move(next);
    std::set_union(m_current.nodes().begin(), m_current.nodes().end(), m_next.nodes().begin(),
                   m_next.nodes().end(), std::back_inserter(m_nodes));
    std::set<NodeId> coming;
    for (int i = 0; i < slotCount; ++i) {
        const Slot slot{static_cast<quint16>(i)};
        for (const NodeId node : m_next.preferenceList(slot)) {
            if (!m_current.isPrimary(node, slot))
                coming.insert(node);
        }
    }
    m_incomingNodes.assign(coming.begin(), coming.end());
}

std::vector<NodeId> RingView::incoming(Slot slot) const
{
    std::vector<NodeId> nodes;
    if (!m_isChanging)
        return nodes;
    for (const NodeId node : m_next.preferenceList(slot)) {
        if (!m_current.isPrimary(node, slot))
            nodes.push_back(node);
    }
    return nodes;
}

} // namespace ringmaster
