// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/ring/ring_geometry.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ringmaster {
namespace {

constexpr double labelMargin = 44; // above and below: the key's dot and its two lines
constexpr double leastOuter = 60;
constexpr double band = 0.10; // of the outer radius
constexpr double fullCircle = 2 * std::numbers::pi;

double wrapped(double turn)
{
    return turn - std::floor(turn);
}

} // namespace

double TurnSpan::middle() const
{
    return wrapped(from + length / 2);
}

double turnOf(Position position)
{
    return static_cast<double>(position.value >> 11) * 0x1p-53;
}

TurnSpan turnsOf(SlotRange range)
{
    return {range.first.value / static_cast<double>(slotCount),
            range.slots() / static_cast<double>(slotCount)};
}

RingGeometry RingGeometry::fitting(const QRectF& area)
{
    RingGeometry ring;
    ring.centre = area.center();
    ring.outer = std::max(leastOuter, std::min(area.width(), area.height()) / 2 - labelMargin);
    ring.inner = ring.outer - std::clamp(ring.outer * band, 12.0, 30.0);
    return ring;
}

QPointF RingGeometry::at(double turn, double radius) const
{
    const double angle = turn * fullCircle;
    return centre + QPointF(std::sin(angle), -std::cos(angle)) * radius;
}

QPainterPath RingGeometry::sector(TurnSpan span, double grow) const
{
    const double far = outer + grow;
    const double near = inner - grow;
    const QRectF outerBox(centre.x() - far, centre.y() - far, 2 * far, 2 * far);
    const QRectF innerBox(centre.x() - near, centre.y() - near, 2 * near, 2 * near);
    QPainterPath path;
    if (span.length >= 1) {
        path.addEllipse(outerBox);
        path.addEllipse(innerBox); // odd-even filling leaves the hole
        return path;
    }
    // Qt measures degrees counter-clockwise from three o'clock.
    const double start = 90 - span.from * 360;
    const double sweep = -span.length * 360;
    path.arcMoveTo(outerBox, start);
    path.arcTo(outerBox, start, sweep);
    path.arcTo(innerBox, start + sweep, -sweep);
    path.closeSubpath();
    return path;
}

double RingGeometry::outerLength(TurnSpan span) const
{
    return span.length * fullCircle * outer;
}

std::optional<Slot> RingGeometry::slotAt(QPointF point, double tolerance) const
{
    const QPointF offset = point - centre;
    const double radius = std::hypot(offset.x(), offset.y());
    if (radius < inner - tolerance || radius > outer + tolerance)
        return std::nullopt;
    const double turn = wrapped(std::atan2(offset.x(), -offset.y()) / fullCircle);
    return Slot{static_cast<quint16>(std::min(slotCount - 1, static_cast<int>(turn * slotCount)))};
}

QRectF RingGeometry::hole() const
{
    const double half = inner * 0.70;
    return {centre.x() - half, centre.y() - half, 2 * half, 2 * half};
}

QList<double> spread(QList<double> turns, double gap)
{
    for (qsizetype i = 1; i < turns.size(); ++i) {
        const double ahead = wrapped(turns[i] - turns[i - 1]);
        // More than half a circle ahead is behind: an earlier one has been pushed past it.
        if (ahead < gap || ahead > 1 - gap)
            turns[i] = wrapped(turns[i - 1] + gap);
    }
    return turns;
}

QPainterPath linkBetween(const RingGeometry& geometry, double fromTurn, double toTurn, double radius)
{
    double apart = wrapped(toTurn - fromTurn);
    double middle = fromTurn + apart / 2;
    if (apart > 0.5) {
        apart = 1 - apart;
        middle = toTurn + apart / 2;
    }
    const double dip = std::clamp(apart * fullCircle * radius * 0.9, 34.0, radius * 0.55);
    const QPointF control = geometry.at(middle, radius - dip);
    QPainterPath path(geometry.at(fromTurn, radius));
    path.quadTo(control, geometry.at(toTurn, radius));
    return path;
}

KeyLabel placeKeyLabel(const RingGeometry& geometry, double turn, QSizeF size, const QRectF& area)
{
    KeyLabel label;
    label.lineFrom = geometry.at(turn, geometry.outer + 2);
    label.lineTo = geometry.at(turn, geometry.outer + 22);
    label.leftward = wrapped(turn) > 0.5;
    const double gap = 10;
    const double left = label.leftward ? label.lineTo.x() - gap - size.width() : label.lineTo.x() + gap;
    label.text = QRectF(QPointF(left, label.lineTo.y() - size.height() / 2), size);
    if (label.text.right() > area.right())
        label.text.moveRight(area.right());
    if (label.text.left() < area.left())
        label.text.moveLeft(area.left());
    label.text.moveTop(
        std::clamp(label.text.top(), area.top(), std::max(area.top(), area.bottom() - size.height())));
    return label;
}

} // namespace ringmaster
