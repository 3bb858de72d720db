// SPDX-License-Identifier: GPL-3.0-or-later
// Who owns which slots, and who holds the replicas of a slot.
//
// A token lies on a slot's end. Its node owns the range (previous token, token], which is a whole number of
// slots, clockwise and around the top. Where two nodes claim the same token, the smaller NodeId has it:
// every member decides alike without asking. An immutable value: a change of the ring makes another one.
// Looking up a slot takes constant time. Memory: 2 bytes a slot and the preference lists of the ranges.
// Anybody may read it from any thread.
#pragma once

#include "nodecore/base/types.h"
#include "nodecore/ring/preference_walk.h"

#include <QByteArray>
#include <QString>

#include <vector>

namespace ringmaster {

struct Token {
    Slot slot;
    NodeId node;
    friend auto operator<=>(const Token&, const Token&) = default;
};

// What the ring needs to know of a member.
struct RingMember {
    NodeId node;
    std::vector<Slot> tokens;
    QString zone; // replicas go to distinct zones first; empty: no zone
    double capacity = 1.0;
};

// Slots first..last inclusive, clockwise; first > last where it goes around the top.
struct SlotRange {
    Slot first;
    Slot last;
    int slots() const { return static_cast<quint16>(last.value - first.value) + 1; }
    friend bool operator==(SlotRange, SlotRange) = default;
};

class HashRing {
public:
    // A ring without tokens: no slot has an owner.
    HashRing();
    // replicas: how many nodes each preference list holds, where there are that many.
    HashRing(const std::vector<RingMember>& members, int replicas);

    bool isEmpty() const { return m_tokens.empty(); }
    // By slot, one a slot.
    const std::vector<Token>& tokens() const { return m_tokens; }
    const std::vector<NodeId>& nodes() const { return m_nodes; } // with at least one token, ascending
    int replicas() const { return m_replicas; }

    // The range that slot lies in, and who owns it. The ring must not be empty.
    SlotRange rangeOf(Slot slot) const;
    NodeId ownerOf(Slot slot) const;
    // All ranges, in the order of tokens(): the i-th ends in the i-th token.
    SlotRange rangeOfToken(size_t index) const;

    // The primaries of a slot: the first replicas() distinct nodes met walking clockwise, nodes of zones not
    // yet met first (a node without a zone is a zone of its own). Shorter where there are fewer nodes, empty
    // in an empty ring. Valid as long as the ring.
    const std::vector<NodeId>& preferenceList(Slot slot) const;
    bool isPrimary(NodeId node, Slot slot) const;
    // All nodes in the order in which they are asked for the slot: the primaries, then the fallbacks. Takes
    // time: it goes as far around the ring as it must to meet every node.
    std::vector<NodeId> walk(Slot slot) const;

    // Slots owned, and slots held as any of the replicas.
    int primarySlots(NodeId node) const;
    int replicaSlots(NodeId node) const;

    // Equal for equal tokens, zones and replicas, on every machine: 16 hexadecimal digits.
    QString digest() const;

private:
    void takeTokens(const std::vector<RingMember>& members);
    void takeNodes(const std::vector<RingMember>& members);
    void indexSlots();
    void fillPreferenceLists();
    std::vector<NodeId> nodesOf(const std::vector<int>& indexes) const;

    int m_replicas = 0;
    std::vector<Token> m_tokens;
    std::vector<NodeId> m_nodes;
    std::vector<QString> m_zones;                 // of m_nodes
    ZoneIndex m_zoneIndex;                        // of m_nodes
    std::vector<quint16> m_nodeOfToken;           // index into m_nodes, of m_tokens
    std::vector<quint16> m_tokenOfSlot;           // index into m_tokens; empty in an empty ring
    std::vector<std::vector<NodeId>> m_primaries; // by index into m_tokens
};

} // namespace ringmaster
