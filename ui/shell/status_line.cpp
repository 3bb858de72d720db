// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/status_line.h"

#include "nodecore/client/availability.h"
#include "ui/forms/elided_label.h"
#include "ui/ring/ring_words.h"
#include "ui/session/words.h"
#include "ui/theme/style_sheet.h"

#include <QHBoxLayout>
#include <QPainter>

namespace ringmaster {
namespace {

constexpr int lineHeight = 28;
constexpr int signSize = 9;
constexpr int messageMs = 8000;

} // namespace

StatusLine::StatusLine(const Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_words(new ElidedLabel(QStringLiteral("secondary"), this))
    , m_figures(makeLabel({}, QStringLiteral("secondary"), this))
{
    setProperty("ground", QStringLiteral("panel"));
    setAttribute(Qt::WA_StyledBackground);
    setFixedHeight(lineHeight);
    m_words->setObjectName(QStringLiteral("statusWords"));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(34, 0, 16, 0);
    layout->setSpacing(24);
    layout->addWidget(m_words, 1);
    layout->addWidget(m_figures);
    m_messageTime.setSingleShot(true);
    m_messageTime.setInterval(messageMs);
    connect(&m_messageTime, &QTimer::timeout, this, [this] {
        m_message.clear();
        showWords();
    });
}

void StatusLine::setSnapshot(const ClusterSnapshot& snapshot)
{
    const Availability availability = availabilityOf(snapshot);
    m_sentence = availability.sentence;
    m_health = healthOf(availability);
    m_figures->setText(figureWords(snapshot));
    showWords();
}

void StatusLine::say(const QString& message)
{
    m_message = message;
    m_messageTime.start();
    showWords();
}

QString StatusLine::sentence() const
{
    return m_sentence;
}

void StatusLine::paintEvent(QPaintEvent* event)
{
    QWidget::paintEvent(event);
    QPainter painter(this);
    drawHealth(painter, QRectF(16, (height() - signSize) / 2.0, signSize, signSize), m_health,
               m_theme.palette());
}

void StatusLine::showWords()
{
    m_words->setWhole(m_message.isEmpty() ? m_sentence : m_message, Qt::ElideRight);
    setLook(m_words, "role", m_message.isEmpty() ? QStringLiteral("secondary") : QStringLiteral("bad"));
    update();
}

QString figureWords(const ClusterSnapshot& snapshot)
{
    if (!snapshot.connected)
        return {};
    double perSecond = 0;
    for (const MemberSnapshot& member : snapshot.members)
        perSecond += member.reachable ? member.requestsPerSecond : 0;
    QStringList latencies;
    if (snapshot.getLatency.p99Ms > 0)
        latencies.append(StatusLine::tr("read %1").arg(latencyWords(snapshot.getLatency.p99Ms)));
    if (snapshot.putLatency.p99Ms > 0)
        latencies.append(StatusLine::tr("write %1").arg(latencyWords(snapshot.putLatency.p99Ms)));
    QString words = StatusLine::tr("%1 requests/s").arg(rateWords(perSecond));
    if (!latencies.isEmpty())
        words += StatusLine::tr(" · p99 %1").arg(latencies.join(QStringLiteral(", ")));
    return words;
}

} // namespace ringmaster
