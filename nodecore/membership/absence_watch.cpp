// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/membership/absence_watch.h"

#include <algorithm>

namespace ringmaster {

void AbsenceWatch::setMembers(const std::vector<NodeId>& members)
{
    const auto isGone = [&](const auto& entry) {
        return std::find(members.begin(), members.end(), entry.first) == members.end();
    };
    std::erase_if(m_downSince, isGone);
    std::erase_if(m_said, isGone);
}

void AbsenceWatch::observed(NodeId member, bool isDown, MonoTime now)
{
    if (isDown)
        m_downSince.try_emplace(member, now);
    else
        m_downSince.erase(member);
}

void AbsenceWatch::said(NodeId observer, const std::vector<wire::RingState::Absence>& absent, MonoTime now)
{
    Said& said = m_said[observer];
    said.when = now;
    said.absent.clear();
    for (const wire::RingState::Absence& absence : absent)
        said.absent[absence.member] = std::chrono::seconds(absence.seconds);
}

bool AbsenceWatch::saysAbsent(NodeId observer, NodeId member) const
{
    const auto said = m_said.find(observer);
    return said != m_said.end() && said->second.absent.contains(member);
}

std::vector<wire::RingState::Absence> AbsenceWatch::seen(MonoTime now) const
{
    std::vector<wire::RingState::Absence> absent;
    for (const auto& [member, since] : m_downSince) {
        if (absent.size() < wire::RingState::maxAbsent)
            absent.push_back({member, static_cast<quint32>((now - since) / std::chrono::seconds(1))});
    }
    return absent;
}

std::vector<NodeId> AbsenceWatch::longAbsent(MonoTime now) const
{
    std::vector<NodeId> members;
    for (const auto& [member, since] : m_downSince) {
        if (m_removeAfter > Duration{0} && now - since >= m_removeAfter)
            members.push_back(member);
    }
    return members;
}

bool AbsenceWatch::isAgreed(NodeId member, NodeId self, const std::vector<NodeId>& ring, MonoTime now) const
{
    const auto agree = std::count_if(ring.begin(), ring.end(), [&](NodeId observer) {
        if (observer == self)
            return true;
        const auto said = m_said.find(observer);
        if (observer == member || said == m_said.end() || now - said->second.when > freshFor)
            return false;
        const auto absent = said->second.absent.find(member);
        return absent != said->second.absent.end() && absent->second >= m_removeAfter;
    });
    return 2 * static_cast<size_t>(agree) > ring.size();
}

} // namespace ringmaster
