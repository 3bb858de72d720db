// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/virtual_time.h"

namespace ringmaster {

void EventQueue::runNext()
{
    const auto first = m_events.begin();
    m_now = std::max(m_now, first->first.first);
    const std::function<void()> event = std::move(first->second);
    m_events.erase(first);
    ++m_ran;
    event();
}

void EventQueue::runFor(Duration duration)
{
    const MonoTime end = m_now + duration;
    while (!isEmpty() && nextTime() <= end)
        runNext();
    advanceTo(end);
}

bool EventQueue::runUntil(const std::function<bool()>& condition, Duration limit)
{
    const MonoTime end = m_now + limit;
    while (!condition()) {
        if (isEmpty() || nextTime() > end)
            return false;
        runNext();
    }
    return true;
}

WallTime VirtualClock::wallNow() const
{
    constexpr qint64 someDay = 1'750'000'000'000; // in 2025
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(m_queue.now().sinceStart);
    return {someDay + (ms + m_offset).count()};
}

quint64 SeededRandom::next()
{
    quint64 z = (m_state += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

} // namespace ringmaster
