// SPDX-License-Identifier: GPL-3.0-or-later
// Which members are away, here and as the others say: what a removal, an operator's (removal_majority.h) or
// the cluster's own (ringnode --auto-remove-after; off by default), is decided by.
//
// The rule of --auto-remove-after: the living READY member with the smallest id removes a member that it has
// itself seen down for that long without a break, and that a majority of the ring's members, itself among
// them and the absent one counted, agree to remove. A member agrees when it has had no message of the absent
// one, and seen it down, for as long as its own --auto-remove-after and the absent one's both say. Being down
// is each observer's own, so each says its own, and only who answers has a vote: on the smaller side of a cut
// there is no majority, and of a ring of two, where one is no majority, nobody is ever removed. A vote counts
// only in an answer to a question that is younger than `freshFor`, however long either was under way.
//
// The absent member acknowledges nothing by then (acknowledge_lease.h). What it had acknowledged before it
// gives back when it returns (node/README.md). 10 minutes or more outlast a restart of any machine.
//
// Times are this node's own clock's; what others say is how long, never when.
#pragma once

#include "nodecore/base/types.h"
#include "nodecore/wire/message.h"

#include <map>
#include <optional>
#include <set>
#include <vector>

namespace ringmaster {

class AbsenceWatch {
public:
    using Absence = wire::RingState::Absence;

    // Less than a machine takes to start again, or a network to settle, is no absence.
    static constexpr Duration leastRemoveAfter = std::chrono::seconds(10);
    // A vote counts no more when its question is older.
    static constexpr Duration freshFor = std::chrono::seconds(3);
    // For so long after its vote a voter grants the absent member no lease. Longer than freshFor on the
    // slower clock: as long as the vote counts.
    static constexpr Duration noLeaseAfterVote = std::chrono::seconds(5);

    // removeAfter: 0: this node removes nobody and agrees to no such removal.
    explicit AbsenceWatch(Duration removeAfter)
        : m_removeAfter(removeAfter)
    {}

    // Whoever is not among them is forgotten.
    void setMembers(const std::vector<NodeId>& members);
    // By SWIM. ring: of that moment.
    void observed(NodeId member, bool isDown, const std::vector<NodeId>& ring, MonoTime now);
    // A message of the member's came: its absence, if there was one, begins anew.
    void heard(NodeId member, MonoTime now);
    // After how long of absence the member itself expects to be removed; 0: never.
    void expects(NodeId member, Duration removeAfter) { m_expected[member] = removeAfter; }

    // What an observer said over its living link. asked: when this node asked for that; nothing: it said so
    // unasked, which is no vote, but takes one back for a member that is there again.
    void said(NodeId observer, const std::vector<Absence>& absent, std::optional<MonoTime> asked);
    // The link with the observer is gone: what it said is of the past.
    void forget(NodeId observer) { m_said.erase(observer); }
    // By what the observer said last; nothing where it has not said anything.
    std::optional<bool> seesUnreachable(NodeId observer, NodeId member) const;

    // What this node says, of these and of all that are down; asked: in answer to a question, where it votes.
    std::vector<Absence> say(const std::set<NodeId>& unreachable, bool asked, MonoTime now);
    // This node has not voted for its removal lately.
    bool mayGrantLease(NodeId member, MonoTime now) const;

    // The observer's last word was that it sees the member down.
    bool saysAbsent(NodeId observer, NodeId member) const;
    // Somebody is absent for long enough: the others are to be asked what they see.
    bool isAsking(MonoTime now) const { return !longAbsent(now).empty(); }
    // Seen down here for long enough. Empty where removeAfter is 0.
    std::vector<NodeId> longAbsent(MonoTime now) const;
    // A majority of ring agrees, and one of the ring when the member was lost: a ring that grew meanwhile
    // gives nobody a majority that the absent member does not know of.
    bool isAgreed(NodeId member, NodeId self, const std::vector<NodeId>& ring, MonoTime now) const;
    Duration removeAfter() const { return m_removeAfter; }

private:
    struct Down {
        MonoTime since;
        std::vector<NodeId> ring; // when it was lost
    };
    struct Said {
        std::set<NodeId> unreachable;
        std::set<NodeId> down; // of these
        MonoTime asked;        // for the votes
        std::set<NodeId> votes;
    };
    bool agrees(NodeId member, Duration downFor) const;
    bool isMajority(NodeId member, NodeId self, const std::vector<NodeId>& ring, MonoTime now) const;

    Duration m_removeAfter;
    std::map<NodeId, Down> m_down;
    std::map<NodeId, Duration> m_expected;
    std::map<NodeId, Said> m_said; // by observer
    std::map<NodeId, MonoTime> m_voted;
};

} // namespace ringmaster
