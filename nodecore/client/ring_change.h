// SPDX-License-Identifier: GPL-3.0-or-later
// A change of the ring as a program outside plans it and sees it go on. Plain values, as in
// nodecore/net/API.md, Changes of the ring.
#pragma once

#include "nodecore/base/types.h"

#include <QList>
#include <QString>
#include <QStringList>

#include <optional>

namespace ringmaster {

struct ClientPlan {
    struct Load {
        int tokens = 0;
        int primarySlots = 0;
        int replicaSlots = 0;
    };
    struct Node {
        QString name;
        Load before;
        Load after;
        QList<Slot> tokens; // afterwards, where they change; else empty
    };
    // From a node to itself: nobody held it, there is nothing to copy.
    struct Flow {
        QString from;
        QString to;
        int slotCount = 0;
        qint64 objects = 0;
        qint64 bytes = 0; // about
    };
    QString digestBefore;
    QString digestAfter;
    QList<Node> nodes; // by name
    QList<Flow> flows;
    QStringList silent; // did not say how much they hold
    double estimateMs = 0;
    int slotsAtRisk = 0;
    QStringList waitsFor; // without them it does not end, and they cannot be reached
    QString consequence;  // what it costs for good, so that it needs "force"; empty: nothing
    QString risk;         // all that is wrong with it, for a person; empty: nothing

    const Node* node(const QString& name) const; // null where it has no part in it
    qint64 objects() const;
    qint64 bytes() const;
};

// What is copied between a node and a peer now.
struct ClientTransfer {
    struct Moved {
        qint64 keys = 0;
        qint64 bytes = 0;
    };
    QString peer;
    Moved taken;         // from the peer
    Moved given;         // to it
    qint64 keysLeft = 0; // about
    qint64 keysPerSecond = 0;
    qint64 bytesPerSecond = 0;
    std::optional<double> timeLeftMs;
};

// As one node sees it.
struct ClientProgress {
    struct Changing {
        QString node;
        QString kind; // "join", "leave", "move", "replace", "remove"
        QString state;
        int tokens = 0;
        std::optional<int> targetTokens;
        QString replaces;
    };
    QString node;
    QString state;
    QString replaces;     // whose tokens this node would take over if it joined
    QString waitsBecause; // why it does not yet
    bool changing = false;
    QString digest;
    QString nextDigest;
    bool agreed = false;
    QList<Changing> members;
    int incomingSlots = 0; // to this node
    qint64 incomingObjects = 0;
    bool caughtUp = true;
    QList<ClientTransfer> transfers; // by peer; empty where nothing is copied

    const Changing* of(const QString& name) const; // null where it does not change
};

} // namespace ringmaster
