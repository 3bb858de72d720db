// SPDX-License-Identifier: GPL-3.0-or-later
// Time and chance for tests: events in a queue, run in order of their time; nothing waits.
#pragma once

#include "nodecore/env/clock.h"
#include "nodecore/env/random.h"

#include <functional>
#include <map>
#include <utility>

namespace ringmaster {

class EventQueue {
public:
    MonoTime now() const { return m_now; }
    // Events of one time run in the order in which they were added.
    void at(MonoTime when, std::function<void()> event)
    {
        m_events.emplace(Order{when, ++m_last}, std::move(event));
    }
    void after(Duration delay, std::function<void()> event) { at(m_now + delay, std::move(event)); }
    bool isEmpty() const { return m_events.empty(); }
    MonoTime nextTime() const { return m_events.begin()->first.first; }
    // Runs the next event, and moves the time to it. There must be one.
    void runNext();
    // Events run so far: with it, a step of a run can be named and found again.
    quint64 eventsRun() const { return m_ran; }
    // What a clock shows: one nanosecond later than it showed before, as a real clock never shows one time
    // twice.
    MonoTime readClock() { return m_now = m_now + std::chrono::nanoseconds(1); }
    // Moves the time on without an event, never backwards.
    void advanceTo(MonoTime when) { m_now = std::max(m_now, when); }
    void runFor(Duration duration);
    // Runs until the condition holds; false where it does not within the limit.
    [[nodiscard]] bool runUntil(const std::function<bool()>& condition, Duration limit);

private:
    using Order = std::pair<MonoTime, quint64>;
    std::map<Order, std::function<void()>> m_events;
    quint64 m_last = 0;
    quint64 m_ran = 0;
    MonoTime m_now;
};

class VirtualClock final : public Clock {
public:
    explicit VirtualClock(EventQueue& queue)
        : m_queue(queue)
    {}
    MonoTime now() const override { return m_queue.readClock() + m_base; }
    // Shows so much at the queue's time 0, as a machine that was booted so long before.
    void beginAt(Duration base) { m_base = base; }
    // The queue's time at which this clock shows that.
    MonoTime onQueue(MonoTime shown) const { return {shown.sinceStart - m_base}; }
    WallTime wallNow() const override;
    // The wall clock jumps; the monotonic one does not.
    void jump(std::chrono::milliseconds by) { m_offset += by; }

private:
    EventQueue& m_queue;
    Duration m_base{0};
    std::chrono::milliseconds m_offset{0};
};

// SplitMix64: small, and the same everywhere.
class SeededRandom final : public Random {
public:
    explicit SeededRandom(quint64 seed)
        : m_state(seed)
    {}
    quint64 next() override;
    // True with probability p.
    bool chance(double p) { return static_cast<double>(next() >> 11) < p * 9007199254740992.0; }
    // Uniform in [low, high).
    Duration between(Duration low, Duration high)
    {
        return low + Duration(static_cast<qint64>(below(static_cast<quint64>((high - low).count()))));
    }

private:
    quint64 m_state;
};

} // namespace ringmaster
