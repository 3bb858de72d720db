// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme/glyphs.h"

#include <QPainter>
#include <QPainterPath>

#include <cmath>
#include <numbers>

namespace ringmaster {

void drawNodeSign(QPainter& painter, const QRectF& box, const QColor& hue, NodeSign sign,
                  const QColor& ground)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF inside = box.adjusted(0.75, 0.75, -0.75, -0.75);
    QPainterPath square;
    square.addRoundedRect(inside, 3, 3);
    painter.setPen(QPen(hue, 1.5));
    painter.setBrush(sign == NodeSign::Solid ? hue : ground);
    painter.drawPath(square);
    if (sign == NodeSign::Half) {
        painter.setClipPath(square);
        painter.fillRect(QRectF(inside.left(), inside.center().y(), inside.width(), inside.height()), hue);
    } else if (sign == NodeSign::Crossed) {
        painter.setPen(QPen(hue, 1.5, Qt::SolidLine, Qt::RoundCap));
        const QRectF cross = inside.adjusted(3, 3, -3, -3);
        painter.drawLine(cross.topLeft(), cross.bottomRight());
        painter.drawLine(cross.topRight(), cross.bottomLeft());
    }
    painter.restore();
}

void drawHealth(QPainter& painter, const QRectF& box, Health health, const Palette& palette)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    switch (health) {
    case Health::Good:
        painter.setBrush(palette.good);
        painter.drawEllipse(box);
        break;
    case Health::Warning:
        painter.setBrush(palette.warning);
        painter.drawPolygon(QPolygonF{{box.center().x(), box.top()}, box.bottomRight(), box.bottomLeft()});
        break;
    case Health::Bad: {
        painter.setBrush(palette.bad);
        painter.drawRoundedRect(box, 2, 2);
        painter.setPen(QPen(palette.panel, 1.4, Qt::SolidLine, Qt::RoundCap));
        const QRectF cross = box.adjusted(2.4, 2.4, -2.4, -2.4);
        painter.drawLine(cross.topLeft(), cross.bottomRight());
        painter.drawLine(cross.topRight(), cross.bottomLeft());
        break;
    }
    case Health::Unknown:
        painter.setPen(QPen(palette.faint, 1.5));
        painter.setBrush(Qt::NoBrush);
        painter.drawEllipse(box.adjusted(0.75, 0.75, -0.75, -0.75));
        break;
    }
    painter.restore();
}

void drawThemeSign(QPainter& painter, const QRectF& box, const Palette& palette)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    const QPointF centre = box.center();
    if (!palette.dark) {
        QPainterPath moon;
        moon.addEllipse(centre, 6, 6);
        QPainterPath bite;
        bite.addEllipse(centre + QPointF(3.2, -2.4), 5.2, 5.2);
        painter.fillPath(moon.subtracted(bite), palette.text);
    } else {
        painter.setPen(QPen(palette.text, 1.5, Qt::SolidLine, Qt::RoundCap));
        painter.setBrush(Qt::NoBrush);
        painter.drawEllipse(centre, 3.2, 3.2);
        for (int ray = 0; ray < 8; ++ray) {
            const double angle = ray * std::numbers::pi / 4;
            const QPointF direction(std::cos(angle), std::sin(angle));
            painter.drawLine(centre + direction * 5.4, centre + direction * 7.2);
        }
    }
    painter.restore();
}

} // namespace ringmaster
