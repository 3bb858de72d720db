// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forms/read_form.h"

#include "ui/forms/form_checks.h"
#include "ui/forms/outcome_view.h"
#include "ui/forms/request_button.h"
#include "ui/forms/sibling_list.h"
#include "ui/theme/style_sheet.h"

#include <QGridLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>

namespace ringmaster {

ReadForm::ReadForm(KeyValuePort& port, const Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_port(port)
    , m_theme(theme)
{
    build();
    for (QLineEdit* edit : {m_key, m_quorum}) {
        connect(edit, &QLineEdit::returnPressed, this, &ReadForm::submit);
        connect(edit, &QLineEdit::textEdited, this, [this, edit] { m_grid->setError(edit, {}); });
    }
    connect(m_button, &RequestButton::asked, this, &ReadForm::submit);
    connect(m_button, &RequestButton::cancelAsked, this, &ReadForm::cancel);
    connect(m_key, &QLineEdit::textChanged, this, &ReadForm::keyChanged);
    connect(m_siblings, &SiblingList::clockTaken, this,
            [this](const Clock& clock) { Q_EMIT clockTaken(m_shownKey, clock); });
}

void ReadForm::build()
{
    auto* layout = new QGridLayout(this);
    m_grid = std::make_unique<FormGrid>(layout, this);
    m_key = m_grid->addLine(tr("Key"), QStringLiteral("readKey"), true);
    m_quorum = m_grid->addLine(tr("Read quorum"), QStringLiteral("readQuorum"), false);
    m_button = new RequestButton(tr("Get data"), QStringLiteral("primary"), m_theme, this);
    m_button->setObjectName(QStringLiteral("getData"));
    m_outcome = new OutcomeView(this);
    m_siblings = new SiblingList(QStringLiteral("  ===>  "), this);
    m_siblings->setObjectName(QStringLiteral("readSiblings"));
    m_siblings->setAccessibleName(tr("Siblings read"));
    layout->setColumnMinimumWidth(2, 104);
    layout->setColumnStretch(1, 5);
    layout->setColumnStretch(2, 3);
    layout->addWidget(m_button, 0, 2, Qt::AlignLeft | Qt::AlignTop);
    layout->addWidget(m_outcome, 1, 2, m_grid->rows() - 1, 1, Qt::AlignTop);
    layout->addWidget(m_siblings, m_grid->rows(), 0, 1, 3);
    // What the outcome needs beyond the fields' height goes below the last of them, not between them.
    layout->setRowStretch(m_grid->rows() - 1, 1);
    layout->setRowStretch(m_grid->rows(), 1000);
    setTabOrder(m_key, m_quorum);
    setTabOrder(m_quorum, m_button);
}

void ReadForm::setFacts(const ClusterFacts& facts)
{
    m_facts = facts;
    const ClusterSnapshot& s = facts.snapshot;
    m_quorum->setPlaceholderText(s.replicas > 0 ? tr("%1 of %2").arg(s.readQuorum).arg(s.replicas)
                                                : QString());
}

void ReadForm::setKey(const QString& key)
{
    m_key->setText(key);
    m_grid->setError(m_key, {});
}

void ReadForm::keyChanged()
{
    m_grid->setError(m_key, {});
    if (m_call || m_shownKey.isEmpty() || m_shownKey == m_key->text())
        return;
    m_outcome->clear();
    m_siblings->clear();
    m_shownKey.clear();
}

void ReadForm::focusKey()
{
    m_key->setFocus(Qt::ShortcutFocusReason);
    m_key->selectAll();
}

void ReadForm::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Escape && m_call)
        return cancel();
    QWidget::keyPressEvent(event);
}

void ReadForm::submit()
{
    if (m_call)
        return;
    m_grid->clearErrors();
    const Result<Key> key = checkKey(m_key->text());
    const Result<std::optional<int>> quorum = checkQuorum(m_quorum->text(), m_facts.snapshot.replicas);
    if (!key)
        m_grid->setError(m_key, key.error().message);
    if (!quorum)
        m_grid->setError(m_quorum, quorum.error().message);
    if (!key || !quorum) {
        (key ? m_quorum : m_key)->setFocus();
        m_outcome->clear(); // it was that of another request
        return;
    }
    m_outcome->clear();
    m_siblings->clear();
    m_button->setBusy(true);
    m_shownKey = m_key->text();
    Q_EMIT asked(m_shownKey);
    m_call = m_port.read(*key, *quorum, [this, asked = *key](const ClientResult<ClientValue>& result) {
        finished(asked, result);
    });
}

void ReadForm::cancel()
{
    m_call.reset();
    m_button->setBusy(false);
    m_outcome->showNote(tr("No longer waited for."));
}

void ReadForm::finished(const Key& key, const ClientResult<ClientValue>& result)
{
    finish(m_call);
    m_button->setBusy(false);
    const QString named = m_shownKey == m_key->text() ? QString() : m_shownKey;
    if (!result)
        return m_outcome->showFailed(result.error(), named);
    m_outcome->showDone(QLatin1Char('R'), *result, named);
    m_siblings->setRows(railsRows(result->siblings, replicaActors(m_facts, key)));
    Q_EMIT gotValue(key, *result);
}

} // namespace ringmaster
