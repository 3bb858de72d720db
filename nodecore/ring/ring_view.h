// SPDX-License-Identifier: GPL-3.0-or-later
// The ring as it is, and the ring that it becomes while members join, leave or move: two rings that count
// together until the change is over, as in a joint consensus (Ongaro, Ousterhout 2014, section 6): whoever
// reads or writes meanwhile needs its quorum in both, so that one that knows of the change already and one
// that does not yet, or no more, always have a replica in common. An immutable value.
#pragma once

#include "nodecore/ring/hash_ring.h"

#include <algorithm>

namespace ringmaster {

class RingView {
public:
    RingView() = default;
    RingView(HashRing current, HashRing next);

    const HashRing& current() const { return m_current; }
    // What it becomes; the same as current() where nothing changes.
    const HashRing& next() const { return m_isChanging ? m_next : m_current; }
    bool isChanging() const { return m_isChanging; }

    // A replica of the slot, now or when the change is over.
    bool holds(NodeId node, Slot slot) const
    {
        return m_current.isPrimary(node, slot) || (m_isChanging && m_next.isPrimary(node, slot));
    }
    // It becomes a replica of the slot: data has to come to it.
    bool isIncoming(NodeId node, Slot slot) const
    {
        return m_isChanging && m_next.isPrimary(node, slot) && !m_current.isPrimary(node, slot);
    }
    // The nodes that the slot comes to, in the order of the next preference list.
    std::vector<NodeId> incoming(Slot slot) const;
    // The nodes that any slot comes to, ascending.
    const std::vector<NodeId>& incomingNodes() const { return m_incomingNodes; }
    // A slot of each range that comes to node: its replicas are those of the whole range.
    std::vector<Slot> incomingTo(NodeId node) const;
    // Of both rings, ascending.
    const std::vector<NodeId>& nodes() const { return m_nodes; }
    // The ring is known, and the node has no tokens, now or when the change is over.
    bool isOutside(NodeId node) const
    {
        return !m_nodes.empty() && !std::binary_search(m_nodes.begin(), m_nodes.end(), node);
    }

    // Equal for equal rings, on every machine.
    quint64 digest() const { return m_digest; }

private:
    HashRing m_current;
    HashRing m_next;
    bool m_isChanging = false;
    struct Incoming {
        Slot slot; // the last of a range that has the same replicas all over, in both rings
        NodeId node;
    };
    std::vector<Incoming> m_incoming;
    std::vector<NodeId> m_incomingNodes;
    std::vector<NodeId> m_nodes;
    quint64 m_digest = 0;
};

} // namespace ringmaster
