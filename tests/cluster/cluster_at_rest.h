// SPDX-License-Identifier: GPL-3.0-or-later
// What must be true of a cluster that nobody writes to any more: one ring that all see alike, nothing left to
// hand over, every key on exactly its owners. Each check says what is not so; empty: all is well.
#pragma once

#include "nodecore/client/record_reader.h"
#include "nodecore/membership/member.h"
#include "nodecore/ring/hash_ring.h"
#include "nodecore/ring/partitioner.h"
#include "nodecore/sqlite/sqlite_store.h"
#include "tests/cluster/chaos_cluster.h"
#include "tests/cluster/chaos_history.h"

#include <QMap>

namespace ringmaster {

// Of all nodes; -1 where one does not say.
inline int sumOfRepair(const ChaosCluster& cluster, const QString& member)
{
    int sum = 0;
    for (const int i : cluster.present()) {
        const QJsonObject stats = cluster.json(i, QStringLiteral("/api/v1/stats"));
        const QJsonValue value = stats[QStringLiteral("repair")][member];
        if (!value.isDouble())
            return -1;
        sum += value.toInt();
    }
    return sum;
}

// "n1 sees n3 suspect"; empty where each holds all others alive and reachable.
inline QString whoIsMissed(const ChaosCluster& cluster)
{
    for (const int i : cluster.present()) {
        const QJsonObject view = cluster.json(i, QStringLiteral("/api/v1/members"));
        if (view.isEmpty())
            return cluster.name(i) + QStringLiteral(" does not answer");
        for (const QJsonValue& member : view[QStringLiteral("members")].toArray()) {
            const QString observed = member[QStringLiteral("observed")].toString();
            const bool isReachable = member[QStringLiteral("reachable")].toBool();
            if (observed != QStringLiteral("alive") || !isReachable)
                return QStringLiteral("%1 sees %2 %3, %4")
                    .arg(cluster.name(i), member[QStringLiteral("name")].toString(), observed,
                         isReachable ? QStringLiteral("reachable") : QStringLiteral("not reachable"));
        }
    }
    return {};
}

// All nodes see the same ring, which does not change, and have nothing left to hand over.
inline QString whatIsUnderWay(const ChaosCluster& cluster)
{
    QString digest;
    for (const int i : cluster.present()) {
        const QJsonObject progress = cluster.json(i, QStringLiteral("/api/v1/cluster/progress"));
        const QString seen = progress[QStringLiteral("digest")].toString();
        if (seen.isEmpty())
            return cluster.name(i) + QStringLiteral(" does not answer");
        if (progress[QStringLiteral("changing")].toBool() || !progress[QStringLiteral("agreed")].toBool())
            return cluster.name(i) + QStringLiteral(" sees a change of the ring");
        if (!digest.isEmpty() && seen != digest)
            return cluster.name(i) + QStringLiteral(" sees another ring");
        digest = seen;
    }
    for (const QString& member : {QStringLiteral("hints"), QStringLiteral("divergent_slots")}) {
        if (const int sum = sumOfRepair(cluster, member); sum != 0)
            return QStringLiteral("%1 %2").arg(sum).arg(member);
    }
    return {};
}

// As a person would take it out: keys that have a value, with all their siblings.
inline ChaosHistory::Found exported(const ChaosCluster& cluster, int askedNode)
{
    const RingctlResult result = cluster.ctl({QStringLiteral("export"), QStringLiteral("-")}, askedNode);
    if (result.exitCode != 0)
        qWarning("ringctl export: %s", result.errors.constData());
    ChaosHistory::Found found;
    RecordReader reader(RecordFormat::JsonLines);
    reader.feed(result.output);
    reader.end();
    while (const auto record = reader.next()) {
        if (*record)
            found.insert((*record)->key, {(*record)->values.begin(), (*record)->values.end()});
    }
    return found;
}

// The first lines of what the history has against it.
inline QString violations(const ChaosHistory& history, const ChaosHistory::Found& found)
{
    const QStringList lines = history.violations(found);
    constexpr int shown = 20;
    return lines.isEmpty() ? QString()
                           : QStringLiteral("%1 violations:\n%2")
                                 .arg(lines.size())
                                 .arg(lines.mid(0, shown).join(QLatin1Char('\n')));
}

// The ring as one node tells of it, made anew; empty where that does not give the digest that it has.
inline HashRing ringOf(const ChaosCluster& cluster, int i)
{
    const QJsonObject told = cluster.json(i, QStringLiteral("/api/v1/ring"));
    std::map<QString, std::vector<Slot>> tokens;
    for (const QJsonValue& token : told[QStringLiteral("tokens")].toArray()) {
        tokens[token[QStringLiteral("node")].toString()].push_back(
            Slot{static_cast<quint16>(token[QStringLiteral("slot")].toInt())});
    }
    std::vector<RingMember> members;
    for (const auto& [name, slots] : tokens)
        members.push_back({nodeIdFor(name, 0), slots, {}, 1.0});
    HashRing ring(members, told[QStringLiteral("replicas")].toInt());
    return ring.digest() == told[QStringLiteral("digest")].toString() ? ring : HashRing();
}

// How many of these keys each node is to hold, by the ring, against what it says that it does.
inline QString wrongCounts(const ChaosCluster& cluster, const HashRing& ring, const QList<QByteArray>& keys)
{
    std::map<NodeId, qint64> owned;
    for (const QByteArray& key : keys) {
        for (const NodeId owner : ring.preferenceList(slotOf(Partitioner::Md5, *Key::fromBytes(key))))
            ++owned[owner];
    }
    for (const int i : cluster.present()) {
        const QJsonObject stats = cluster.json(i, QStringLiteral("/api/v1/stats"));
        const qint64 held = stats[QStringLiteral("keys")].toInteger(-1);
        const qint64 expected = owned[nodeIdFor(cluster.name(i), 0)];
        if (held != expected)
            return QStringLiteral("%1 holds %2 keys and owns %3")
                .arg(cluster.name(i))
                .arg(held)
                .arg(expected);
    }
    return {};
}

// The objects of one node that does not run, from its own folder.
inline std::vector<ObjectRecord> objectsOnDisk(const QString& folder)
{
    SqliteStoreOptions options;
    options.directory = folder;
    auto store = SqliteStore::open(options);
    if (!store) {
        qWarning("%s", qPrintable(store.error().message));
        return {};
    }
    std::vector<ObjectRecord> objects;
    std::optional<ObjectCursor> cursor = ObjectCursor{Slot{0}, std::nullopt};
    while (cursor) {
        auto page = (*store)->scan(*cursor, lastSlot, 10'000, 16 * 1024 * 1024);
        if (!page) {
            qWarning("%s", qPrintable(page.error().message));
            return {};
        }
        std::move(page->records.begin(), page->records.end(), std::back_inserter(objects));
        cursor = std::move(page->next);
    }
    return objects;
}

// Of a cluster that was stopped: keys that one of their owners lacks, or holds otherwise than another, and
// keys that lie where they do not belong. Tombstones may be reaped by one owner before the other.
inline QStringList misplaced(const ChaosCluster& cluster, const HashRing& ring)
{
    QStringList lines;
    struct Copies {
        Slot slot;
        int owners = 0;
        QSet<QByteArray> contents;
        bool isLive = false;
    };
    QHash<QByteArray, Copies> all;
    for (const int i : cluster.present()) {
        const NodeId id = nodeIdFor(cluster.name(i), 0);
        for (const ObjectRecord& object : objectsOnDisk(cluster.dataOf(i))) {
            if (!ring.isPrimary(id, object.slot)) {
                lines.append(QStringLiteral("%1 holds %2, which it does not own")
                                 .arg(cluster.name(i), QString::fromUtf8(object.key.bytes())));
                continue;
            }
            Copies& copies = all[object.key.bytes()];
            copies.slot = object.slot;
            ++copies.owners;
            copies.contents.insert(object.bytes);
            copies.isLive = copies.isLive || object.live;
        }
    }
    for (auto key = all.begin(); key != all.end(); ++key) {
        const auto owners = static_cast<int>(ring.preferenceList(key->slot).size());
        if (key->isLive && (key->owners != owners || key->contents.size() != 1))
            lines.append(QStringLiteral("%1: %2 of %3 owners hold it, in %4 ways")
                             .arg(QString::fromUtf8(key.key()))
                             .arg(key->owners)
                             .arg(owners)
                             .arg(key->contents.size()));
    }
    return lines;
}

} // namespace ringmaster
