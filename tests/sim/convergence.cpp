// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/convergence.h"

#include "nodecore/membership/member.h"
#include "tests/sim/trace.h"

#include <algorithm>

namespace ringmaster::sim {

namespace {

std::vector<int> primariesOf(VirtualCluster& cluster, Slot slot)
{
    const std::vector<NodeId>& primaries = cluster.node(0).ring().preferenceList(slot);
    std::vector<int> indices;
    for (int i = 0; i < cluster.size(); ++i) {
        if (std::find(primaries.begin(), primaries.end(), cluster.node(i).id()) != primaries.end())
            indices.push_back(i);
    }
    return indices;
}

// Whether it holds tokens, and so has to serve.
bool isOnTheRing(VirtualCluster& cluster, int i)
{
    const std::vector<NodeId>& nodes = cluster.node(0).ring().nodes();
    return std::find(nodes.begin(), nodes.end(), cluster.node(i).id()) != nodes.end();
}

std::optional<QString> nodeApart(VirtualCluster& cluster, int i)
{
    if (!cluster.isUp(i) || (isOnTheRing(cluster, i) && !cluster.node(i).isServing()))
        return QStringLiteral("%1 does not serve").arg(nodeName(i));
    const RingView& rings = cluster.node(i).rings();
    if (rings.digest() != cluster.node(0).rings().digest())
        return QStringLiteral("%1 sees another ring, of %2 nodes")
            .arg(nodeName(i))
            .arg(rings.current().nodes().size());
    if (rings.isChanging())
        return QStringLiteral("%1 sees a ring that changes").arg(nodeName(i));
    for (const MemberView& view : cluster.node(i).members().members) {
        if (!view.reachable)
            return QStringLiteral("%1 does not reach %2").arg(nodeName(i), view.member.name);
    }
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
        if (!isPrimary && cluster.store(i).durableObject(slot, key)->has_value())
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
        if (std::optional<QString> apart = nodeApart(cluster, i))
            return apart;
    }
    for (const QByteArray& key : keys) {
        if (std::optional<QString> apart = keyApart(cluster, keyOf(key)))
            return apart;
    }
    return std::nullopt;
}

} // namespace ringmaster::sim
