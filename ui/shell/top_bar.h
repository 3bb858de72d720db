// SPDX-License-Identifier: GPL-3.0-or-later
// The bar across the top: which cluster this is, the find box, adding a node, light or dark.
#pragma once

#include "ui/session/cluster_facts.h"
#include "ui/theme/theme.h"

#include <QWidget>

class QLabel;
class QLineEdit;
class QPushButton;

namespace ringmaster {

class TopBar : public QWidget {
    Q_OBJECT
public:
    // theme must outlive the bar.
    explicit TopBar(Theme& theme, QWidget* parent = nullptr);

    // place: the folder or address of the cluster.
    void setFacts(const ClusterFacts& facts, const QString& place);
    void focusFind();
    // Whether there is a cluster yet to find keys in and add nodes to.
    void setUsable(bool usable);

Q_SIGNALS:
    void keyAsked(const QString& text);
    void addAsked();

private:
    QWidget* makeChip();
    void buildThemeChoice();
    void dressThemeButton();

    Theme& m_theme;
    QLabel* m_name;
    QLabel* m_numbers;
    QLineEdit* m_find;
    QPushButton* m_add;
    QPushButton* m_themeButton;
};

} // namespace ringmaster
