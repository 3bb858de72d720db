// SPDX-License-Identifier: GPL-3.0-or-later
// A cluster of real processes whose network can be cut in two, links and datagrams, and what each side sees.
#pragma once

#include "tests/cluster/asker.h"
#include "tests/cluster/chaos_writers.h"
#include "tests/cluster/cluster_at_rest.h"

#include <QRandomGenerator>

namespace ringmaster {

using Side = QList<int>;

class CutCluster : public ChaosCluster {
public:
    explicit CutCluster(int nodes)
        : ChaosCluster(nodes)
    {
        qInfo("seed %llu", static_cast<unsigned long long>(m_seed));
    }

    // Running, whole, and with keys in it; else what is wrong.
    QString begin(int hotKeys)
    {
        m_hotKeys = hotKeys;
        if (!start())
            return QStringLiteral("the nodes do not start");
        QString trouble;
        [[maybe_unused]] const bool isWhole =
            QTest::qWaitFor([&] { return (trouble = whoIsMissed(*this)).isEmpty(); }, 60'000);
        return trouble.isEmpty() ? fillHotKeys(url(0), m_history, m_hotKeys) : trouble;
    }

    // Nothing gets from one side to the other, as either of them sees it.
    bool cut(const Side& one, const Side& other) const
    {
        bool isCut = true;
        for (const int i : one + other) {
            QJsonArray links;
            for (const int peer : one.contains(i) ? other : one)
                links.append(QJsonObject{{QStringLiteral("peer"), name(peer)},
                                         {QStringLiteral("cut"), QStringLiteral("both")}});
            isCut = inject(i, {{QStringLiteral("links"), links}}) && isCut;
        }
        return isCut;
    }
    bool heal() const
    {
        bool isHealed = true;
        for (int i = 0; i < size(); ++i)
            isHealed = inject(i, {{QStringLiteral("clear"), true}}) && isHealed;
        return isHealed;
    }

    // In the members API of each of one side its own are alive and reachable, the others neither: what is not
    // so.
    QString isWrongInViewOf(const Side& side) const
    {
        for (const int observer : side) {
            for (int i = 0; i < size(); ++i) {
                const QJsonObject seen = member(name(i), observer);
                const bool isHere = side.contains(i);
                const bool isReachable = seen[QLatin1String("reachable")].toBool();
                const QString observed = seen[QLatin1String("observed")].toString();
                if (isReachable != isHere || (observed == QLatin1String("alive")) != isHere)
                    return QStringLiteral("%1 sees %2 %3, %4")
                        .arg(name(observer), name(i), observed,
                             isReachable ? QStringLiteral("reachable") : QStringLiteral("not reachable"));
            }
        }
        return {};
    }
    // Of all nodes: the digest of the ring that they see and each member's state; one where all agree.
    QSet<QString> ringsSeen() const
    {
        QSet<QString> seen;
        for (int i = 0; i < size(); ++i) {
            const QJsonObject view = json(i, QStringLiteral("/api/v1/members"));
            QStringList words{view[QLatin1String("ring_digest")].toString()};
            for (const QJsonValue& each : view[QLatin1String("members")].toArray())
                words += each[QLatin1String("name")].toString() + QLatin1Char(' ') +
                         each[QLatin1String("state")].toString();
            seen.insert(words.join(QStringLiteral(", ")));
        }
        return seen;
    }

    // Clients of one side. They use the same keys as those of the other.
    std::unique_ptr<ChaosWriters> clientsOf(const Side& side, std::optional<int> quorum = {})
    {
        QList<QUrl> urls;
        for (const int i : side)
            urls.append(url(i));
        return std::make_unique<ChaosWriters>(urls, m_history, ++m_seed,
                                              ChaosLoad{.hotKeys = m_hotKeys, .quorum = quorum});
    }
    ChaosHistory& history() { return m_history; }
    // Without a context, whatever the key has already.
    Answer write(Asker& asker, const QByteArray& key)
    {
        const int number = m_history.begin(key, false, {});
        Answer answer = asker.put(key, ChaosHistory::valueOf(number));
        if (answer.result)
            m_history.acknowledge(number);
        return answer;
    }

    // That this node is a primary of, by the ring as the first node sees it.
    QByteArray keyOwnedBy(int i) const
    {
        const HashRing ring = ringOf(*this, 0);
        const NodeId owner = nodeIdFor(name(i), 0);
        for (int tried = 0; tried < 10'000; ++tried) {
            const QByteArray key = "searched/" + QByteArray::number(tried);
            if (ring.isPrimary(owner, slotOf(Partitioner::Md5, *Key::fromBytes(key))))
                return key;
        }
        return {};
    }

private:
    int m_hotKeys = 0;
    quint64 m_seed = QRandomGenerator::global()->bounded(1'000'000);
    ChaosHistory m_history;
};

} // namespace ringmaster
