// SPDX-License-Identifier: GPL-3.0-or-later
// What a program outside knows of a cluster at one moment. Plain values: copy them into models.
#pragma once

#include "nodecore/base/types.h"

#include <QList>
#include <QString>
#include <QUrl>

#include <optional>

namespace ringmaster {

struct MemberSnapshot {
    QString name;
    NodeId id;
    ActorId actor;
    QString state;       // "READY"; see membership/member.h
    QString httpAddress; // host:port
    QString peerAddress;
    QString zone; // empty: none
    double capacity = 1;
    bool reachable = false; // by the node that was asked, or by this program where it was asked directly
    // The node that was asked has just started and has not heard of this member yet: it may well be there.
    bool isAwaited = false;
    bool takesWrites = true; // false: its store is read-only, or has failed
    qint64 unreachableMs = 0;
    int tokens = 0;
    int primarySlots = 0;
    int replicaSlots = 0;
    qint64 keys = 0;
    double requestsPerSecond = 0;
    QString version;
    friend bool operator==(const MemberSnapshot&, const MemberSnapshot&) = default;
};

struct TokenSnapshot {
    Slot slot;
    int member = -1; // index into ClusterSnapshot::members
    friend bool operator==(const TokenSnapshot&, const TokenSnapshot&) = default;
};

struct LatencySnapshot {
    double p50Ms = 0;
    double p99Ms = 0;
    friend bool operator==(const LatencySnapshot&, const LatencySnapshot&) = default;
};

struct ClusterSnapshot {
    QString cluster;
    QString partitioner;
    int replicas = 0;
    int readQuorum = 0;
    int writeQuorum = 0;
    QString ringDigest;
    QString refusedByMembers;      // why no member accepts the node that answered; empty: one does
    QList<MemberSnapshot> members; // by name
    QList<TokenSnapshot> tokens;   // by slot
    // Of the node that answered.
    QString answeredBy;
    double requestsPerSecond = 0;
    LatencySnapshot getLatency;
    LatencySnapshot putLatency;

    // False until the first answer, and while no node of the cluster answers.
    bool connected = false;
    QString problem; // for a person, where not connected

    friend bool operator==(const ClusterSnapshot&, const ClusterSnapshot&) = default;
};

} // namespace ringmaster
