// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringctl/interrupt.h"

#include <array>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace ringmaster::ctl {

namespace {

constexpr std::array signalNumbers{SIGINT, SIGTERM, SIGHUP};
// A handler may do little more than write to a pipe, and finds it only here.
std::array<int, 2> pipeEnds{-1, -1};

void handle(int number)
{
    const char byte = 0;
    [[maybe_unused]] const ssize_t n = ::write(pipeEnds[1], &byte, 1);
    std::signal(number, SIG_DFL);
}

} // namespace

Interrupt::Interrupt()
{
    if (::pipe2(pipeEnds.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        return; // then a signal just ends the program
    m_notifier = std::make_unique<QSocketNotifier>(pipeEnds[0], QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, [this] {
        char byte = 0;
        [[maybe_unused]] const ssize_t n = ::read(pipeEnds[0], &byte, 1);
        Q_EMIT interrupted();
    });
    for (const int number : signalNumbers)
        std::signal(number, handle);
}

Interrupt::~Interrupt()
{
    for (const int number : signalNumbers)
        std::signal(number, SIG_DFL);
    m_notifier.reset();
    for (int& end : pipeEnds) {
        if (end >= 0)
            ::close(end);
        end = -1;
    }
}

} // namespace ringmaster::ctl
