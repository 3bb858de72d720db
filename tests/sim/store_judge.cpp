// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/store_judge.h"

#include "tests/sim/trace.h"

#include <algorithm>
#include <limits>

namespace ringmaster::sim {

namespace {

Label labelOf(const Sibling& sibling)
{
    return {sibling.dot.actor.value, sibling.dot.counter};
}

bool hasSeenAll(const SiblingSet& set, const std::vector<Sibling>& siblings)
{
    return std::all_of(siblings.begin(), siblings.end(),
                       [&set](const Sibling& sibling) { return hasSeen(set, labelOf(sibling)); });
}

QString textOf(const Key& key)
{
    return QString::fromUtf8(key.bytes());
}

} // namespace

StoreJudge::StoreJudge(VirtualCluster& cluster, HintLimits limits, Told told, Object object)
    : m_cluster(cluster)
    , m_limits(limits)
    , m_told(std::move(told))
    , m_object(std::move(object))
{
    m_cluster.watchWrites([this](int node, const WriteBatch& batch) { judge(node, batch); });
}

void StoreJudge::judge(int node, const WriteBatch& batch)
{
    for (const WriteBatch::ObjectChange& change : batch.objects) {
        if (!change.bytes)
            judgeRemoval(node, change.slot, change.key);
        else
            m_largest = std::max(m_largest, change.bytes->size());
    }
    size_t hints = 0;
    for (const WriteBatch::SideChange& change : batch.side) {
        hints += change.table == SideTable::Hints && change.bytes ? 1 : 0;
        m_largest = std::max(m_largest, change.bytes ? change.bytes->size() : 0);
    }
    if (hints > 0)
        judgeHints(node, hints);
}

void StoreJudge::judgeHints(int node, size_t added)
{
    constexpr quint64 few = 1000; // more are not worth counting each time
    if (m_limits.hints > few)
        return;
    constexpr int all = std::numeric_limits<int>::max();
    const auto held = m_cluster.disk(node).store().sideScan(SideTable::Hints, {}, all);
    const size_t hints = held ? held->size() + added : 0;
    if (hints > m_limits.hints)
        m_object(10, QStringLiteral("%1 keeps %2 hints").arg(nodeName(node)).arg(hints));
}

void StoreJudge::judgeRemoval(int node, Slot slot, const Key& key)
{
    const auto held = m_cluster.disk(node).store().latestObject(slot, key);
    if (!held || !*held || !m_cluster.isUp(node))
        return;
    const std::optional<SiblingSet> removed = readSet(key, **held);
    if (!removed)
        return;
    const std::vector<Copy> copies = durableCopies(m_cluster, key);
    const HashRing& ring = m_cluster.node(node).rings().current();
    const std::vector<NodeId>& owners = ring.preferenceList(slot);
    const bool isOwner =
        std::find(owners.begin(), owners.end(), nodeIdFor(nodeName(node), 0)) != owners.end();
    const std::optional<QString> lacks = whoLacks(owners, *removed, copies);
    if (removed->hasValue()) {
        if ((isOwner || lacks) && isKnownToOthers(node, key, *removed, copies)) {
            m_object(9, QStringLiteral("%1 drops %2, %3")
                            .arg(nodeName(node), textOf(key),
                                 isOwner ? QStringLiteral("which it owns")
                                         : *lacks + QStringLiteral(" lacks some of it")));
        }
        return;
    }
    if (!isOwner && !lacks)
        return; // its owners see to the rest
    if (const std::optional<QString> past = whoHoldsPast(node, *removed, copies))
        m_object(9, QStringLiteral("%1 lets the tombstone of %2 go, and %3 holds its past")
                        .arg(nodeName(node), textOf(key), *past));
}

std::optional<QString> StoreJudge::whoLacks(const std::vector<NodeId>& owners, const SiblingSet& removed,
                                            const std::vector<Copy>& copies) const
{
    const std::vector<Sibling> siblings = removed.siblings();
    for (int i = 0; i < m_cluster.size(); ++i) {
        const NodeId id = nodeIdFor(nodeName(i), 0);
        const bool isOwner = std::find(owners.begin(), owners.end(), id) != owners.end();
        const bool holds = std::any_of(copies.begin(), copies.end(), [&](const Copy& copy) {
            return copy.node == i && !copy.isHint && hasSeenAll(copy.set, siblings);
        });
        if (isOwner && !holds && m_taken != i)
            return nodeName(i);
    }
    return std::nullopt;
}

// A node that finds its actor spent takes back what it has minted and shown to nobody, and mints it anew.
bool StoreJudge::isKnownToOthers(int node, const Key& key, const SiblingSet& removed,
                                 const std::vector<Copy>& copies) const
{
    const std::vector<Sibling> siblings = removed.siblings();
    return std::any_of(siblings.begin(), siblings.end(), [&](const Sibling& sibling) {
        const Label dot = labelOf(sibling);
        return m_told(key, dot) || std::any_of(copies.begin(), copies.end(), [&](const Copy& copy) {
                   return (copy.node != node || copy.isHint) && hasSeen(copy.set, dot);
               });
    });
}

// A value that the tombstone supersedes, where any member may bring it back.
std::optional<QString> StoreJudge::whoHoldsPast(int node, const SiblingSet& removed,
                                                const std::vector<Copy>& copies) const
{
    const std::vector<MemberView> members = m_cluster.node(node).members().members;
    for (const Copy& copy : copies) {
        const auto member = std::find_if(members.begin(), members.end(), [&copy](const MemberView& view) {
            return view.member.name == nodeName(copy.node);
        });
        if (member == members.end() || member->member.state == MemberState::Removed || m_taken == copy.node)
            continue;
        for (const Sibling& sibling : copy.set.siblings()) {
            if (!sibling.tombstone && hasSeen(removed, labelOf(sibling)))
                return nodeName(copy.node) + (copy.isHint ? QStringLiteral("'s hint") : QString());
        }
    }
    return std::nullopt;
}

} // namespace ringmaster::sim
