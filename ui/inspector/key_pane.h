// SPDX-License-Identifier: GPL-3.0-or-later
// The inspector for a key: position, placement, and a card for each version.
#pragma once

#include "ui/inspector/key_inspection.h"
#include "ui/theme/theme.h"

#include <QWidget>

class QLabel;
class QVBoxLayout;

namespace ringmaster {

class ElidedLabel;
class PlacementTable;

class KeyPane : public QWidget {
    Q_OBJECT
public:
    // theme must outlive the pane.
    explicit KeyPane(const Theme& theme, QWidget* parent = nullptr);
    void show(const KeyInspection& inspection);

Q_SIGNALS:
    void nodeAsked(const QString& name);

private:
    void showVersions(const QList<VersionCard>& cards);
    void addCard(const VersionCard& card);

    std::optional<KeyInspection> m_shown;
    ElidedLabel* m_title;
    QLabel* m_siblings;
    QLabel* m_position;
    QLabel* m_problem;
    PlacementTable* m_table;
    QLabel* m_note; // in place of versions
    QVBoxLayout* m_cards;
};

} // namespace ringmaster
