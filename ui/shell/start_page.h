// SPDX-License-Identifier: GPL-3.0-or-later
// What is shown until the cluster serves: which node is being started, or why that failed and what to do.
#pragma once

#include "ui/nodes/node_row.h"

#include <QWidget>

class QLabel;
class QListView;
class QPlainTextEdit;
class QPushButton;

namespace ringmaster {

class NodeListModel;
class Theme;

class StartPage : public QWidget {
    Q_OBJECT
public:
    // theme must outlive the page.
    explicit StartPage(const Theme& theme, QWidget* parent = nullptr);

    // place: the folder or the address.
    void showStarting(const QList<NodeRow>& nodes, const QString& place, bool local);
    // problem: for a person, its first line or sentence first. anyServing: some of it can be used.
    void showFailed(const QList<NodeRow>& nodes, const QString& place, const QString& problem,
                    bool anyServing);
    void showStopping(const QList<NodeRow>& nodes);

Q_SIGNALS:
    void retryAsked();
    void goOnAsked();

private:
    void showNodes(const QList<NodeRow>& nodes);

    QLabel* m_title;
    QLabel* m_words;
    NodeListModel* m_nodes;
    QListView* m_list;
    QPlainTextEdit* m_problem;
    QPushButton* m_retry;
    QPushButton* m_goOn;
};

} // namespace ringmaster
