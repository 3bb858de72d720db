// SPDX-License-Identifier: GPL-3.0-or-later
// The arithmetic of the ring's picture: from slots and positions to points, and back. No widget, no colour.
//
// A turn is a fraction of the circle, 0..1, clockwise from twelve o'clock; slot s lies between the turns
// s/65536 and (s+1)/65536. Lengths are in logical pixels.
#pragma once

#include "nodecore/ring/hash_ring.h"

#include <QList>
#include <QPainterPath>
#include <QPointF>
#include <QRectF>

#include <optional>

namespace ringmaster {

struct TurnSpan {
    double from = 0;
    double length = 0; // 0..1
    double middle() const;
};

double turnOf(Position position);
TurnSpan turnsOf(SlotRange range);

struct RingGeometry {
    QPointF centre;
    double outer = 0;
    double inner = 0;

    // The largest ring that leaves room for labels around it within area.
    static RingGeometry fitting(const QRectF& area);

    QPointF at(double turn, double radius) const;
    // The piece of the annulus that a span covers, widened by grow pixels at both edges.
    QPainterPath sector(TurnSpan span, double grow = 0) const;
    // Length of a span along the outer edge.
    double outerLength(TurnSpan span) const;
    // The slot under a point; nothing off the annulus. tolerance widens it, for a pointer's sake.
    std::optional<Slot> slotAt(QPointF point, double tolerance = 4) const;
    // The square in the hole of the ring where words stand.
    QRectF hole() const;
};

// Pushes turns apart, clockwise, until neighbours are at least gap apart. Given in the order in which they
// are met walking clockwise; the first one stays.
QList<double> spread(QList<double> turns, double gap);

// A curve between two points on one circle that bends inwards.
QPainterPath linkBetween(const RingGeometry& geometry, double fromTurn, double toTurn, double radius);

struct KeyLabel {
    QPointF lineFrom, lineTo; // from the ring's edge to the dot
    QRectF text;
    bool leftward = false; // the text ends at the dot rather than starting there
};

// Where the name of a key at turn stands, outside the ring and inside area; size is that of its text.
KeyLabel placeKeyLabel(const RingGeometry& geometry, double turn, QSizeF size, const QRectF& area);

} // namespace ringmaster
