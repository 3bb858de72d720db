// SPDX-License-Identifier: GPL-3.0-or-later
// How far the data has come while a ring changes, as the nodes that it comes to say.
#pragma once

#include "tests/cluster/chaos_cluster.h"

#include <algorithm>

namespace ringmaster {

// How much of what comes to these nodes they hold already, in a cluster of about so many keys: 0, where
// nothing comes yet, to 1.
inline double shareArrived(const ChaosCluster& cluster, const QList<int>& nodes, int keys)
{
    qint64 objects = 0;
    double expected = 0;
    bool isComplete = true;
    for (const int i : nodes) {
        const QJsonValue incoming =
            cluster.json(i, QStringLiteral("/api/v1/cluster/progress"))[QStringLiteral("incoming")];
        objects += incoming[QStringLiteral("objects")].toInteger();
        expected += incoming[QStringLiteral("slots")].toDouble() * keys / slotCount;
        isComplete = isComplete && incoming[QStringLiteral("caught_up")].toBool();
    }
    return expected == 0 ? 0 : isComplete ? 1 : static_cast<double>(objects) / expected;
}

// Each commit of these nodes takes so much longer from now on: what comes to them comes slowly enough to be
// seen. A node that has just been started is waited for.
inline bool slowDisks(const ChaosCluster& cluster, const QList<int>& nodes, int ms)
{
    const QJsonObject slow{{QStringLiteral("disk"), QJsonObject{{QStringLiteral("slow_ms"), ms}}}};
    return std::all_of(nodes.begin(), nodes.end(), [&](int i) {
        return QTest::qWaitFor([&] { return cluster.inject(i, slow); }, 30'000);
    });
}

// Waits until some of it is there; whether not all of it is, then.
inline bool isInTheMiddle(const ChaosCluster& cluster, const QList<int>& nodes, int keys)
{
    constexpr double some = 0.1;
    constexpr double nearlyAll = 0.9;
    double share = 0;
    [[maybe_unused]] const bool came =
        QTest::qWaitFor([&] { return (share = shareArrived(cluster, nodes, keys)) > some; }, 60'000);
    qInfo("%.0f %% has arrived", 100 * share);
    return share > some && share < nearlyAll;
}

} // namespace ringmaster
