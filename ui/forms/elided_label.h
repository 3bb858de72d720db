// SPDX-License-Identifier: GPL-3.0-or-later
// One line of plain text that is cut in the middle where there is no room, and shown whole in a tool tip.
#pragma once

#include <QLabel>

namespace ringmaster {

class ElidedLabel : public QLabel {
    Q_OBJECT
public:
    explicit ElidedLabel(const QString& role, QWidget* parent = nullptr);
    void setWhole(const QString& text, Qt::TextElideMode mode = Qt::ElideMiddle);
    const QString& whole() const { return m_whole; }

    QSize minimumSizeHint() const override { return {24, QLabel::minimumSizeHint().height()}; }
    QSize sizeHint() const override;

protected:
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void fit();
    QString m_whole;
    Qt::TextElideMode m_mode = Qt::ElideMiddle;
};

} // namespace ringmaster
