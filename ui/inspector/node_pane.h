// SPDX-License-Identifier: GPL-3.0-or-later
// The inspector for a node: what it is, how much of the ring is its, and what can be done to it.
#pragma once

#include "ui/session/cluster_facts.h"

#include <QWidget>

class QGridLayout;
class QLabel;
class QPushButton;

namespace ringmaster {

class NodePane : public QWidget {
    Q_OBJECT
public:
    explicit NodePane(QWidget* parent = nullptr);
    void show(const QString& name, const ClusterFacts& facts);

Q_SIGNALS:
    void logAsked(const QString& name);

private:
    void setFact(int row, const QString& name, const QString& value);

    QString m_name;
    QLabel* m_title;
    QLabel* m_state;
    QLabel* m_problem;
    QGridLayout* m_facts;
    QPushButton* m_log;
};

} // namespace ringmaster
