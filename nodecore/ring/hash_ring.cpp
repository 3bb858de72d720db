// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/ring/hash_ring.h"

#include "nodecore/base/bytes.h"

#include <QCryptographicHash>

#include <algorithm>

namespace ringmaster {

namespace {

// The nodes in the order in which a walk clockwise meets them first. Going backwards over the tokens, each
// token's node comes to the front: so the order is kept for every token in constant time, however far
// around the ring the last node may be.
class MeetingOrder {
public:
    explicit MeetingOrder(size_t nodes)
        : m_next(nodes + 1)
        , m_previous(nodes + 1)
        , m_end(static_cast<int>(nodes))
    {
        for (int i = 0; i <= m_end; ++i) {
            m_next[at(i)] = i == m_end ? 0 : i + 1;
            m_previous[at(i)] = i == 0 ? m_end : i - 1;
        }
    }

    void moveToFront(int node)
    {
        link(m_previous[at(node)], m_next[at(node)]);
        const int first = m_next[at(m_end)];
        link(m_end, node);
        link(node, first);
    }

    int first() const { return m_next[at(m_end)]; }
    int after(int node) const { return m_next[at(node)]; }
    int end() const { return m_end; }

private:
    static size_t at(int i) { return static_cast<size_t>(i); }
    void link(int before, int after)
    {
        m_next[at(before)] = after;
        m_previous[at(after)] = before;
    }

    std::vector<int> m_next; // a circle through all nodes and m_end
    std::vector<int> m_previous;
    int m_end;
};

} // namespace

HashRing::HashRing() = default;

HashRing::HashRing(const std::vector<RingMember>& members, int replicas)
    : m_replicas(std::max(0, replicas))
{
    takeTokens(members);
    takeNodes(members);
    indexSlots();
    fillPreferenceLists();
}

void HashRing::takeTokens(const std::vector<RingMember>& members)
{
    for (const RingMember& member : members) {
        for (const Slot slot : member.tokens)
            m_tokens.push_back(Token{slot, member.node});
    }
    // By slot, then by node: of those who claim one slot the smallest stays.
    std::sort(m_tokens.begin(), m_tokens.end());
    const auto sameSlot = [](const Token& a, const Token& b) { return a.slot == b.slot; };
    m_tokens.erase(std::unique(m_tokens.begin(), m_tokens.end(), sameSlot), m_tokens.end());
}

void HashRing::takeNodes(const std::vector<RingMember>& members)
{
    for (const Token& token : m_tokens)
        m_nodes.push_back(token.node);
    std::sort(m_nodes.begin(), m_nodes.end());
    m_nodes.erase(std::unique(m_nodes.begin(), m_nodes.end()), m_nodes.end());
    m_zones.resize(m_nodes.size());
    for (const RingMember& member : members) {
        const auto at = std::lower_bound(m_nodes.begin(), m_nodes.end(), member.node);
        if (at != m_nodes.end() && *at == member.node)
            m_zones[static_cast<size_t>(at - m_nodes.begin())] = member.zone;
    }
    m_zoneIndex = ZoneIndex(m_zones);
    m_nodeOfToken.reserve(m_tokens.size());
    for (const Token& token : m_tokens) {
        const auto at = std::lower_bound(m_nodes.begin(), m_nodes.end(), token.node);
        m_nodeOfToken.push_back(static_cast<quint16>(at - m_nodes.begin()));
    }
}

void HashRing::indexSlots()
{
    if (m_tokens.empty())
        return;
    m_tokenOfSlot.reserve(slotCount);
    for (size_t i = 0; i < m_tokens.size(); ++i)
        m_tokenOfSlot.resize(size_t{m_tokens[i].slot.value} + 1, static_cast<quint16>(i));
    m_tokenOfSlot.resize(slotCount, 0); // beyond the last token the first one follows
}

void HashRing::fillPreferenceLists()
{
    MeetingOrder order(m_nodes.size());
    for (auto node = m_nodeOfToken.rbegin(); node != m_nodeOfToken.rend(); ++node)
        order.moveToFront(*node);

    PreferenceWalk walk(m_zoneIndex, std::min(m_replicas, static_cast<int>(m_nodes.size())));
    m_primaries.resize(m_tokens.size());
    for (size_t i = m_tokens.size(); i-- > 0;) {
        order.moveToFront(m_nodeOfToken[i]);
        walk.restart();
        int node = order.first();
        while (node != order.end() && !walk.meet(node))
            node = order.after(node);
        m_primaries[i] = nodesOf(walk.finish());
    }
}

std::vector<NodeId> HashRing::nodesOf(const std::vector<int>& indexes) const
{
    std::vector<NodeId> nodes;
    nodes.reserve(indexes.size());
    for (const int index : indexes)
        nodes.push_back(m_nodes[static_cast<size_t>(index)]);
    return nodes;
}

SlotRange HashRing::rangeOfToken(size_t index) const
{
    const size_t previous = (index == 0 ? m_tokens.size() : index) - 1;
    const auto first = static_cast<quint16>(m_tokens[previous].slot.value + 1);
    return SlotRange{Slot{first}, m_tokens[index].slot};
}

SlotRange HashRing::rangeOf(Slot slot) const
{
    return rangeOfToken(m_tokenOfSlot[slot.value]);
}

NodeId HashRing::ownerOf(Slot slot) const
{
    return m_tokens[m_tokenOfSlot[slot.value]].node;
}

const std::vector<NodeId>& HashRing::preferenceList(Slot slot) const
{
    static const std::vector<NodeId> nobody;
    return isEmpty() ? nobody : m_primaries[m_tokenOfSlot[slot.value]];
}

bool HashRing::isPrimary(NodeId node, Slot slot) const
{
    const std::vector<NodeId>& primaries = preferenceList(slot);
    return std::find(primaries.begin(), primaries.end(), node) != primaries.end();
}

std::vector<NodeId> HashRing::walk(Slot slot) const
{
    if (isEmpty())
        return {};
    PreferenceWalk walk(m_zoneIndex, static_cast<int>(m_nodes.size()));
    const size_t start = m_tokenOfSlot[slot.value];
    for (size_t i = 0; i < m_tokens.size(); ++i) {
        const size_t at = start + i;
        if (walk.meet(m_nodeOfToken[at < m_tokens.size() ? at : at - m_tokens.size()]))
            break;
    }
    return nodesOf(walk.finish());
}

int HashRing::primarySlots(NodeId node) const
{
    int slots = 0;
    for (size_t i = 0; i < m_tokens.size(); ++i)
        slots += m_tokens[i].node == node ? rangeOfToken(i).slots() : 0;
    return slots;
}

int HashRing::replicaSlots(NodeId node) const
{
    int slots = 0;
    for (size_t i = 0; i < m_tokens.size(); ++i)
        slots += isPrimary(node, m_tokens[i].slot) ? rangeOfToken(i).slots() : 0;
    return slots;
}

QString HashRing::digest() const
{
    ByteWriter bytes(static_cast<qsizetype>(m_tokens.size()) * 10 + 64);
    bytes.varint(static_cast<quint64>(m_replicas));
    bytes.varint(m_tokens.size());
    for (const Token& token : m_tokens) {
        bytes.u16(token.slot.value);
        bytes.u64(token.node.value);
    }
    for (const QString& zone : m_zones)
        bytes.text(zone);
    const QByteArray md5 = QCryptographicHash::hash(bytes.result(), QCryptographicHash::Md5);
    return QString::fromLatin1(md5.first(8).toHex());
}

} // namespace ringmaster
