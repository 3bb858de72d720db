// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forms/write_form.h"

#include "ui/forms/clock_parser.h"
#include "ui/forms/form_checks.h"
#include "ui/forms/outcome_view.h"
#include "ui/forms/request_button.h"
#include "ui/forms/sibling_list.h"
#include "ui/forms/value_edit.h"
#include "ui/session/words.h"
#include "ui/theme/style_sheet.h"

#include <QGridLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QRandomGenerator>

namespace ringmaster {

WriteForm::WriteForm(KeyValuePort& port, const Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_port(port)
    , m_theme(theme)
{
    build();
    for (QLineEdit* edit : {m_key, m_quorum, m_clock}) {
        connect(edit, &QLineEdit::returnPressed, this, &WriteForm::submit);
        connect(edit, &QLineEdit::textEdited, this, [this, edit] { m_grid->setError(edit, {}); });
    }
    connect(m_value, &ValueEdit::submitted, this, &WriteForm::submit);
    connect(m_button, &RequestButton::asked, this, &WriteForm::submit);
    connect(m_button, &RequestButton::cancelAsked, this, &WriteForm::cancel);
    connect(m_key, &QLineEdit::textChanged, this, &WriteForm::keyChanged);
    connect(m_clock, &QLineEdit::textEdited, this, [this] { m_clockOf.clear(); });
    connect(m_siblings, &SiblingList::clockTaken, this,
            [this](const Clock& clock) { useClock(m_shownKey, clock); });
}

void WriteForm::build()
{
    auto* layout = new QGridLayout(this);
    m_grid = std::make_unique<FormGrid>(layout, this);
    m_key = m_grid->addLine(tr("Key"), QStringLiteral("writeKey"), true);
    m_value = new ValueEdit(this);
    m_grid->addField(tr("Value"), QStringLiteral("writeValue"), m_value);
    m_grid->addHeading(tr("Optional:"));
    m_quorum = m_grid->addLine(tr("Write quorum"), QStringLiteral("writeQuorum"), false);
    m_clock = m_grid->addLine(tr("Vector clock"), QStringLiteral("vectorClock"), true);
    m_clock->setMaxLength(maxClockText);
    m_clock->setPlaceholderText(tr("from a read, or none"));

    m_button = new RequestButton(tr("Write data"), QStringLiteral("good"), m_theme, this);
    m_button->setObjectName(QStringLiteral("writeData"));
    m_outcome = new OutcomeView(this);
    m_siblings = new SiblingList(QStringLiteral(":"), this);
    m_siblings->setObjectName(QStringLiteral("writeSiblings"));
    m_siblings->setAccessibleName(tr("Siblings after the write"));

    layout->setColumnMinimumWidth(2, 104);
    layout->setColumnStretch(1, 5);
    layout->setColumnStretch(2, 3);
    layout->addWidget(m_button, 0, 2, Qt::AlignLeft | Qt::AlignTop);
    layout->addWidget(m_outcome, 1, 2, m_grid->rows() - 1, 1, Qt::AlignTop);
    layout->addWidget(m_siblings, m_grid->rows(), 0, 1, 3);
    // What the outcome needs beyond the fields' height goes below the last of them, not between them.
    layout->setRowStretch(m_grid->rows() - 1, 1);
    layout->setRowStretch(m_grid->rows(), 1000);
    setTabOrder(m_key, m_value);
    setTabOrder(m_value, m_quorum);
    setTabOrder(m_quorum, m_clock);
    setTabOrder(m_clock, m_button);
}

void WriteForm::setFacts(const ClusterFacts& facts)
{
    m_facts = facts;
    const ClusterSnapshot& s = facts.snapshot;
    m_quorum->setPlaceholderText(s.replicas > 0 ? tr("%1 of %2").arg(s.writeQuorum).arg(s.replicas)
                                                : QString());
}

void WriteForm::setKey(const QString& key)
{
    m_key->setText(key);
    m_grid->setError(m_key, {});
}

void WriteForm::followKey(const QString& key)
{
    if (m_clock->text().isEmpty() && m_value->bytes().isEmpty())
        setKey(key);
}

void WriteForm::keyChanged()
{
    const QString key = m_key->text();
    m_grid->setError(m_key, {});
    if (!m_call && !m_shownKey.isEmpty() && m_shownKey != key) {
        m_outcome->clear();
        m_siblings->clear();
        m_shownKey.clear();
    }
    if (!m_clockOf.isEmpty() && m_clockOf != key) {
        m_outcome->showNote(tr("The clock was that of %1, so it was taken out.").arg(visibleText(m_clockOf)));
        m_clock->clear();
        m_grid->setError(m_clock, {});
        m_clockOf.clear();
    }
}

void WriteForm::useClock(const QString& key, const Clock& clock)
{
    m_clockOf.clear(); // the one before goes anyway
    setKey(key);
    m_clock->setText(clockText(clock));
    m_clockOf = key;
    m_clock->setCursorPosition(0);
    m_grid->setError(m_clock, {});
    m_value->setFocus();
    m_value->selectAll();
}

void WriteForm::focusKey()
{
    m_key->setFocus(Qt::ShortcutFocusReason);
    m_key->selectAll();
}

void WriteForm::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Escape && m_call)
        return cancel();
    QWidget::keyPressEvent(event);
}

