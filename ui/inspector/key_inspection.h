// SPDX-License-Identifier: GPL-3.0-or-later
// What the inspector shows of a key: where it lies, who holds which versions of it, and its values. A value.
#pragma once

#include "nodecore/client/node_client.h"
#include "ui/session/cluster_facts.h"

#include <QList>
#include <QStringList>

#include <optional>

namespace ringmaster {

enum class Standing {
    Unasked,     // nothing is known of it yet
    Current,     // holds just what a read returns
    Stale,       // lacks a version, or holds one that was superseded
    Empty,       // holds nothing, though the key has a value
    Unwritten,   // holds nothing, and there is nothing to hold
    Unreachable, // did not answer
};

struct PlacementRow {
    QString node;
    int hue = 0;
    bool down = false;
    QString role;         // "primary", "fallback"
    QStringList versions; // "n1:4"; newest first
    Standing standing = Standing::Unasked;
    QString note; // why it did not answer
    friend bool operator==(const PlacementRow&, const PlacementRow&) = default;
};

struct VersionCard {
    QString name;  // "n1:4"
    QString value; // fit to be shown, cut where it is very long
    QString clock; // "n1:4 n2:1"
    qint64 bytes = 0;
    qint64 writtenMs = 0;
    bool deleted = false;
    bool utf8 = true;
    friend bool operator==(const VersionCard&, const VersionCard&) = default;
};

struct KeyInspection {
    QString key; // fit to be shown
    Position position;
    Slot slot;
    QList<PlacementRow> rows;
    std::optional<QList<VersionCard>> versions; // nothing: not read yet
    QString problem;                            // why something could not be had
    friend bool operator==(const KeyInspection&, const KeyInspection&) = default;
};

// Before an answer came, placement and value are nothing and the ring alone says where the key belongs.
KeyInspection inspectKey(const Key& key, const ClusterFacts& facts,
                         const std::optional<ClientPlacement>& placement,
                         const std::optional<ClientValue>& value);

// "current", "stale", "unreachable", ...
QString standingWords(const PlacementRow& row);

} // namespace ringmaster
