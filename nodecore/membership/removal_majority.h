// SPDX-License-Identifier: GPL-3.0-or-later
// Who may say that a member is gone: a majority of the ring's members, the one in question counted as one
// that says nothing.
//
// One node that cannot reach a member proves nothing: it may be the one that is cut off. Two majorities have
// a member in common, so the two sides of a cut never remove each other; and of an even cut neither side has
// one. Without a majority only a person can know, and says so with --force. Pure.
#pragma once

#include "nodecore/base/types.h"

#include <functional>
#include <optional>
#include <vector>

namespace ringmaster {

struct AbsenceVotes {
    std::vector<NodeId> unreachable; // these cannot reach it
    std::vector<NodeId> reaching;    // these can: it lives
    std::vector<NodeId> silent;      // these cannot be asked, or have not said yet; itself
    size_t needed = 0;

    bool isMajority() const { return unreachable.size() >= needed; }
};

// seesUnreachable: what an observer says of the member; nothing where it says nothing.
inline AbsenceVotes countAbsenceVotes(NodeId member, const std::vector<NodeId>& ring,
                                      const std::function<std::optional<bool>(NodeId)>& seesUnreachable)
{
    AbsenceVotes votes;
    votes.needed = ring.size() / 2 + 1;
    for (const NodeId observer : ring) {
        const std::optional<bool> said = observer == member ? std::nullopt : seesUnreachable(observer);
        (!said ? votes.silent : *said ? votes.unreachable : votes.reaching).push_back(observer);
    }
    return votes;
}

} // namespace ringmaster
