// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forms/outcome_view.h"

#include "ui/forms/quorum_text.h"
#include "ui/session/words.h"
#include "ui/theme/style_sheet.h"

#include <QLabel>
#include <QVBoxLayout>

namespace ringmaster {

OutcomeView::OutcomeView(QWidget* parent)
    : QWidget(parent)
    , m_headline(makeLabel({}, QStringLiteral("good"), this))
    , m_details(makeLabel({}, QStringLiteral("secondary"), this))
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 4, 0, 0);
    layout->setSpacing(2);
    layout->setAlignment(Qt::AlignTop);
    for (QLabel* label : {m_headline, m_details}) {
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
        layout->addWidget(label);
    }
    m_headline->setObjectName(QStringLiteral("outcome"));
}

namespace {

QString ofKey(const QString& key, const QString& words)
{
    return key.isEmpty() ? words : QStringLiteral("%1: %2").arg(visibleText(key), words);
}

} // namespace

void OutcomeView::showDone(QChar letter, const ClientValue& value, const QString& key)
{
    const QuorumText text = quorumText(letter, value.quorum, value.tookMs);
    say(QStringLiteral("good"), ofKey(key, text.headline), text.details);
}

void OutcomeView::showFailed(const ClientError& error, const QString& key)
{
    say(QStringLiteral("bad"), ofKey(key, visibleText(error.message)),
        error.quorum ? quorumDetails(*error.quorum) : QStringList());
}

void OutcomeView::showNote(const QString& text)
{
    say(QStringLiteral("secondary"), text, {});
}

void OutcomeView::clear()
{
    say(QStringLiteral("secondary"), {}, {});
}

QString OutcomeView::headline() const
{
    return m_headline->text();
}

QString OutcomeView::details() const
{
    return m_details->text();
}

void OutcomeView::say(const QString& role, const QString& headline, const QStringList& details)
{
    setLook(m_headline, "role", role);
    m_headline->setText(headline);
    // A figure stays with its unit where the line is broken.
    m_details->setText(details.join(QLatin1Char('\n'))
                           .replace(QStringLiteral(" ms"), QChar(QChar::Nbsp) + QStringLiteral("ms")));
}

} // namespace ringmaster
