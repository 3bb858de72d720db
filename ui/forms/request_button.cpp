// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forms/request_button.h"

#include "ui/theme/style_sheet.h"

#include <QPainter>

namespace ringmaster {
namespace {

constexpr int patienceMs = 250;
constexpr int motionMs = 40;
constexpr int motionSteps = 30;

} // namespace

RequestButton::RequestButton(const QString& text, const QString& kind, const Theme& theme, QWidget* parent)
    : QPushButton(text, parent)
    , m_theme(theme)
    , m_text(text)
    , m_kind(kind)
{
    setProperty("kind", kind);
    setMinimumWidth(104);
    m_patience.setSingleShot(true);
    m_patience.setInterval(patienceMs);
    m_motion.setInterval(motionMs);
    connect(&m_patience, &QTimer::timeout, this, &RequestButton::showCancel);
    connect(&m_motion, &QTimer::timeout, this, [this] {
        m_step = (m_step + 1) % motionSteps;
        update();
    });
    connect(this, &QPushButton::clicked, this, &RequestButton::onClicked);
}

void RequestButton::setBusy(bool busy)
{
    if (busy == m_busy)
        return;
    m_busy = busy;
    if (busy) {
        m_patience.start();
        return;
    }
    m_patience.stop();
    m_motion.stop();
    m_cancels = false;
    setText(m_text);
    setLook(this, "kind", m_kind);
}

void RequestButton::paintEvent(QPaintEvent* event)
{
    QPushButton::paintEvent(event);
    if (!m_cancels)
        return;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const double track = width() - 16.0;
    const double piece = track / 3;
    const double left = 8 + (track - piece) * (m_step < motionSteps / 2 ? m_step : motionSteps - m_step) /
                                (motionSteps / 2.0);
    painter.setPen(Qt::NoPen);
    painter.setBrush(m_theme.palette().accent);
    painter.drawRoundedRect(QRectF(left, height() - 5.0, piece, 2), 1, 1);
}

void RequestButton::onClicked()
{
    if (!m_busy)
        Q_EMIT asked();
    else if (m_cancels)
        Q_EMIT cancelAsked();
}

void RequestButton::showCancel()
{
    m_cancels = true;
    setText(tr("Cancel"));
    setLook(this, "kind", QStringLiteral("plain"));
    m_motion.start();
}

} // namespace ringmaster
