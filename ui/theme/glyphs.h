// SPDX-License-Identifier: GPL-3.0-or-later
// The small signs that say a state by shape as well as by colour.
#pragma once

#include "ui/theme/palette.h"

#include <QRectF>

class QPainter;

namespace ringmaster {

enum class NodeSign {
    Solid,   // serves
    Half,    // on its way up or down
    Crossed, // down: hollow, hatched, crossed
    Hollow,  // stopped on purpose
};

// A rounded square in the node's hue.
void drawNodeSign(QPainter& painter, const QRectF& box, const QColor& hue, NodeSign sign,
                  const QColor& ground);

enum class Health {
    Good,    // a disc
    Warning, // a triangle
    Bad,     // a square with a cross
    Unknown, // a ring
};

void drawHealth(QPainter& painter, const QRectF& box, Health health, const Palette& palette);

// The moon in a light window, the sun in a dark one: what the toggle leads to.
void drawThemeSign(QPainter& painter, const QRectF& box, const Palette& palette);

} // namespace ringmaster
