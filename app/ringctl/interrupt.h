// SPDX-License-Identifier: GPL-3.0-or-later
// Ctrl-C, SIGTERM and a closed terminal as a signal of Qt's. One at a time; a second Ctrl-C ends the program
// at once, as it does by default. The earlier handling comes back with the object's end.
#pragma once

#include <QObject>
#include <QSocketNotifier>

#include <memory>

namespace ringmaster::ctl {

class Interrupt : public QObject {
    Q_OBJECT
public:
    Interrupt();
    ~Interrupt() override;

Q_SIGNALS:
    void interrupted();

private:
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace ringmaster::ctl
