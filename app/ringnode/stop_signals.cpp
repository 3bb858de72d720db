// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringnode/stop_signals.h"

#include <QSocketNotifier>

#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace ringmaster {

namespace {

// A signal handler has nothing but globals. Both are lock-free.
std::atomic<int> writeEnd{-1};
std::atomic<bool> wasAsked{false};

void onSignal(int signal)
{
    if (wasAsked.exchange(true))
        ::_exit(128 + signal);
    const char byte = 1;
    [[maybe_unused]] const ssize_t written = ::write(writeEnd.load(), &byte, 1);
}

} // namespace

StopSignals::StopSignals(QObject* parent)
    : QObject(parent)
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return; // out of descriptors: signals then end the program the plain way
    m_readEnd = ends[0];
    writeEnd = ends[1];
    auto* notifier = new QSocketNotifier(m_readEnd, QSocketNotifier::Read, this);
    connect(notifier, &QSocketNotifier::activated, this, [this, notifier] {
        notifier->setEnabled(false);
        Q_EMIT stopAsked();
    });
    struct sigaction action {};
    action.sa_handler = onSignal;
    sigemptyset(&action.sa_mask);
    ::sigaction(SIGTERM, &action, nullptr);
    ::sigaction(SIGINT, &action, nullptr);
}

StopSignals::~StopSignals()
{
    if (m_readEnd < 0)
        return;
    std::signal(SIGTERM, SIG_DFL);
    std::signal(SIGINT, SIG_DFL);
    ::close(m_readEnd);
    ::close(writeEnd.exchange(-1));
}

} // namespace ringmaster
