// SPDX-License-Identifier: GPL-3.0-or-later
// What a node tells of its work: traces, figures, hints, conflicts. Plain values, as in nodecore/net/API.md.
#pragma once

#include "nodecore/client/cluster_snapshot.h"

#include <QByteArray>
#include <QList>
#include <QString>
#include <QStringList>

namespace ringmaster {

struct ClientTraceStep {
    double ms = 0; // since the request began at the node that tells
    QString event; // "asked"; see API.md, Traces
    QString node;  // empty: the node that tells
    QString role;  // "primary", "fallback", or empty
    QString owner; // whom a fallback stands in for, or a hint is kept for; else empty
    QStringList dots;
    QString detail;
    friend bool operator==(const ClientTraceStep&, const ClientTraceStep&) = default;
};

struct ClientTrace {
    QString id;
    QString node; // that tells
    QString op;   // "get", "put", "delete"
    QByteArray key;
    qint64 beganMs = 0; // by that node's clock
    QString outcome;    // "under_way", "ok", "failed"
    double ms = 0;      // until the answer
    int needed = 0;     // R or W
    QString error;
    int stepCount = 0;
    QList<ClientTraceStep> steps; // empty in a listing
};

// What one node keeps for others.
struct ClientHints {
    struct Owed {
        QString to;
        qint64 hints = 0;
        qint64 bytes = 0;
        bool reachable = false;
    };
    QString node;
    qint64 count = 0;
    QList<Owed> owed; // by name
};

struct ClientRepair {
    qint64 rounds = 0;
    qint64 objectsGiven = 0;
    qint64 objectsTaken = 0;
    qint64 divergentSlots = 0; // found in the last round
    qint64 readRepairs = 0;
    qint64 hintsDelivered = 0;
    bool busy = false;
};

// What the checksums have shown since the node started.
struct ClientIntegrity {
    qint64 damagedRecords = 0;
    qint64 repairedRecords = 0;
    qint64 damagedNow = 0;
    qint64 damagedHints = 0;
    qint64 contradictions = 0;
    qint64 scrubbedObjects = 0; // in the pass that is under way, or was last
    qint64 scrubPasses = 0;
    int scrubSlot = 0;
    bool isScrubbing = false;
};

struct ClientReaper {
    bool enabled = false;
    qint64 held = 0;
    qint64 waiting = 0;
    qint64 reaped = 0;
    QString waitsFor;
};

struct ClientStats {
    double requestsPerSecond = 0;
    LatencySnapshot getLatency;
    LatencySnapshot putLatency;
    ClientRepair repair;
    ClientHints hints;
    ClientReaper reaper;
    ClientIntegrity integrity;
    qint64 mostSiblings = 0;
    qint64 keysWithManySiblings = 0;
};

struct ClientConflict {
    QByteArray key;
    int siblings = 0;
};
struct ClientConflictsPage {
    QList<ClientConflict> conflicts;
    QString nextCursor; // empty: the last page
};

} // namespace ringmaster
