// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/env/faulty_transport.h"

#include <algorithm>
#include <tuple>
#include <vector>

namespace ringmaster {

FaultyTransport::FaultyTransport(Transport& under, const Clock& clock, Random& random)
    : m_under(under)
    , m_clock(clock)
    , m_random(random)
{}

SendResult FaultyTransport::send(NodeId to, const QByteArray& message)
{
    if (m_faults.empty() && m_delayed.empty())
        return m_under.send(to, message);
    const LinkFault fault = faultOf(to);
    if (fault.cutOut || isLost(fault.loss))
        return SendResult::Queued;
    // Behind what is delayed still, also where new messages are no longer.
    if (fault.delay > Duration{0} || m_delayed.contains(to))
        return delay(to, message, fault.delay);
    return m_under.send(to, message);
}

bool FaultyTransport::isLost(double loss)
{
    if (loss <= 0)
        return false;
    constexpr double twoTo53 = 9007199254740992.0;
    return static_cast<double>(m_random.next() >> 11) < loss * twoTo53;
}

SendResult FaultyTransport::delay(NodeId to, const QByteArray& message, Duration delay)
{
    Queue& queue = m_delayed[to];
    if (!queue.messages.empty() && queue.bytes + message.size() > maxDelayedBytes)
        return SendResult::Overloaded;
    MonoTime due = m_clock.now() + delay;
    if (!queue.messages.empty())
        due = std::max(due, queue.messages.back().due);
    queue.bytes += message.size();
    queue.messages.push_back({due, message});
    return SendResult::Queued;
}

void FaultyTransport::setFault(NodeId peer, const LinkFault& fault)
{
    if (fault == LinkFault{})
        m_faults.erase(peer);
    else
        m_faults[peer] = fault;
    const auto found = m_delayed.find(peer);
    if (found == m_delayed.end())
        return;
    if (fault.cutOut) {
        m_delayed.erase(found);
        return;
    }
    const MonoTime latest = m_clock.now() + fault.delay;
    for (Delayed& each : found->second.messages)
        each.due = std::min(each.due, latest);
}

LinkFault FaultyTransport::faultOf(NodeId peer) const
{
    const auto found = m_faults.find(peer);
    return found == m_faults.end() ? LinkFault{} : found->second;
}

void FaultyTransport::healAll()
{
    while (!m_faults.empty())
        setFault(NodeId(m_faults.begin()->first), {});
}

void FaultyTransport::timePassed()
{
    const MonoTime now = m_clock.now();
    // Taken out first: sending may break a link, and then its queue goes.
    std::vector<std::pair<NodeId, QByteArray>> due;
    for (auto at = m_delayed.begin(); at != m_delayed.end();) {
        Queue& queue = at->second;
        while (!queue.messages.empty() && queue.messages.front().due <= now) {
            queue.bytes -= queue.messages.front().message.size();
            due.emplace_back(at->first, std::move(queue.messages.front().message));
            queue.messages.pop_front();
        }
        at = queue.messages.empty() ? m_delayed.erase(at) : std::next(at);
    }
    // A link that is gone or full by now loses the message, as a network would.
    for (const auto& [to, message] : due)
        std::ignore = m_under.send(to, message);
}

std::optional<MonoTime> FaultyTransport::nextDue() const
{
    std::optional<MonoTime> earliest;
    for (const auto& [peer, queue] : m_delayed) {
        const MonoTime due = queue.messages.front().due;
        earliest = earliest ? std::min(*earliest, due) : due;
    }
    return earliest;
}

} // namespace ringmaster
