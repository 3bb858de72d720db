// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/supervise/process_watch.h"

#include <csignal>
#include <sys/syscall.h>
#include <unistd.h>

namespace ringmaster {

namespace {

constexpr int pollMs = 500;

// glibc before 2.36 has no wrappers for these.
int openPidfd(qint64 pid)
{
    return static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0));
}

} // namespace

ProcessWatch::ProcessWatch(ProcessIdentity process, QObject* parent)
    : QObject(parent)
    , m_process(std::move(process))
    , m_pidfd(openPidfd(m_process.pid))
{
    connect(&m_poll, &QTimer::timeout, this, &ProcessWatch::check);
    if (m_pidfd >= 0) {
        m_notifier = std::make_unique<QSocketNotifier>(m_pidfd, QSocketNotifier::Read);
        connect(m_notifier.get(), &QSocketNotifier::activated, this, &ProcessWatch::check);
    } else {
        m_poll.start(pollMs);
    }
    // It may have ended, and its pid been used again, before the pidfd was opened.
    QMetaObject::invokeMethod(this, &ProcessWatch::check, Qt::QueuedConnection);
}

ProcessWatch::~ProcessWatch()
{
    m_notifier.reset();
    if (m_pidfd >= 0)
        ::close(m_pidfd);
}

void ProcessWatch::check()
{
    if (m_ended || isRunning(m_process))
        return;
    m_ended = true;
    m_poll.stop();
    if (m_notifier)
        m_notifier->setEnabled(false);
    Q_EMIT ended();
}

bool ProcessWatch::signal(int number) const
{
    if (!isRunning(m_process))
        return false;
    if (m_pidfd >= 0)
        return ::syscall(SYS_pidfd_send_signal, m_pidfd, number, nullptr, 0) == 0;
    return ::kill(static_cast<pid_t>(m_process.pid), number) == 0;
}

} // namespace ringmaster
