// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/ring/ring_painter.h"

#include "ui/session/words.h"

#include <QPainter>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ringmaster {
namespace {

constexpr double badgeRadius = 9.5;
constexpr double hatchPitch = 6;       // pixels along the outer edge
constexpr double leastForHairline = 3; // a shorter span would be all hairline
constexpr int quarters = 4;

void hatch(QPainter& painter, const RingGeometry& ring, TurnSpan span, const QColor& hue)
{
    const int lines = std::max(1, static_cast<int>(ring.outerLength(span) / hatchPitch));
    painter.setPen(QPen(hue, 1.5));
    for (int line = 0; line < lines; ++line) {
        const double turn = span.from + span.length * (line + 0.5) / lines;
        painter.drawLine(ring.at(turn, ring.inner + 1), ring.at(turn, ring.outer - 1));
    }
}

// Where slots 0, 16 384, ... lie, so that the circle has a beginning.
void drawScale(QPainter& painter, const RingGeometry& ring, const Theme& theme)
{
    QFont font = theme.font(FontRole::Secondary);
    font.setPixelSize(11);
    painter.setFont(font);
    for (int quarter = 0; quarter < quarters; ++quarter) {
        const double turn = quarter / static_cast<double>(quarters);
        painter.setPen(QPen(theme.palette().faint, 1));
        painter.drawLine(ring.at(turn, ring.outer + 4), ring.at(turn, ring.outer + 10));
        const QString words = grouped(quarter * (slotCount / quarters));
        const QSizeF size(painter.fontMetrics().horizontalAdvance(words) + 2, painter.fontMetrics().height());
        const QPointF middle = ring.at(turn, ring.outer + 12);
        QRectF box(QPointF(), size);
        box.moveCenter(middle);
        if (quarter == 0)
            box.moveBottom(middle.y());
        else if (quarter == 1)
            box.moveLeft(middle.x() + 2);
        else if (quarter == 2)
            box.moveTop(middle.y());
        else
            box.moveRight(middle.x() - 2);
        painter.setPen(theme.palette().secondary);
        painter.drawText(box, Qt::AlignCenter, words);
    }
}

void drawRing(QPainter& painter, const RingGeometry& ring, const RingPicture& picture, const Theme& theme)
{
    const Palette& palette = theme.palette();
    painter.setRenderHint(QPainter::Antialiasing);
    if (picture.isEmpty())
        painter.fillPath(ring.sector({0, 1}), palette.hairline);
    for (const RingSpan& span : picture.spans) {
        const RingLook& look = picture.members.at(span.member);
        const QColor hue = palette.node(look.hue);
        const TurnSpan turns = turnsOf(span.range);
        if (!look.down) {
            painter.fillPath(ring.sector(turns), hue);
            continue;
        }
        painter.fillPath(ring.sector(turns), mixed(hue, palette.background, 0.24));
        hatch(painter, ring, turns, hue);
    }
    painter.setPen(QPen(palette.background, 1));
    for (const RingSpan& span : picture.spans) {
        const TurnSpan turns = turnsOf(span.range);
        if (ring.outerLength(turns) < leastForHairline || turns.length >= 1)
            continue;
        painter.drawLine(ring.at(turns.from, ring.inner - 1), ring.at(turns.from, ring.outer + 1));
    }
    drawScale(painter, ring, theme);
}

void drawWords(QPainter& painter, const RingGeometry& ring, const RingPicture& picture, const Theme& theme)
{
    const Palette& palette = theme.palette();
    const QRectF hole = ring.hole();
    struct Block {
        QString text;
        QFont font;
        QColor colour;
        double height;
    };
    QList<Block> blocks;
    double total = 0;
    const auto add = [&](const QString& text, const QFont& font, const QColor& colour) {
        const QRectF box = QFontMetricsF(font).boundingRect(hole, Qt::AlignHCenter | Qt::TextWordWrap, text);
        if (text.isEmpty() || total + box.height() > hole.height())
            return;
        blocks.append({text, font, colour, box.height() + 6});
        total += box.height() + 6;
    };
    add(picture.headline, theme.font(FontRole::Headline), palette.text);
    for (const RingLine& line : picture.lines) {
        const QColor colour = line.tone == Health::Bad       ? palette.badText
                              : line.tone == Health::Warning ? palette.warningText
                                                             : palette.secondary;
        add(line.text, theme.font(FontRole::Body), colour);
    }
    double top = hole.center().y() - total / 2;
    for (const Block& block : blocks) {
        painter.setFont(block.font);
        painter.setPen(block.colour);
        painter.drawText(QRectF(hole.left(), top, hole.width(), block.height),
                         Qt::AlignHCenter | Qt::AlignTop | Qt::TextWordWrap, block.text);
        top += block.height;
    }
}

void drawPicked(QPainter& painter, const RingGeometry& ring, const RingPicture& picture,
                const RingMarks& marks, const Palette& palette)
{
    painter.setBrush(Qt::NoBrush);
    if (marks.member >= 0 && marks.member < picture.members.size()) {
        const double radius = ring.outer + 5;
        const QRectF box(ring.centre.x() - radius, ring.centre.y() - radius, 2 * radius, 2 * radius);
        const QColor hue = palette.node(picture.members.at(marks.member).hue);
        painter.setPen(QPen(hue, 3, Qt::SolidLine, Qt::FlatCap));
        for (const RingSpan& span : picture.spans) {
            const TurnSpan turns = turnsOf(span.range);
            if (span.member == marks.member)
                painter.drawArc(box, qRound((90 - turns.from * 360) * 16), qRound(-turns.length * 360 * 16));
        }
    }
    if (marks.hovered >= 0 && marks.hovered < picture.spans.size() && marks.hovered != marks.span) {
        painter.setPen(QPen(palette.text, 1.5));
        painter.drawPath(ring.sector(turnsOf(picture.spans.at(marks.hovered).range), 1.5));
    }
    if (marks.span >= 0 && marks.span < picture.spans.size()) {
        painter.setPen(QPen(palette.accent, 2.5));
        painter.drawPath(ring.sector(turnsOf(picture.spans.at(marks.span).range), 3));
    }
}

// The turns of the badges 1, 2, 3, ...: the key's own, then where each further replica is first met.
QList<double> badgeTurns(const RingGeometry& ring, const RingPicture& picture, const MarkedKey& key)
{
    QList<double> turns;
    for (const int member : key.replicas) {
        const int span = picture.firstSpanOf(member, slotOf(key.position));
        const bool here = span >= 0 && span == picture.spanAt(slotOf(key.position));
        turns.append(span < 0 || here ? turnOf(key.position)
                                      : turnsOf(picture.spans.at(span).range).middle());
    }
    return spread(turns, (2 * badgeRadius + 4) / (2 * std::numbers::pi * ring.inner));
}

void drawBadge(QPainter& painter, QPointF at, int number, const RingLook& look, const Theme& theme)
{
    const Palette& palette = theme.palette();
    const QColor hue = palette.node(look.hue);
    painter.setPen(QPen(hue, 2, look.down ? Qt::DashLine : Qt::SolidLine));
    painter.setBrush(palette.panel);
    painter.drawEllipse(at, badgeRadius, badgeRadius);
    QFont font = theme.font(FontRole::Strong);
    font.setPixelSize(11);
    painter.setFont(font);
    painter.setPen(palette.text);
    const QRectF box(at.x() - badgeRadius, at.y() - badgeRadius, 2 * badgeRadius, 2 * badgeRadius);
    painter.drawText(box, Qt::AlignCenter, QString::number(number));
}

void drawKeyLabel(QPainter& painter, const RingGeometry& ring, const MarkedKey& key, QSizeF area,
                  const Theme& theme)
{
    const Palette& palette = theme.palette();
    const QFontMetricsF strong(theme.font(FontRole::Strong));
    const QString name = strong.elidedText(key.label, Qt::ElideMiddle, 180);
    const QString slot = QStringLiteral("slot ") + grouped(slotOf(key.position).value);
    const QSizeF size(std::max(strong.horizontalAdvance(name), 76.0) + 2, 34);
    const KeyLabel label =
        placeKeyLabel(ring, turnOf(key.position), size, QRectF(QPointF(), area).adjusted(8, 2, -8, -2));

    painter.setPen(QPen(palette.text, 1.5));
    painter.drawLine(label.lineFrom, label.lineTo);
    // A ground of its own, so that a mark of the scale does not shine through.
    painter.fillRect(label.text.adjusted(-3, 0, 3, 0), palette.background);
    const int side = label.leftward ? Qt::AlignRight : Qt::AlignLeft;
    painter.setFont(theme.font(FontRole::Strong));
    painter.setPen(palette.text);
    painter.drawText(label.text, side | Qt::AlignTop | Qt::TextSingleLine, name);
    painter.setFont(theme.font(FontRole::Secondary));
    painter.setPen(palette.secondary);
    painter.drawText(label.text, side | Qt::AlignBottom | Qt::TextSingleLine, slot);
    // Last, so that no label covers it.
    painter.setPen(Qt::NoPen);
    painter.setBrush(palette.accent);
    painter.drawEllipse(label.lineTo, 5, 5);
}

void drawKey(QPainter& painter, const RingGeometry& ring, const RingPicture& picture, const MarkedKey& key,
             QSizeF area, const Theme& theme)
{
    drawKeyLabel(painter, ring, key, area, theme);
    const QList<double> turns = badgeTurns(ring, picture, key);
    const double radius = ring.inner - 2;
    painter.setBrush(Qt::NoBrush);
    for (qsizetype i = 1; i < turns.size(); ++i) {
        const RingLook& look = picture.members.at(key.replicas.at(i));
        painter.setPen(QPen(theme.palette().node(look.hue), 2, look.down ? Qt::DashLine : Qt::SolidLine));
        painter.drawPath(linkBetween(ring, turns.first(), turns.at(i), radius));
    }
    for (qsizetype i = 0; i < turns.size(); ++i)
        drawBadge(painter, ring.at(turns.at(i), radius), static_cast<int>(i) + 1,
                  picture.members.at(key.replicas.at(i)), theme);
}

} // namespace

void RingPainter::paint(QPainter& painter, const RingGeometry& ring, QSizeF area, double pixelRatio,
                        const RingPicture& picture, const RingMarks& marks)
{
    const CacheKey wanted{picture.members, picture.spans,         area, ring.centre, ring.outer,
                          pixelRatio,      m_theme.palette().dark};
    if (m_ring.isNull() || !(m_cached == wanted)) {
        m_ring = QPixmap((area * pixelRatio).toSize());
        m_ring.setDevicePixelRatio(pixelRatio);
        m_ring.fill(Qt::transparent);
        QPainter into(&m_ring);
        drawRing(into, ring, picture, m_theme);
        m_cached = wanted;
    }
    painter.drawPixmap(QPointF(), m_ring);
    painter.setRenderHint(QPainter::Antialiasing);
    drawPicked(painter, ring, picture, marks, m_theme.palette());
    drawWords(painter, ring, picture, m_theme);
    if (marks.key && !picture.isEmpty())
        drawKey(painter, ring, picture, *marks.key, area, m_theme);
}

} // namespace ringmaster
