// SPDX-License-Identifier: GPL-3.0-or-later
// The ring to look at, point at and walk on. It selects nothing by itself: it asks, and is told by
// setMarks() what is selected.
//
// Keys: Left and Right go from node to node, Up and Down from range to range, Escape lets go.
#pragma once

#include "ui/ring/ring_painter.h"

#include <QWidget>

namespace ringmaster {

class RingWidget : public QWidget {
    Q_OBJECT
public:
    // theme must outlive the widget.
    explicit RingWidget(const Theme& theme, QWidget* parent = nullptr);

    void setPicture(const RingPicture& picture);
    const RingPicture& picture() const { return m_picture; }
    // hovered is the widget's own and is ignored here.
    void setMarks(const RingMarks& marks);
    const RingMarks& marks() const { return m_marks; }

    // Keeps the topmost pixels free, for words that stand over the widget.
    void setTopInset(int pixels);
    RingGeometry geometryNow() const;

    QSize minimumSizeHint() const override { return {260, 240}; }
    QSize sizeHint() const override { return {560, 520}; }

Q_SIGNALS:
    void nodeAsked(const QString& name);
    void rangeAsked(ringmaster::Slot lastSlot);
    void clearAsked();

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    int spanAt(QPointF point) const;
    void hover(int span);
    void stepNode(int by);
    void stepRange(int by);
    void describe();

    const Theme& m_theme;
    bool m_showFocus = false; // came by the keyboard, not by a click
    RingPainter m_painter;
    RingPicture m_picture;
    RingMarks m_marks;
    int m_topInset = 0;
};

} // namespace ringmaster
