// SPDX-License-Identifier: GPL-3.0-or-later
// Whether several addresses are nodes of one cluster. Whoever is given more than one asks this once, before
// the first request: a write would go to whichever answers.
#pragma once

#include "nodecore/client/cluster_snapshot.h"

#include <QObject>
#include <QUrl>

#include <functional>
#include <optional>

namespace ringmaster {

struct AskedNode {
    QUrl url;
    std::optional<ClusterSnapshot> members; // nothing: no answer that can be understood
};

// Nothing where all that answered are of one cluster; else a sentence that names the two. Two clusters may
// have one name: those that have no member in common are two.
std::optional<QString> disagreementOf(const QList<AskedNode>& asked);
// Addresses that did not answer, and that no member has: of which cluster they are is not known.
QStringList unknownAddresses(const QList<AskedNode>& asked);

// Asks all of them at once for their members. done runs once, from the event loop, when all have answered, or
// those that have not keep waiting for longer than MembersQuery::patience after the first answer; never, once
// context is gone.
void askClusters(const QList<QUrl>& nodes, QObject* context, std::function<void(QList<AskedNode>)> done);

} // namespace ringmaster
