// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/client/availability.h"

namespace ringmaster {

using namespace Qt::StringLiterals;

namespace {

bool belongs(const MemberSnapshot& member)
{
    return member.state != "LEFT"_L1 && member.state != "REMOVED"_L1;
}

} // namespace

Availability availabilityOf(const ClusterSnapshot& snapshot)
{
    // By index rather than by id, so that members without an id yet are told apart too.
    std::vector<RingMember> placed(static_cast<size_t>(snapshot.members.size()));
    std::vector<MemberReach> reach(placed.size());
    for (size_t i = 0; i < placed.size(); ++i) {
        const MemberSnapshot& member = snapshot.members.at(static_cast<qsizetype>(i));
        placed[i].node = NodeId{i};
        placed[i].zone = member.zone;
        reach[i] = {NodeId{i},         member.name,      belongs(member),
                    !member.isAwaited, member.reachable, member.takesWrites};
    }
    if (!snapshot.connected) {
        Availability availability;
        availability.headline = u"No node answers"_s;
        availability.sentence =
            snapshot.problem.isEmpty() ? u"No node of the cluster has answered yet."_s : snapshot.problem;
        for (const MemberReach& member : reach)
            availability.membersTotal += member.belongs ? 1 : 0;
        return availability;
    }
    for (const TokenSnapshot& token : snapshot.tokens) {
        if (token.member >= 0 && token.member < snapshot.members.size())
            placed[static_cast<size_t>(token.member)].tokens.push_back(token.slot);
    }
    return availabilityOf(HashRing(placed, snapshot.replicas), reach, snapshot.readQuorum,
                          snapshot.writeQuorum);
}

} // namespace ringmaster
