// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forms/elided_label.h"

#include "ui/theme/style_sheet.h"

#include <QEvent>

namespace ringmaster {
namespace {

// Measuring a value of a megabyte for every resize would be felt; no line shows more than this.
constexpr qsizetype mostMeasured = 4000;

} // namespace

ElidedLabel::ElidedLabel(const QString& role, QWidget* parent)
    : QLabel(parent)
{
    setTextFormat(Qt::PlainText);
    setProperty("role", role);
}

void ElidedLabel::setWhole(const QString& text, Qt::TextElideMode mode)
{
    m_whole = text;
    m_mode = mode;
    setAccessibleName(text.left(mostMeasured));
    updateGeometry();
    fit();
}

QSize ElidedLabel::sizeHint() const
{
    return {fontMetrics().horizontalAdvance(m_whole.left(mostMeasured)) + 2, QLabel::sizeHint().height()};
}

void ElidedLabel::resizeEvent(QResizeEvent* event)
{
    QLabel::resizeEvent(event);
    fit();
}

void ElidedLabel::changeEvent(QEvent* event)
{
    QLabel::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange)
        fit();
}

void ElidedLabel::fit()
{
    const QString measured =
        m_whole.size() > mostMeasured ? m_whole.left(mostMeasured) + QChar(0x2026) : m_whole;
    const QString shown = fontMetrics().elidedText(measured, m_mode, width());
    setText(shown);
    setToolTip(shown == m_whole ? QString() : plainToolTip(m_whole));
}

} // namespace ringmaster
