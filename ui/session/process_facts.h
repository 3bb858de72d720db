// SPDX-License-Identifier: GPL-3.0-or-later
// What is known of a node's process on this machine at one moment, and a cluster's picture with it put in.
#pragma once

#include "nodecore/client/cluster_snapshot.h"
#include "nodecore/supervise/node_process.h"

#include <QList>
#include <QString>

namespace ringmaster {

struct ProcessFacts {
    QString name;
    NodeProcess::State state = NodeProcess::State::Stopped;
    qint64 sinceMs = 0; // how long it has been in that state
    QString httpAddress;
    QString logFile;
    QString problem; // where it died, for a person
    friend bool operator==(const ProcessFacts&, const ProcessFacts&) = default;
};

bool isRunning(NodeProcess::State state);

// A process that has ended is unreachable at once, before the other nodes have noticed. Members without a
// process here are left as they are.
ClusterSnapshot withProcesses(ClusterSnapshot snapshot, const QList<ProcessFacts>& processes);

} // namespace ringmaster
