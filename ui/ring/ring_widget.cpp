// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/ring/ring_widget.h"

#include "ui/theme/style_sheet.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>

namespace ringmaster {

RingWidget::RingWidget(const Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_painter(theme)
{
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Ring"));
    connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void RingWidget::setPicture(const RingPicture& picture)
{
    if (m_picture == picture)
        return;
    m_picture = picture;
    if (m_marks.hovered >= m_picture.spans.size())
        m_marks.hovered = -1;
    describe();
    update();
}

void RingWidget::setMarks(const RingMarks& marks)
{
    const int hovered = m_marks.hovered;
    if (m_marks == marks)
        return;
    m_marks = marks;
    m_marks.hovered = hovered;
    describe();
    update();
}

bool RingWidget::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const int span = spanAt(help->pos());
    if (span < 0)
        QToolTip::hideText();
    else
        QToolTip::showText(help->globalPos(), plainToolTip(spanWords(m_picture, span)), this);
    return true;
}

void RingWidget::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    m_painter.paint(painter, geometryNow(), size(), devicePixelRatioF(), m_picture, m_marks);
    if (hasFocus() && m_showFocus) {
        const RingGeometry shown = geometryNow();
        painter.setPen(QPen(m_theme.palette().accent, 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawEllipse(shown.centre, shown.inner - 6, shown.inner - 6);
    }
}

void RingWidget::mouseMoveEvent(QMouseEvent* event)
{
    hover(spanAt(event->position()));
}

void RingWidget::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton)
        return;
    const int span = spanAt(event->position());
    if (span < 0)
        Q_EMIT clearAsked();
    else
        Q_EMIT rangeAsked(m_picture.spans.at(span).range.last);
}

void RingWidget::leaveEvent(QEvent*)
{
    hover(-1);
}

void RingWidget::keyPressEvent(QKeyEvent* event)
{
    m_showFocus = true;
    switch (event->key()) {
    case Qt::Key_Left:
        return stepNode(-1);
    case Qt::Key_Right:
        return stepNode(1);
    case Qt::Key_Up:
        return stepRange(-1);
    case Qt::Key_Down:
        return stepRange(1);
    case Qt::Key_Escape:
        Q_EMIT clearAsked();
        return;
    default:
        QWidget::keyPressEvent(event);
    }
}

void RingWidget::focusInEvent(QFocusEvent* event)
{
    const Qt::FocusReason reason = event->reason();
    if (reason != Qt::ActiveWindowFocusReason && reason != Qt::PopupFocusReason)
        m_showFocus = reason == Qt::TabFocusReason || reason == Qt::BacktabFocusReason;
    update();
    QWidget::focusInEvent(event);
}

void RingWidget::focusOutEvent(QFocusEvent* event)
{
    update();
    QWidget::focusOutEvent(event);
}

RingGeometry RingWidget::geometryNow() const
{
    return RingGeometry::fitting(QRectF(rect()).adjusted(0, m_topInset, 0, 0));
}

void RingWidget::setTopInset(int pixels)
{
    m_topInset = pixels;
    update();
}

int RingWidget::spanAt(QPointF point) const
{
    const std::optional<Slot> slot = geometryNow().slotAt(point);
    return slot ? m_picture.spanAt(*slot) : -1;
}

void RingWidget::hover(int span)
{
    if (span == m_marks.hovered)
        return;
    m_marks.hovered = span;
    setCursor(span < 0 ? Qt::ArrowCursor : Qt::PointingHandCursor);
    update();
}

void RingWidget::stepNode(int by)
{
    const int count = static_cast<int>(m_picture.members.size());
    if (count == 0)
        return;
    const int from = m_marks.member < 0 && by < 0 ? 0 : m_marks.member;
    Q_EMIT nodeAsked(m_picture.members.at((from + by + count) % count).name);
}

void RingWidget::stepRange(int by)
{
    const int count = static_cast<int>(m_picture.spans.size());
    if (count == 0)
        return;
    int from = m_marks.span;
    if (from < 0 && m_marks.key)
        from = m_picture.spanAt(slotOf(m_marks.key->position));
    if (from < 0)
        from = by > 0 ? -1 : 0;
    Q_EMIT rangeAsked(m_picture.spans.at((from + by + count) % count).range.last);
}

void RingWidget::describe()
{
    QStringList words{m_picture.headline};
    for (const RingLine& line : m_picture.lines)
        words.append(line.text);
    if (m_marks.span >= 0 && m_marks.span < m_picture.spans.size())
        words.append(spanWords(m_picture, m_marks.span));
    if (m_marks.key)
        words.append(tr("Selected key: %1").arg(m_marks.key->label));
    setAccessibleDescription(words.join(QStringLiteral(". ")));
}

} // namespace ringmaster
