// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/inspector/inspector_panel.h"

#include "ui/theme/style_sheet.h"

#include <QLabel>
#include <QVBoxLayout>

namespace ringmaster {

InspectorPanel::InspectorPanel(const Theme& theme, QWidget* parent)
    : QStackedWidget(parent)
    , m_empty(makeEmptyPane())
    , m_key(new KeyPane(theme, this))
    , m_node(new NodePane(this))
    , m_range(new RangePane(theme, this))
{
    setProperty("ground", QStringLiteral("panel"));
    setAttribute(Qt::WA_StyledBackground);
    setAccessibleName(tr("Inspector"));
    setMinimumWidth(300);
    for (QWidget* pane : {m_empty, static_cast<QWidget*>(m_key), static_cast<QWidget*>(m_node),
                          static_cast<QWidget*>(m_range)})
        addWidget(pane);
    connect(m_key, &KeyPane::nodeAsked, this, &InspectorPanel::nodeAsked);
    connect(m_range, &RangePane::nodeAsked, this, &InspectorPanel::nodeAsked);
    connect(m_node, &NodePane::logAsked, this, &InspectorPanel::logAsked);
}

void InspectorPanel::showKey(const KeyInspection& inspection)
{
    m_key->show(inspection);
    setCurrentWidget(m_key);
}

void InspectorPanel::showNode(const QString& name, const ClusterFacts& facts)
{
    m_node->show(name, facts);
    setCurrentWidget(m_node);
}

void InspectorPanel::showRange(Slot slot, const ClusterFacts& facts)
{
    m_range->show(slot, facts);
    setCurrentWidget(m_range);
}

void InspectorPanel::showNothing()
{
    setCurrentWidget(m_empty);
}

QWidget* InspectorPanel::makeEmptyPane()
{
    auto* pane = new QWidget(this);
    auto* layout = new QVBoxLayout(pane);
    layout->setContentsMargins(24, 14, 24, 12);
    layout->setSpacing(8);
    layout->addWidget(makeLabel(tr("Nothing selected"), QStringLiteral("title"), pane));
    auto* hint =
        makeLabel(tr("Write or read a key below, or find one with Ctrl+K, to see where it lives and which "
                     "versions each node holds.\n\nClick on the ring for a range, or on a node at the left."),
                  QStringLiteral("secondary"), pane);
    hint->setWordWrap(true);
    layout->addWidget(hint);
    layout->addStretch(1);
    return pane;
}

} // namespace ringmaster
