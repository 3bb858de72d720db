// SPDX-License-Identifier: GPL-3.0-or-later
// The nodes at the left, and what can be done to the selected one. Without processes of its own (attached to
// a cluster elsewhere) the window shows no buttons here and says why.
#pragma once

#include "ui/nodes/node_list_model.h"
#include "ui/theme/theme.h"

#include <QWidget>

class QAction;
class QLabel;
class QListView;
class QPushButton;

namespace ringmaster {

class NodePanel : public QWidget {
    Q_OBJECT
public:
    // theme must outlive the panel.
    explicit NodePanel(const Theme& theme, QWidget* parent = nullptr);

    void setRows(const QList<NodeRow>& rows, bool managesProcesses);
    // Empty: none.
    void select(const QString& name);
    QString selected() const;
    const NodeListModel& model() const { return *m_model; }

Q_SIGNALS:
    void nodeAsked(const QString& name);
    void stopAsked(const QString& name);
    void killAsked(const QString& name);
    void restartAsked(const QString& name);
    void logAsked(const QString& name);
    void addAsked();

private:
    void buildActions();
    QPushButton* makeButton(QAction* action, const QString& kind);
    void updateActions();
    void showMenu(const QPoint& at);

    NodeListModel* m_model;
    QListView* m_view;
    QWidget* m_buttons;
    QLabel* m_elsewhere;
    QAction* m_stop;
    QAction* m_kill;
    QAction* m_restart;
    QAction* m_log;
    QAction* m_add;
    bool m_manages = true;
    bool m_selecting = false;
};

} // namespace ringmaster
