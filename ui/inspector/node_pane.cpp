// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/inspector/node_pane.h"

#include "ui/session/words.h"
#include "ui/theme/style_sheet.h"

#include <QGridLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

namespace ringmaster {
namespace {

QString roleOf(NodeState state)
{
    switch (healthOf(state)) {
    case Health::Good:
        return QStringLiteral("good");
    case Health::Bad:
        return QStringLiteral("bad");
    case Health::Warning:
        return QStringLiteral("warning");
    case Health::Unknown:
        break;
    }
    return QStringLiteral("secondary");
}

QString shareWords(int slots)
{
    return QStringLiteral("%1 (%2 %)").arg(grouped(slots)).arg(100.0 * slots / slotCount, 0, 'f', 1);
}

} // namespace

NodePane::NodePane(QWidget* parent)
    : QWidget(parent)
    , m_title(makeLabel({}, QStringLiteral("title"), this))
    , m_state(makeLabel({}, QStringLiteral("good"), this))
    , m_problem(makeLabel({}, QStringLiteral("bad"), this))
    , m_facts(new QGridLayout)
    , m_log(new QPushButton(tr("Show its log"), this))
{
    m_title->setObjectName(QStringLiteral("inspectedNode"));
    m_problem->setWordWrap(true);
    m_problem->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_facts->setHorizontalSpacing(16);
    m_facts->setVerticalSpacing(8);
    m_facts->setColumnStretch(1, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(24, 14, 24, 12);
    layout->setSpacing(4);
    layout->addWidget(m_title);
    layout->addWidget(m_state);
    layout->addSpacing(12);
    layout->addLayout(m_facts);
    layout->addSpacing(12);
    layout->addWidget(m_problem);
    layout->addSpacing(8);
    layout->addWidget(m_log, 0, Qt::AlignLeft);
    layout->addStretch(1);
    connect(m_log, &QPushButton::clicked, this, [this] { Q_EMIT logAsked(m_name); });
}

void NodePane::show(const QString& name, const ClusterFacts& facts)
{
    m_name = name;
    m_title->setText(name);
    const NodeRow* row = facts.node(name);
    if (!row) {
        m_state->setText(tr("no longer there"));
        return;
    }
    m_state->setText(stateWords(*row));
    setLook(m_state, "role", roleOf(row->state));
    m_problem->setText(row->problem);
    m_problem->setVisible(!row->problem.isEmpty());
    m_log->setVisible(row->hasProcess);
    const auto& members = facts.snapshot.members;
    const auto member =
        std::find_if(members.begin(), members.end(), [&](const MemberSnapshot& m) { return m.name == name; });
    int at = 0;
    setFact(at++, tr("HTTP"), row->address);
    const bool known = member != members.end();
    setFact(at++, tr("Peers"), known ? member->peerAddress : QString());
    setFact(at++, tr("Membership"), known ? member->state : tr("not a member yet"));
    setFact(at++, tr("Keys held"), known ? grouped(member->keys) : QString());
    setFact(at++, tr("Requests"),
            known ? rateWords(row->requestsPerSecond) + QStringLiteral("/s") : QString());
    setFact(at++, tr("Tokens"), known ? grouped(member->tokens) : QString());
    setFact(at++, tr("Slots owned"), known ? shareWords(member->primarySlots) : QString());
    setFact(at++, tr("Slots replicated"), known ? shareWords(member->replicaSlots) : QString());
    setFact(at++, tr("Version"), known ? member->version : QString());
    setFact(at++, tr("Store"), known ? member->actor.toString() : QString());
}

void NodePane::setFact(int row, const QString& name, const QString& value)
{
    QLayoutItem* item = m_facts->itemAtPosition(row, 1);
    if (!item) {
        m_facts->addWidget(makeLabel(name, QStringLiteral("secondary"), this), row, 0);
        auto* label = makeLabel({}, QStringLiteral("body"), this);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
        m_facts->addWidget(label, row, 1);
        item = m_facts->itemAtPosition(row, 1);
    }
    static_cast<QLabel*>(item->widget())->setText(value.isEmpty() ? QStringLiteral("–") : value);
}

} // namespace ringmaster
