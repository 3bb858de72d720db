// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/ring/ring_page.h"

#include "ui/session/words.h"
#include "ui/theme/style_sheet.h"

#include <QGridLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace ringmaster {
namespace {

constexpr int leastForWordsBeside = 660;
constexpr int wordsHeight = 56;

} // namespace

RingPage::RingPage(const Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_subtitle(makeLabel({}, QStringLiteral("secondary"), this))
    , m_ring(new RingWidget(theme, this))
{
    auto* words = new QWidget(this);
    words->setAttribute(Qt::WA_TransparentForMouseEvents);
    auto* lines = new QVBoxLayout(words);
    lines->setContentsMargins(24, 14, 24, 0);
    lines->setSpacing(4);
    lines->addWidget(makeLabel(tr("Ring"), QStringLiteral("title"), words));
    lines->addWidget(m_subtitle);
    // One over the other: beside the circle there is room for the words.
    auto* layout = new QGridLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_ring, 0, 0);
    layout->addWidget(words, 0, 0, Qt::AlignLeft | Qt::AlignTop);
    words->raise();
}

void RingPage::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    m_ring->setTopInset(width() >= leastForWordsBeside ? 0 : wordsHeight);
}

void RingPage::setFacts(const ClusterFacts& facts)
{
    // On two lines, to stay clear of the circle.
    QString words =
        tr("%1 slots · %2")
            .arg(grouped(slotCount), counted(facts.picture.spans.size(), tr("token"), tr("tokens")));
    if (facts.snapshot.replicas > 0)
        words += tr("\neach key on %1").arg(counted(facts.snapshot.replicas, tr("node"), tr("nodes")));
    m_subtitle->setText(words);
    m_ring->setPicture(facts.picture);
}

} // namespace ringmaster
