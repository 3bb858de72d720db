// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/membership/absence_watch.h"

#include <algorithm>

namespace ringmaster {

void AbsenceWatch::setMembers(const std::vector<NodeId>& members)
{
    const auto isGone = [&](const auto& entry) {
        return std::find(members.begin(), members.end(), entry.first) == members.end();
    };
    std::erase_if(m_down, isGone);
    std::erase_if(m_said, isGone);
    std::erase_if(m_expected, isGone);
    std::erase_if(m_voted, isGone);
}

void AbsenceWatch::observed(NodeId member, bool isDown, const std::vector<NodeId>& ring, MonoTime now)
{
    if (isDown)
        m_down.try_emplace(member, Down{now, ring});
    else
        m_down.erase(member);
}

void AbsenceWatch::heard(NodeId member, MonoTime now)
{
    if (const auto found = m_down.find(member); found != m_down.end())
        found->second.since = now;
}

void AbsenceWatch::said(NodeId observer, const std::vector<Absence>& absent, std::optional<MonoTime> asked)
{
    Said& said = m_said[observer];
    said.unreachable.clear();
    said.down.clear();
    if (asked) {
        said.asked = *asked;
        said.votes.clear();
    }
    for (const Absence& absence : absent) {
        said.unreachable.insert(absence.member);
        if (absence.seconds > 0)
            said.down.insert(absence.member);
        if (asked && absence.agrees)
            said.votes.insert(absence.member);
    }
    std::erase_if(said.votes, [&said](NodeId member) { return !said.unreachable.contains(member); });
}

bool AbsenceWatch::saysAbsent(NodeId observer, NodeId member) const
{
    const auto said = m_said.find(observer);
    return said != m_said.end() && said->second.down.contains(member);
}

std::optional<bool> AbsenceWatch::seesUnreachable(NodeId observer, NodeId member) const
{
    const auto said = m_said.find(observer);
    if (said == m_said.end())
        return std::nullopt;
    return said->second.unreachable.contains(member);
}

bool AbsenceWatch::agrees(NodeId member, Duration downFor) const
{
    const auto expected = m_expected.find(member);
    const Duration theirs = expected == m_expected.end() ? m_removeAfter : expected->second;
    return m_removeAfter > Duration{0} && theirs > Duration{0} && downFor >= std::max(m_removeAfter, theirs);
}

std::vector<AbsenceWatch::Absence> AbsenceWatch::say(const std::set<NodeId>& unreachable, bool asked,
                                                     MonoTime now)
{
    std::map<NodeId, Absence> absent;
    for (const NodeId member : unreachable)
        absent[member] = {member, 0, false};
    for (const auto& [member, down] : m_down) {
        const Duration downFor = now - down.since;
        const bool votes = asked && agrees(member, downFor);
        const auto seconds = static_cast<quint32>(downFor / std::chrono::seconds(1));
        absent[member] = {member, std::max(seconds, 1U), votes};
        if (votes)
            m_voted[member] = now;
    }
    std::vector<Absence> said;
    for (const auto& [member, absence] : absent) {
        if (said.size() < wire::RingState::maxAbsent)
            said.push_back(absence);
    }
    return said;
}

bool AbsenceWatch::mayGrantLease(NodeId member, MonoTime now) const
{
    const auto voted = m_voted.find(member);
    return voted == m_voted.end() || now - voted->second > noLeaseAfterVote;
}

std::vector<NodeId> AbsenceWatch::longAbsent(MonoTime now) const
{
    std::vector<NodeId> members;
    for (const auto& [member, down] : m_down) {
        if (agrees(member, now - down.since))
            members.push_back(member);
    }
    return members;
}

bool AbsenceWatch::isMajority(NodeId member, NodeId self, const std::vector<NodeId>& ring, MonoTime now) const
{
    const auto agree = std::count_if(ring.begin(), ring.end(), [&](NodeId observer) {
        if (observer == self)
            return true;
        const auto said = m_said.find(observer);
        return observer != member && said != m_said.end() && now - said->second.asked <= freshFor &&
               said->second.votes.contains(member);
    });
    return 2 * static_cast<size_t>(agree) > ring.size();
}

bool AbsenceWatch::isAgreed(NodeId member, NodeId self, const std::vector<NodeId>& ring, MonoTime now) const
{
    const auto down = m_down.find(member);
    return down != m_down.end() && isMajority(member, self, ring, now) &&
           isMajority(member, self, down->second.ring, now);
}

} // namespace ringmaster
