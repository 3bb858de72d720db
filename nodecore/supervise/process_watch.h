// SPDX-License-Identifier: GPL-3.0-or-later
// Notices the end of a process that need not be a child of this one: by a pidfd where the kernel has them
// (Linux 5.3), else by looking twice a second.
#pragma once

#include "nodecore/supervise/process_identity.h"

#include <QObject>
#include <QSocketNotifier>
#include <QTimer>

#include <memory>

namespace ringmaster {

class ProcessWatch : public QObject {
    Q_OBJECT
public:
    // ended() comes once, from the event loop, also where the process is gone already.
    explicit ProcessWatch(ProcessIdentity process, QObject* parent = nullptr);
    ~ProcessWatch() override;

    const ProcessIdentity& process() const { return m_process; }
    // False where the process has ended. Never reaches a process that merely has the same pid.
    bool signal(int number) const;

Q_SIGNALS:
    void ended();

private:
    void check();

    ProcessIdentity m_process;
    int m_pidfd = -1;
    bool m_ended = false;
    std::unique_ptr<QSocketNotifier> m_notifier;
    QTimer m_poll;
};

} // namespace ringmaster
