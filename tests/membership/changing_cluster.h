// SPDX-License-Identifier: GPL-3.0-or-later
// What tests of a changing ring ask of a virtual cluster.
#pragma once

#include "tests/support/virtual_cluster.h"

namespace ringmaster::changing {

inline NodeId idOf(VirtualCluster& cluster, int i)
{
    return nodeIdFor(cluster.configOf(i).name, 0);
}

inline MemberState stateOf(VirtualCluster& cluster, int observer, int i)
{
    for (const MemberView& view : cluster.node(observer).members().members) {
        if (view.member.id == idOf(cluster, i))
            return view.member.state;
    }
    return MemberState::Starting;
}

inline bool ringIsQuiet(VirtualCluster& cluster)
{
    for (int i = 0; i < cluster.size(); ++i) {
        if (cluster.isUp(i) && cluster.node(i).rings().isChanging())
            return false;
    }
    return true;
}

inline QByteArray keyName(int i)
{
    return "key-" + QByteArray::number(i);
}

inline bool write(VirtualCluster& cluster, int from, int to)
{
    for (int i = from; i < to; ++i) {
        if (!cluster.put(i % 3, keyName(i), "v" + QByteArray::number(i)))
            return false;
    }
    return true;
}

// Every key is on exactly its owners: not on fewer, and nowhere else.
inline QString misplaced(VirtualCluster& cluster, int keys, int observer = 0)
{
    for (int k = 0; k < keys; ++k) {
        const Key key = keyOf(keyName(k));
        const Slot slot = slotOf(Partitioner::Md5, key);
        for (int i = 0; i < cluster.size(); ++i) {
            if (!cluster.isUp(i))
                continue;
            const bool owns = cluster.node(observer).ring().isPrimary(idOf(cluster, i), slot);
            const bool holds = cluster.store(i).durableObject(slot, key)->has_value();
            if (owns != holds) {
                return QStringLiteral("key %1: node %2 %3")
                    .arg(k)
                    .arg(i + 1)
                    .arg(owns ? QStringLiteral("lacks it") : QStringLiteral("still holds it"));
            }
        }
    }
    return {};
}

inline Result<CountedPlan> plan(VirtualCluster& cluster, const std::vector<ChangeWish>& wishes)
{
    std::optional<Result<CountedPlan>> answer;
    cluster.node(0).plan(wishes, [&](Result<CountedPlan> plan) { answer = std::move(plan); });
    cluster.touched(0);
    (void)cluster.runUntil([&] { return answer.has_value(); });
    return *answer;
}

inline ChangeWish wish(ChangeWish::Kind kind, const QString& name)
{
    ChangeWish wish;
    wish.kind = kind;
    wish.name = name;
    return wish;
}

// Both ways, between each of the one and each of the other.
inline void cutApart(VirtualCluster& cluster, const std::vector<int>& one, const std::vector<int>& other)
{
    for (const int a : one) {
        for (const int b : other) {
            cluster.network().cut(cluster.address(a), cluster.address(b));
            cluster.network().cut(cluster.address(b), cluster.address(a));
        }
    }
}

} // namespace ringmaster::changing
