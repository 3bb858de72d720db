// SPDX-License-Identifier: GPL-3.0-or-later
// Timers of a machine that is told the time: nothing runs by itself.
//
// The owner of a Timers calls runDue(now) when time has passed and asks nextDue() when to come again.
// Not thread-safe; callbacks run inside runDue, in order of due time (equal times: order of start), and
// may start and cancel timers.
#pragma once

#include "nodecore/base/types.h"

#include <functional>
#include <map>
#include <optional>
#include <unordered_map>

namespace ringmaster {

using TimerId = StrongId<struct TimerIdTag>; // 0 names no timer

class Timers {
public:
    TimerId startAt(MonoTime due, std::function<void()> callback);
    // Unknown and fired ids are ignored.
    void cancel(TimerId id);

    // Runs every timer that is due at now. Timers started meanwhile with a due time <= now wait for the
    // next call, so a callback that restarts itself cannot loop for ever.
    void runDue(MonoTime now);
    std::optional<MonoTime> nextDue() const;

private:
    struct Order {
        MonoTime due;
        TimerId id;
        friend auto operator<=>(const Order&, const Order&) = default;
    };
    std::map<Order, std::function<void()>> m_queue;
    std::unordered_map<quint64, MonoTime> m_dueById;
    quint64 m_lastId = 0;
};

} // namespace ringmaster
