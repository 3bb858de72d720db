// SPDX-License-Identifier: GPL-3.0-or-later
// The Logs page: the end of one node's log, following it. Keeps the last lines only.
#pragma once

#include "ui/logs/log_tail.h"
#include "ui/session/cluster_facts.h"
#include "ui/session/process_facts.h"
#include "ui/theme/theme.h"

#include <QTimer>
#include <QWidget>

class QButtonGroup;
class QCheckBox;
class QHBoxLayout;
class QLabel;
class QPlainTextEdit;

namespace ringmaster {

class LogPage : public QWidget {
    Q_OBJECT
public:
    static constexpr int mostLines = 5000;

    // theme must outlive the page.
    explicit LogPage(const Theme& theme, QWidget* parent = nullptr);

    // Whose logs there are to see.
    void setProcesses(const QList<ProcessFacts>& processes);
    void showLog(const QString& node);

protected:
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

private:
    void addChoice(const QString& node);
    void readOn();

    QHash<QString, QString> m_files; // by node
    QString m_node;
    LogTail m_tail;
    QTimer m_timer;
    QLabel* m_subtitle;
    QHBoxLayout* m_choices;
    QButtonGroup* m_group;
    QCheckBox* m_follow;
    QPlainTextEdit* m_text;
};

} // namespace ringmaster
