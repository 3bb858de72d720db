// SPDX-License-Identifier: GPL-3.0-or-later
// Two sides of a cut that have removed each other, by --force on both sides, meet again.
//
// Merged record by record their tables would remove everybody: REMOVED is final. So a removal says who began
// it (Member::removedBy) and how many of the ring's members then said that the member cannot be reached
// (Member::supporters); both stay what they are, whatever else becomes of the record. Of a removal and a
// removal of its author, found in two tables neither of which has both, the one with more supporters stands,
// of equal ones the one whose author has the smaller id; the other one is void. A table that has both knows
// that the author was removed later, which voids nothing.
//
// Every node decides the same about the same two removals, over whichever third it heard of them and however
// much of either side's table it has seen; and of removals that void each other in a circle the weakest is
// void, so somebody is left. A member whose removal stands is removed alive, and gives back what it holds
// (node/give_back.h): so whichever side stands, nothing that either acknowledged is lost. Pure.
#pragma once

#include "nodecore/membership/member_table.h"

namespace ringmaster {

class OpposingRemovals {
public:
    // Both must outlive it, and stay as they are.
    OpposingRemovals(const MemberTable& ours, const MemberTable& theirs)
        : m_ours(ours)
        , m_theirs(theirs)
    {}

    // Of theirs, a record that is not taken: a removal that is void.
    bool isVoid(const Member& theirs) const;
    // Of theirs, a removal that stands against ours of its author.
    bool stands(const Member& theirs) const;
    // The members that we hold as removed by a removal that is void, as they have them.
    std::vector<Member> restored() const;

private:
    const MemberTable& m_ours;
    const MemberTable& m_theirs;
};

} // namespace ringmaster
