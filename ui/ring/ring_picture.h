// SPDX-License-Identifier: GPL-3.0-or-later
// The ring as it is drawn: spans by owner, and what to say in the middle. A value made from a snapshot.
#pragma once

#include "nodecore/client/cluster_snapshot.h"
#include "nodecore/ring/hash_ring.h"
#include "ui/nodes/node_row.h"

#include <QList>
#include <QString>

#include <memory>
#include <optional>

namespace ringmaster {

struct RingSpan {
    SlotRange range;
    int member = -1; // index into RingPicture::members
    friend bool operator==(const RingSpan&, const RingSpan&) = default;
};

struct RingLook {
    QString name;
    int hue = 0;
    bool down = false;
    friend bool operator==(const RingLook&, const RingLook&) = default;
};

// A line in the middle of the ring.
struct RingLine {
    QString text;
    Health tone = Health::Unknown;
    friend bool operator==(const RingLine&, const RingLine&) = default;
};

struct RingPicture {
    QList<RingLook> members; // as in the snapshot
    QList<RingSpan> spans;   // by slot; the one that goes around the top is the first
    int replicas = 0;
    QString headline;
    QList<RingLine> lines;

    bool isEmpty() const { return spans.isEmpty(); }
    // Index of the span that slot lies in; -1 in an empty ring.
    int spanAt(Slot slot) const;
    int memberNamed(const QString& name) const; // -1: none
    // Members in the order in which they are met walking clockwise from slot, each once, as indices.
    QList<int> walk(Slot slot) const;
    // The first span clockwise from slot that member owns; -1 where it owns none.
    int firstSpanOf(int member, Slot slot) const;

    friend bool operator==(const RingPicture&, const RingPicture&) = default;
};

// hues give each member its colour. Tokens of members that the snapshot does not list are left out.
RingPicture ringPicture(const ClusterSnapshot& snapshot, const NodeHues& hues);

// "Slots 8 704 to 9 215 (512)", the owner, and where its keys live: for a tool tip and the inspector.
QString spanWords(const RingPicture& picture, int span);

} // namespace ringmaster
