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
    // Between two tokens, of either ring, nothing changes.
    std::set<Slot> ends;
    for (const HashRing* ring : {&m_current, &m_next}) {
        for (const Token& token : ring->tokens())
            ends.insert(token.slot);
    }
    std::set<NodeId> coming;
    for (const Slot slot : ends) {
        for (const NodeId node : incoming(slot)) {
            m_incoming.push_back({slot, node});
            coming.insert(node);
        }
    }
    m_incomingNodes.assign(coming.begin(), coming.end());
}

std::vector<Slot> RingView::incomingTo(NodeId node) const
{
    std::vector<Slot> slots;
    for (const Incoming& incoming : m_incoming) {
        if (incoming.node == node)
            slots.push_back(incoming.slot);
    }
    return slots;
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
