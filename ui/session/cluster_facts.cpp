// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/cluster_facts.h"

#include "nodecore/ring/partitioner.h"

#include <algorithm>

namespace ringmaster {
namespace {
constexpr int shownActorDigits = 6;
}

const NodeRow* ClusterFacts::node(const QString& name) const
{
    const auto found =
        std::find_if(nodes.begin(), nodes.end(), [&](const NodeRow& row) { return row.name == name; });
    return found == nodes.end() ? nullptr : &*found;
}

Position positionIn(const ClusterFacts& facts, const Key& key)
{
    return positionOf(partitionerNamed(facts.snapshot.partitioner).value_or(Partitioner::Md5), key);
}

QList<int> primariesOf(const ClusterFacts& facts, const Key& key)
{
    return facts.picture.walk(slotOf(positionIn(facts, key))).mid(0, std::max(1, facts.picture.replicas));
}

QStringList replicaActors(const ClusterFacts& facts, const Key& key)
{
    QStringList actors;
    for (const int member : primariesOf(facts, key))
        actors.append(facts.snapshot.members.at(member).actor.toString());
    return actors;
}

QString actorWords(const ClusterFacts& facts, const QString& actor, quint64 counter)
{
    QString name = actor.left(shownActorDigits);
    for (const MemberSnapshot& member : facts.snapshot.members) {
        if (member.actor.toString() == actor)
            name = member.name;
    }
    return name + QLatin1Char(':') + QString::number(counter);
}

QString dotWords(const ClusterFacts& facts, const QString& dot)
{
    const qsizetype colon = dot.indexOf(QLatin1Char(':'));
    return actorWords(facts, dot.left(colon), dot.mid(colon + 1).toULongLong());
}

} // namespace ringmaster
