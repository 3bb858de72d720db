// SPDX-License-Identifier: GPL-3.0-or-later
// Snapshots of a node for the outside: plain values, never live pointers.
#pragma once

#include "nodecore/base/key.h"
#include "nodecore/membership/member.h"
#include "nodecore/request/client_request.h"
#include "nodecore/storage/store.h"
#include "nodecore/version/sibling_set.h"

#include <QList>
#include <QString>

#include <vector>

namespace ringmaster {

// One member as this node sees it.
struct MemberView {
    Member member;
    bool reachable = false;
    Duration unreachableFor{0};
    int primarySlots = 0;
    int replicaSlots = 0;
    quint64 keys = 0; // live keys held, as it last said
    double requestsPerSecond = 0;
};

struct MembersView {
    NodeId self;
    std::vector<MemberView> members; // by name
    QString ringDigest;
};

struct LatencyView {
    Duration p50{0};
    Duration p99{0};
};

// What anti-entropy has done since the node started.
struct RepairView {
    quint64 rounds = 0;
    quint64 objectsGiven = 0;
    quint64 objectsTaken = 0;
    quint64 divergentSlots = 0; // found in the last round
};

struct StatsView {
    Duration uptime{0};
    quint64 gets = 0;
    quint64 puts = 0;
    quint64 deletes = 0;
    quint64 failed = 0;
    double requestsPerSecond = 0;
    LatencyView getLatency;
    LatencyView putLatency;
    SlotSummary totals;
    StoreHealth storage;
    int connectedPeers = 0;
    RepairView repair;
    quint64 hints = 0; // kept for others
};

// Told what happens inside a node, on its thread. For the event stream; it must not call back into the node.
class NodeObserver {
public:
    virtual ~NodeObserver() = default;
    virtual void membersChanged() {}
    virtual void ringChanged() {}
    struct RequestSummary {
        const char* operation = ""; // "get", "put", "delete"
        Key key;
        bool ok = false;
        Duration took{0};
        QuorumReport quorum;
    };
    virtual void requestFinished(const RequestSummary&) {}
    // One line for the log; level as in "info", "warning".
    virtual void logged(const char* /*level*/, const QString& /*line*/) {}
};

} // namespace ringmaster
