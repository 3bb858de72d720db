// SPDX-License-Identifier: GPL-3.0-or-later
// How long members have been down, here and as the others say, and so which of them are removed without being
// asked about (ringnode --auto-remove-after; off by default).
//
// The rule: the living READY member with the smallest id removes a member that it has itself seen down for
// that long without a break, and that a majority of the ring's members, itself among them and the absent one
// counted, say within the last seconds to have seen down for as long. Being down is each observer's own, so
// each says its own, and only who answers has a vote: on the smaller side of a cut there is no majority, and
// of a ring of two, where one is no majority, nobody is ever removed. The larger side removes the smaller
// one, one member after another, and these are told so when the cut heals: trade that against how long a
// repair may wait for a person. 10 minutes or more outlast a restart of any machine.
//
// Times are this node's own clock's; what others say is how long, never when.
#pragma once

#include "nodecore/base/types.h"
#include "nodecore/wire/message.h"

#include <functional>
#include <map>
#include <vector>

namespace ringmaster {

class AbsenceWatch {
public:
    // Less than a machine takes to start again, or a network to settle, is no absence.
    static constexpr Duration leastRemoveAfter = std::chrono::seconds(10);
    // Words that are older count no more.
    static constexpr Duration freshFor = std::chrono::seconds(3);

    // removeAfter: 0: nobody is ever removed; what is seen is said to the others all the same.
    explicit AbsenceWatch(Duration removeAfter)
        : m_removeAfter(removeAfter)
    {}

    // Whoever is not among them is forgotten.
    void setMembers(const std::vector<NodeId>& members);
    void observed(NodeId member, bool isDown, MonoTime now);
    void said(NodeId observer, const std::vector<wire::RingState::Absence>& absent, MonoTime now);

    // What this node tells the others.
    std::vector<wire::RingState::Absence> seen(MonoTime now) const;
    // The observer's last word was that it sees the member down.
    bool saysAbsent(NodeId observer, NodeId member) const;
    // Somebody is absent for long enough: the others are to be asked what they see.
    bool isAsking(MonoTime now) const { return !longAbsent(now).empty(); }
    // Seen down here for long enough. Empty where removeAfter is 0.
    std::vector<NodeId> longAbsent(MonoTime now) const;
    // By that of a majority of ring too, of whom this node is one.
    bool isAgreed(NodeId member, NodeId self, const std::vector<NodeId>& ring, MonoTime now) const;
    Duration removeAfter() const { return m_removeAfter; }

private:
    struct Said {
        MonoTime when;
        std::map<NodeId, Duration> absent;
    };
    Duration m_removeAfter;
    std::map<NodeId, MonoTime> m_downSince;
    std::map<NodeId, Said> m_said; // by observer
};

} // namespace ringmaster
