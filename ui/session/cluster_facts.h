// SPDX-License-Identifier: GPL-3.0-or-later
// Everything that the window's parts are told of the cluster at one moment, in one value.
#pragma once

#include "nodecore/base/key.h"
#include "ui/nodes/node_row.h"
#include "ui/ring/ring_picture.h"

namespace ringmaster {

struct ClusterFacts {
    ClusterSnapshot snapshot; // with what the processes say put in
    QList<NodeRow> nodes;
    RingPicture picture;
    bool managesProcesses = false;

    const NodeRow* node(const QString& name) const;
};

// By the cluster's partitioner; md5 as long as that is not known.
Position positionIn(const ClusterFacts& facts, const Key& key);

// Members in order of preference for key, as indices into the picture's members: the primaries.
QList<int> primariesOf(const ClusterFacts& facts, const Key& key);

// The actors of those, as 16 hexadecimal digits.
QStringList replicaActors(const ClusterFacts& facts, const Key& key);

// "n1:4" for a dot or a clock entry of a member's present store; the first digits of the actor where it
// belongs to none.
QString actorWords(const ClusterFacts& facts, const QString& actor, quint64 counter);
// The same for a dot as the API writes it, "<actor>:counter".
QString dotWords(const ClusterFacts& facts, const QString& dot);

} // namespace ringmaster
