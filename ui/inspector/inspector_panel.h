// SPDX-License-Identifier: GPL-3.0-or-later
// The right column: whatever is selected, a key, a node or a range; else what can be.
#pragma once

#include "ui/inspector/key_pane.h"
#include "ui/inspector/node_pane.h"
#include "ui/inspector/range_pane.h"

#include <QStackedWidget>

namespace ringmaster {

class InspectorPanel : public QStackedWidget {
    Q_OBJECT
public:
    // theme must outlive the panel.
    explicit InspectorPanel(const Theme& theme, QWidget* parent = nullptr);

    void showKey(const KeyInspection& inspection);
    void showNode(const QString& name, const ClusterFacts& facts);
    void showRange(Slot slot, const ClusterFacts& facts);
    void showNothing();

Q_SIGNALS:
    void nodeAsked(const QString& name);
    void logAsked(const QString& name);

private:
    QWidget* makeEmptyPane();

    QWidget* m_empty;
    KeyPane* m_key;
    NodePane* m_node;
    RangePane* m_range;
};

} // namespace ringmaster
