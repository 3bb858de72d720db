// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/convergence.h"

#include "nodecore/membership/member.h"
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
std::optional<QString> membersApart(VirtualCluster& cluster, int i)
{
    for (const MemberView& view : cluster.node(i).members().members) {
        int other = 0;
        while (nodeName(other) != view.member.name)
            ++other;
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

std::optional<QString> nodeApart(VirtualCluster& cluster, int i)
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
    if (std::optional<QString> apart = membersApart(cluster, i))
        return apart;
    const auto hints = cluster.store(i).sideScan(SideTable::Hints, {}, 1000);
    if (!hints || !hints->empty())
        return QStringLiteral("%1 keeps %2 hints").arg(nodeName(i)).arg(hints ? hints->size() : 0);
    return std::nullopt;
}

std::optional<QString> keyApart(VirtualCluster& cluster, const Key& key)
{
    const Slot slot = slotOf(Partitioner::Md5, key);
    const std::vector<int> primaries = primariesOf(cluster, slot);
    for (int i = 0; i < cluster.size(); ++i) {
        const bool isPrimary = std::find(primaries.begin(), primaries.end(), i) != primaries.end();
        if (!isPrimary && cluster.isUp(i) && cluster.store(i).durableObject(slot, key)->has_value())
            return QStringLiteral("%1 still holds %2, which is not its own")
                .arg(nodeName(i), QString::fromUtf8(key.bytes()));
    }
    const int first = primaries.front();
    for (const int other : primaries) {
        const QString what =
            QStringLiteral("%1 and %2 differ in the %3 of %4")
                .arg(nodeName(first), nodeName(other), QStringLiteral("%1"), QString::fromUtf8(key.bytes()));
        if (cluster.store(first).durableObject(slot, key) != cluster.store(other).durableObject(slot, key))
            return what.arg(QStringLiteral("versions"));
        const SlotSummary ours = cluster.store(first).slotSummary(slot);
        const SlotSummary theirs = cluster.store(other).slotSummary(slot);
        if (ours.hash != theirs.hash || ours.objects != theirs.objects || ours.live != theirs.live)
            return what.arg(QStringLiteral("slot's hash"));
    }
    return std::nullopt;
}

} // namespace

std::optional<QString> whatIsStillApart(VirtualCluster& cluster, const std::vector<QByteArray>& keys)
{
    for (int i = 0; i < cluster.size(); ++i) {
        std::optional<QString> apart = cluster.isUp(i) ? nodeApart(cluster, i) : std::nullopt;
        if (apart)
            return apart;
    }
    for (const QByteArray& key : keys) {
        if (std::optional<QString> apart = keyApart(cluster, keyOf(key)))
            return apart;
    }
    return std::nullopt;
}

} // namespace ringmaster::sim
