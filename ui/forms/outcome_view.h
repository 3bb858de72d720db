// SPDX-License-Identifier: GPL-3.0-or-later
// What became of a request: one line in bold, a few details below it.
#pragma once

#include "nodecore/client/node_client.h"

#include <QWidget>

class QLabel;

namespace ringmaster {

class OutcomeView : public QWidget {
    Q_OBJECT
public:
    explicit OutcomeView(QWidget* parent = nullptr);

    // letter: W or R. key, where the form no longer shows the one that was asked for: said in front.
    void showDone(QChar letter, const ClientValue& value, const QString& key = {});
    void showFailed(const ClientError& error, const QString& key = {});
    void showNote(const QString& text); // neither good nor bad
    void clear();

    QString headline() const;
    QString details() const;

private:
    void say(const QString& role, const QString& headline, const QStringList& details);
    QLabel* m_headline;
    QLabel* m_details;
};

} // namespace ringmaster
