// SPDX-License-Identifier: GPL-3.0-or-later
// The inspector for a range of the ring: which slots, whose, and where its keys live.
#pragma once

#include "ui/session/cluster_facts.h"
#include "ui/theme/theme.h"

#include <QWidget>

class QLabel;

namespace ringmaster {

class PlacementTable;

class RangePane : public QWidget {
    Q_OBJECT
public:
    // theme must outlive the pane.
    explicit RangePane(const Theme& theme, QWidget* parent = nullptr);
    // The range that slot lies in.
    void show(Slot slot, const ClusterFacts& facts);

Q_SIGNALS:
    void nodeAsked(const QString& name);

private:
    QLabel* m_title;
    QLabel* m_slots;
    PlacementTable* m_table;
};

} // namespace ringmaster
