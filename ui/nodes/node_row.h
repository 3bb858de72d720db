// SPDX-License-Identifier: GPL-3.0-or-later
// One node as the list at the left shows it: what the cluster says of it and what its process says.
#pragma once

#include "ui/nodes/node_hues.h"
#include "ui/session/process_facts.h"
#include "ui/theme/glyphs.h"

#include <QList>

namespace ringmaster {

enum class NodeState { Up, Joining, Leaving, Starting, Stopping, Stopped, Down };

struct NodeRow {
    QString name;
    int hue = 0;
    NodeState state = NodeState::Down;
    qint64 downMs = 0;
    QString address;
    qint64 keys = 0;
    double requestsPerSecond = 0;
    bool inRing = false;     // the cluster knows it as a member
    bool hasProcess = false; // started from here: it can be stopped and started
    QString problem;
    friend bool operator==(const NodeRow&, const NodeRow&) = default;
};

// All members and all processes, by name with numbers in order of number (n2 before n10).
// agedMs: how long ago the snapshot came, so that "Down 12 s" goes on counting.
QList<NodeRow> nodeRows(const ClusterSnapshot& snapshot, const QList<ProcessFacts>& processes,
                        const NodeHues& hues, qint64 agedMs = 0);

QString stateWords(const NodeRow& row); // "Up", "Down 12 s", "Starting"
QString loadWords(const NodeRow& row);  // "4 143 keys · 412/s"; empty where nothing is known
NodeSign signOf(NodeState state);
Health healthOf(NodeState state);

// What can be done with it from here.
bool canStop(const NodeRow& row);
bool canStart(const NodeRow& row);

} // namespace ringmaster