std::optional<WriteOrder> WriteForm::checked()
{
    m_grid->clearErrors();
    const Result<Key> key = checkKey(m_key->text());
    const Result<std::optional<int>> quorum = checkQuorum(m_quorum->text(), m_facts.snapshot.replicas);
    if (!key)
        m_grid->setError(m_key, key.error().message);
    if (!quorum)
        m_grid->setError(m_quorum, quorum.error().message);
    if (!key || !quorum) {
        (key ? m_quorum : m_key)->setFocus();
        return std::nullopt;
    }
    const Result<QByteArray> context = checkClock(m_clock->text(), *key, m_seen);
    if (!context) {
        m_grid->setError(m_clock, context.error().message);
        m_clock->setFocus();
        return std::nullopt;
    }
    return WriteOrder{*key, m_value->bytes(), *context, *quorum};
}

// A write that may have been carried out and is asked for again is the same write: it must not be made twice,
// and not replace what was written since.
void WriteForm::name(WriteOrder& order)
{
    if (m_unanswered)
        order.idempotencyId = m_unanswered->idempotencyId;
    if (m_unanswered != order)
        order.idempotencyId = QByteArray::number(QRandomGenerator::system()->generate64(), 16) +
                              QByteArray::number(QRandomGenerator::system()->generate64(), 16);
    m_unanswered = order;
}

void WriteForm::submit()
{
    if (m_call)
        return;
    std::optional<WriteOrder> order = checked();
    if (!order) {
        m_outcome->clear(); // it was that of another request
        return;
    }
    name(*order);
    m_outcome->clear();
    m_siblings->clear();
    m_button->setBusy(true);
    m_shownKey = m_key->text();
    Q_EMIT asked(m_shownKey);
    m_call = m_port.write(
        *order, [this, key = order->key](const ClientResult<ClientValue>& result) { finished(key, result); });
}

void WriteForm::cancel()
{
    m_call.reset();
    m_button->setBusy(false);
    m_outcome->showNote(tr("No longer waited for. The write may still be carried out: read the key to see."));
}

void WriteForm::finished(const Key& key, const ClientResult<ClientValue>& result)
{
    finish(m_call);
    m_button->setBusy(false);
    const bool isOfAnother = m_shownKey != m_key->text();
    const QString named = isOfAnother ? m_shownKey : QString();
    if (!result)
        return m_outcome->showFailed(result.error(), named);
    m_unanswered.reset();
    remember(key, *result);
    m_outcome->showDone(QLatin1Char('W'), *result, named);
    m_siblings->setRows(railsRows(result->siblings, replicaActors(m_facts, key)));
    // It has done its work; with it the next write would be concurrent with this one.
    if (!isOfAnother) {
        m_clock->clear();
        m_clockOf.clear();
    }
    Q_EMIT written(key, *result);
}

} // namespace ringmaster
