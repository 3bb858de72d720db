// SPDX-License-Identifier: GPL-3.0-or-later
// Membership: a node that takes over the tokens of a member that is gone (--replace).
//
// The replaced member is removed by that, so replacing needs what removing needs: a majority of the ring's
// members cannot reach it, and where it has the only copies a person says --force. Until it is over this node
// alone decides: it gives up as soon as anybody reaches the member again.
#include "nodecore/membership/membership.h"

#include <algorithm>

namespace ringmaster {

const Member* Membership::replacedMember() const
{
    for (const auto& [id, member] : m_table.members()) {
        if (member.name == m_config.replaces && member.state != MemberState::Removed &&
            !member.tokens.empty())
            return &member;
    }
    return nullptr;
}

bool Membership::isToReplace() const
{
    return !m_config.replaces.isEmpty() &&
           (m_self.state == MemberState::New || m_self.state == MemberState::Pending ||
            m_self.state == MemberState::Standby);
}

std::vector<NodeId> Membership::whoReaches(NodeId member) const
{
    std::vector<NodeId> reaching = votesOn(member).reaching;
    if (isReachable(member) && std::find(reaching.begin(), reaching.end(), m_self.id) == reaching.end())
        reaching.push_back(m_self.id);
    return reaching;
}

Result<void> Membership::refuseReplacingOneThatIsThere() const
{
    const Member* gone = replacedMember();
    if (gone == nullptr)
        return failure(
            ErrorCode::Conflict,
            QStringLiteral("There is no member %1 on the ring whose tokens could be taken over "
                           "(--replace). \"ringctl status\" lists the members; without --replace this "
                           "node joins with tokens of its own.")
                .arg(m_config.replaces));
    const std::vector<NodeId> reaching = whoReaches(gone->id);
    const bool isOverruled = m_replaceForce == Force::Yes && !isReachable(gone->id);
    if (!reaching.empty() && !isOverruled)
        return failure(
            ErrorCode::Conflict,
            QStringLiteral("%1 lives (%2 reaches it): its tokens are not taken over. Let it leave, or "
                           "stop it, and then ask again: ringctl cluster replace %1 --with %3.")
                .arg(gone->name, namesOf(reaching), m_self.name));
    if (m_replaceForce == Force::No)
        return refuseLastCopies(*gone);
    return {};
}

Result<void> Membership::refuseReplacing() const
{
    if (const auto refused = refuseReplacingOneThatIsThere(); !refused || m_replaceForce == Force::Yes)
        return refused;
    return refuseWithoutVotes(*replacedMember());
}

// Without a majority it goes on asking, as a node does that joins.
bool Membership::mayReplaceNow()
{
    if (const auto refused = refuseReplacingOneThatIsThere(); !refused) {
        standBy(refused.error().message);
        return false;
    }
    const auto refused = refuseReplacing();
    const QString why = refused ? QString() : refused.error().message;
    if (std::exchange(m_waitsBecause, why) != why && !why.isEmpty())
        m_events.log("warning", why);
    return refused.has_value();
}

void Membership::standBy(const QString& why)
{
    m_waitsBecause = why;
    m_events.log("warning", QStringLiteral("waiting as STANDBY. %1").arg(why));
    m_self.target.reset();
    m_self.replaces = NodeId{};
    m_self.state = MemberState::Standby;
    m_replaceForce = Force::No;
    ownRecordChanged();
}

void Membership::giveUpReplacingOneThatIsBack()
{
    const bool isReplacing = m_self.state == MemberState::Pending && m_self.replaces != NodeId{};
    if (!m_started || m_isWritingOwn || !isReplacing)
        return;
    const std::vector<NodeId> reaching = whoReaches(m_self.replaces);
    const bool isOverruled = m_replaceForce == Force::Yes && !isReachable(m_self.replaces);
    if (reaching.empty() || isOverruled)
        return;
    standBy(QStringLiteral(
                "%1 is back (%2 reaches it): it keeps its tokens, and what was copied here goes back to "
                "the others.")
                .arg(nameOf(m_self.replaces), namesOf(reaching)));
}

bool Membership::mayFinishReplacing() const
{
    return m_self.replaces == NodeId{} || m_replaceForce == Force::Yes ||
           votesOn(m_self.replaces).isMajority();
}

} // namespace ringmaster
