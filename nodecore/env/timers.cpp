// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/env/timers.h"

namespace ringmaster {

TimerId Timers::startAt(MonoTime due, std::function<void()> callback)
{
    const TimerId id{++m_lastId};
    m_queue.emplace(Order{due, id}, std::move(callback));
    m_dueById.emplace(id.value, due);
    return id;
}

void Timers::cancel(TimerId id)
{
    const auto found = m_dueById.find(id.value);
    if (found == m_dueById.end())
        return;
    m_queue.erase(Order{found->second, id});
    m_dueById.erase(found);
}

void Timers::runDue(MonoTime now)
{
    const quint64 lastBefore = m_lastId;
    auto next = m_queue.begin();
    while (next != m_queue.end() && next->first.due <= now) {
        if (next->first.id.value > lastBefore) {
            ++next;
            continue;
        }
        const std::function<void()> callback = std::move(next->second);
        m_dueById.erase(next->first.id.value);
        m_queue.erase(next);
        callback();
        next = m_queue.begin();
    }
}

std::optional<MonoTime> Timers::nextDue() const
{
    if (m_queue.empty())
        return std::nullopt;
    return m_queue.begin()->first.due;
}

} // namespace ringmaster
