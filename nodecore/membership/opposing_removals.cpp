// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/membership/opposing_removals.h"

#include <tuple>

namespace ringmaster {

namespace {

bool isOfARemoval(const Member& member)
{
    return member.removedBy != NodeId{} &&
           (member.state == MemberState::Removed || (member.isRemoval && member.target.has_value()));
}

const Member* removalOf(NodeId id, const MemberTable& table)
{
    const Member* member = table.find(id);
    return member != nullptr && isOfARemoval(*member) ? member : nullptr;
}

// What the other table has against a removal of this one: the removal of its author.
const Member* opponentOf(const Member& member, const MemberTable& table, const MemberTable& other)
{
    if (!isOfARemoval(member) || removalOf(member.removedBy, table) != nullptr)
        return nullptr;
    return removalOf(member.removedBy, other);
}

bool isStronger(const Member& one, const Member& other)
{
    return std::tuple(other.supporters, one.removedBy) < std::tuple(one.supporters, other.removedBy);
}

} // namespace

bool OpposingRemovals::isVoid(const Member& theirs) const
{
    const Member* opponent = opponentOf(theirs, m_theirs, m_ours);
    return opponent != nullptr && isStronger(*opponent, theirs);
}

bool OpposingRemovals::stands(const Member& theirs) const
{
    const Member* opponent = opponentOf(theirs, m_theirs, m_ours);
    return opponent != nullptr && isStronger(theirs, *opponent);
}

std::vector<Member> OpposingRemovals::restored() const
{
    std::vector<Member> restored;
    for (const auto& [id, member] : m_ours.members()) {
        const Member* opponent = opponentOf(member, m_ours, m_theirs);
        const Member* asTheyHaveIt = m_theirs.find(id);
        if (opponent != nullptr && asTheyHaveIt != nullptr && isStronger(*opponent, member))
            restored.push_back(*asTheyHaveIt);
    }
    return restored;
}

} // namespace ringmaster
