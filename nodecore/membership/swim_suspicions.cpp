// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/membership/swim_suspicions.h"

#include <algorithm>
#include <iterator>

namespace ringmaster {

void SwimSuspicions::begin(NodeId suspect, NodeId accuser, const SuspicionTime& time, MonoTime now)
{
    end(suspect);
    Suspicion& suspicion = m_suspicions[suspect];
    suspicion = {now, time, {accuser}, {}};
    setEnd(suspect, suspicion);
}

void SwimSuspicions::setEnd(NodeId suspect, Suspicion& suspicion)
{
    m_ends.erase({suspicion.end, suspect});
    suspicion.end = suspicion.began + suspicion.time.after(static_cast<int>(suspicion.accusers.size()) - 1);
    m_ends.emplace(suspicion.end, suspect);
}

bool SwimSuspicions::confirm(NodeId suspect, NodeId accuser)
{
    const auto found = m_suspicions.find(suspect);
    if (found == m_suspicions.end())
        return false;
    std::vector<NodeId>& accusers = found->second.accusers;
    const bool isKnown = std::find(accusers.begin(), accusers.end(), accuser) != accusers.end();
    if (isKnown || static_cast<int>(accusers.size()) > found->second.time.wanted)
        return false;
    accusers.push_back(accuser);
    setEnd(suspect, found->second);
    return true;
}

void SwimSuspicions::end(NodeId suspect)
{
    const auto found = m_suspicions.find(suspect);
    if (found == m_suspicions.end())
        return;
    m_ends.erase({found->second.end, suspect});
    m_suspicions.erase(found);
}

void SwimSuspicions::postpone(Duration by)
{
    for (auto& [suspect, suspicion] : m_suspicions) {
        suspicion.began = suspicion.began + by;
        setEnd(suspect, suspicion);
    }
}

NodeId SwimSuspicions::at(size_t index) const
{
    return std::next(m_suspicions.begin(), static_cast<std::ptrdiff_t>(index))->first;
}

NodeId SwimSuspicions::accuserOf(NodeId suspect) const
{
    const auto found = m_suspicions.find(suspect);
    return found == m_suspicions.end() ? NodeId{} : found->second.accusers.front();
}

std::optional<MonoTime> SwimSuspicions::beganAt(NodeId suspect) const
{
    const auto found = m_suspicions.find(suspect);
    return found == m_suspicions.end() ? std::nullopt : std::optional(found->second.began);
}

std::optional<MonoTime> SwimSuspicions::nextEnd() const
{
    return m_ends.empty() ? std::nullopt : std::optional(m_ends.begin()->first);
}

std::vector<NodeId> SwimSuspicions::endedBy(MonoTime now) const
{
    std::vector<NodeId> ended;
    for (auto next = m_ends.begin(); next != m_ends.end() && next->first <= now; ++next)
        ended.push_back(next->second);
    return ended;
}

} // namespace ringmaster
