// SPDX-License-Identifier: GPL-3.0-or-later
// Asked once, when the window closes while nodes run: do they stop, or stay?
#pragma once

#include <QDialog>

namespace ringmaster {

class LeavePrompt : public QDialog {
    Q_OBJECT
public:
    // running: the names of the nodes that run. Open it with open(), never exec().
    LeavePrompt(const QStringList& running, QWidget* parent);

Q_SIGNALS:
    void stopAsked();
    void stayAsked();
};

} // namespace ringmaster
