// SPDX-License-Identifier: GPL-3.0-or-later
// Draws a RingPicture. The ring itself changes seldom and is kept as a pixmap; what is picked out, hovered
// or said is drawn over it each time.
#pragma once

#include "ui/ring/ring_geometry.h"
#include "ui/ring/ring_marks.h"
#include "ui/theme/theme.h"

#include <QPixmap>

class QPainter;

namespace ringmaster {

class RingPainter {
public:
    // theme must outlive the painter.
    explicit RingPainter(const Theme& theme)
        : m_theme(theme)
    {}

    // Draws within area (from the origin) of a painter whose device has the given pixel ratio.
    void paint(QPainter& painter, const RingGeometry& ring, QSizeF area, double pixelRatio,
               const RingPicture& picture, const RingMarks& marks);

private:
    struct CacheKey {
        QList<RingLook> members;
        QList<RingSpan> spans;
        QSizeF area;
        QPointF centre;
        double outer = 0;
        double pixelRatio = 0;
        bool dark = false;
        bool operator==(const CacheKey&) const = default;
    };

    const Theme& m_theme;
    CacheKey m_cached;
    QPixmap m_ring;
};

} // namespace ringmaster
