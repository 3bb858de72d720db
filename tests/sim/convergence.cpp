// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/convergence.h"

#include "nodecore/membership/member.h"
#include "tests/sim/copies.h"
#include "tests/sim/trace.h"

#include <algorithm>

namespace ringmaster::sim {

namespace {

// Any node that runs: all have to see the same.
Node& witness(VirtualCluster& cluster)
{
    int i = 0;
    while (!cluster.isUp(i))
        ++i;
    return cluster.node(i);
}

std::vector<int> primariesOf(VirtualCluster& cluster, Slot slot)
{
    const std::vector<NodeId>& primaries = witness(cluster).ring().preferenceList(slot);
    std::vector<int> indices;
    for (int i = 0; i < cluster.size(); ++i) {
        if (std::find(primaries.begin(), primaries.end(), nodeIdFor(nodeName(i), 0)) != primaries.end())
            indices.push_back(i);
    }
    return indices;
}

// Whether it holds tokens, and so has to serve.
bool isOnTheRing(VirtualCluster& cluster, int i)
{
    const std::vector<NodeId>& nodes = witness(cluster).ring().nodes();
    return std::find(nodes.begin(), nodes.end(), nodeIdFor(nodeName(i), 0)) != nodes.end();
}

// Down for good is who is REMOVED, for everybody, and nobody else.
std::optional<QString> membersApart(VirtualCluster& cluster, int i, std::optional<int> spared)
{
    for (const MemberView& view : cluster.node(i).members().members) {
        int other = 0;
        while (nodeName(other) != view.member.name)
            ++other;
        if (other == spared)
            continue;
        // Who has left and given everything away may be stopped: it is asked nothing.
        if (view.member.state == MemberState::Left && !cluster.isUp(other))
            continue;
        const bool isRemoved = view.member.state == MemberState::Removed;
        if (isRemoved == cluster.isUp(other))
            return QStringLiteral("%1 %2, and for %3 it is %4")
                .arg(view.member.name, isRemoved ? QStringLiteral("runs") : QStringLiteral("does not run"),
                     nodeName(i), nameOf(view.member.state));
        // Two that have left have nothing to say to each other.
        const bool haveLeft =
            view.member.state == MemberState::Left && cluster.node(i).state() == MemberState::Left;
        if (!isRemoved && !haveLeft && !view.reachable)
            return QStringLiteral("%1 does not reach %2").arg(nodeName(i), view.member.name);
    }
    return std::nullopt;
}

// LEFT promises that nothing is held any more, and who leaves comes so far where all others are there.
std::optional<QString> departureApart(VirtualCluster& cluster, int i, std::optional<int> spared)
{
    const MemberState state = cluster.node(i).state();
    const quint64 objects = cluster.disk(i).store().totals().objects;
    if (state == MemberState::Left && objects > 0)
        return QStringLiteral("%1 is LEFT and holds %2 objects").arg(nodeName(i)).arg(objects);
    if (state == MemberState::Leaving && !spared)
        return QStringLiteral("%1 leaves, and holds %2 objects").arg(nodeName(i)).arg(objects);
    return std::nullopt;
}

std::optional<QString> nodeApart(VirtualCluster& cluster, int i, std::optional<int> spared)
{
    if (isOnTheRing(cluster, i) && !cluster.node(i).isServing())
        return QStringLiteral("%1 does not serve").arg(nodeName(i));
    const RingView& rings = cluster.node(i).rings();
    if (rings.digest() != witness(cluster).rings().digest())
        return QStringLiteral("%1 sees another ring, of %2 nodes")
            .arg(nodeName(i))
            .arg(rings.current().nodes().size());
    if (rings.isChanging())
        return QStringLiteral("%1 sees a ring that changes").arg(nodeName(i));
    if (std::optional<QString> apart = membersApart(cluster, i, spared))
        return apart;
    if (std::optional<QString> apart = departureApart(cluster, i, spared))
        return apart;
    for (const HintsView& owed : cluster.node(i).stats().hintsOwed) {
        if (!spared || owed.owner != nodeIdFor(nodeName(*spared), 0))
            return QStringLiteral("%1 keeps %2 hints").arg(nodeName(i)).arg(owed.hints);
    }
    if (!spared && !cluster.disk(i).durableSide(SideTable::Hints).empty())
        return QStringLiteral("%1 has hints on its disk that it does not know").arg(nodeName(i));
    return std::nullopt;
}

std::optional<QString> keyApart(VirtualCluster& cluster, const Key& key, std::optional<int> spared)
{
    const Slot slot = slotOf(Partitioner::Md5, key);
    std::vector<int> primaries = primariesOf(cluster, slot);
    primaries.erase(std::remove(primaries.begin(), primaries.end(), spared.value_or(-1)), primaries.end());
    for (int i = 0; i < cluster.size(); ++i) {
        const bool isPrimary = std::find(primaries.begin(), primaries.end(), i) != primaries.end();
        if (!isPrimary && cluster.isUp(i) && cluster.disk(i).store().durableObject(slot, key)->has_value())
            return QStringLiteral("%1 still holds %2, which is not its own")
                .arg(nodeName(i), QString::fromUtf8(key.bytes()));
    }
    const int first = primaries.front();
    for (const int other : primaries) {
        const QString what =
            QStringLiteral("%1 and %2 differ in the %3 of %4")
                .arg(nodeName(first), nodeName(other), QStringLiteral("%1"), QString::fromUtf8(key.bytes()));
        if (cluster.disk(first).store().durableObject(slot, key) !=
            cluster.disk(other).store().durableObject(slot, key))
            return what.arg(QStringLiteral("versions"));
        const SlotSummary ours = cluster.disk(first).store().slotSummary(slot);
        const SlotSummary theirs = cluster.disk(other).store().slotSummary(slot);
        if (ours.hash != theirs.hash || ours.objects != theirs.objects || ours.live != theirs.live)
            return what.arg(QStringLiteral("slot's hash"));
    }
    return std::nullopt;
}

} // namespace

std::optional<QString> whatIsStillApart(VirtualCluster& cluster, const std::vector<QByteArray>& keys,
                                        std::optional<int> spared)
{
    for (int i = 0; i < cluster.size(); ++i) {
        std::optional<QString> apart = cluster.isUp(i) ? nodeApart(cluster, i, spared) : std::nullopt;
        if (apart)
            return apart;
    }
    for (const QByteArray& key : keys) {
        if (std::optional<QString> apart = keyApart(cluster, keyOf(key), spared))
            return apart;
    }
    return std::nullopt;
}

std::optional<QString> anyTombstone(VirtualCluster& cluster, const std::vector<QByteArray>& keys)
{
    for (int i = 0; i < cluster.size(); ++i) {
        const SlotSummary held = cluster.disk(i).store().totals();
        if (!cluster.isUp(i) || held.objects == held.live)
            continue;
        for (const QByteArray& bytes : keys) {
            const Key key = keyOf(bytes);
            const auto object = cluster.disk(i).store().durableObject(slotOf(Partitioner::Md5, key), key);
            const std::optional<SiblingSet> set = object && *object ? readSet(key, **object) : std::nullopt;
            if (set && !set->isEmpty() && !set->hasValue())
                return QStringLiteral("%1 still holds the tombstone of %2")
                    .arg(nodeName(i), QString::fromUtf8(bytes));
        }
    }
    return std::nullopt;
}

} // namespace ringmaster::sim
