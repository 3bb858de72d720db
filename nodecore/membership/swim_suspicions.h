// SPDX-License-Identifier: GPL-3.0-or-later
// The members that are suspect, by whom, and until when: each further accuser brings the end nearer, because
// several that see the same are hardly all slow themselves. Time is passed in.
#pragma once

#include "nodecore/membership/swim_rules.h"

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace ringmaster {

class SwimSuspicions {
public:
    void begin(NodeId suspect, NodeId accuser, const SuspicionTime& time, MonoTime now);
    // True where that accuser is new and brings the end nearer: worth telling others.
    bool confirm(NodeId suspect, NodeId accuser);
    void end(NodeId suspect);
    // This node stood still: whatever was to be heard meanwhile may still come.
    void postpone(Duration by);

    bool isEmpty() const { return m_suspicions.empty(); }
    size_t size() const { return m_suspicions.size(); }
    NodeId at(size_t index) const; // index < size(), in ascending order
    // The first that accused it; 0 where it is not suspect.
    NodeId accuserOf(NodeId suspect) const;
    std::optional<MonoTime> beganAt(NodeId suspect) const;
    std::optional<MonoTime> nextEnd() const;
    std::vector<NodeId> endedBy(MonoTime now) const;

private:
    struct Suspicion {
        MonoTime began;
        SuspicionTime time;
        std::vector<NodeId> accusers;
        MonoTime end;
    };
    void setEnd(NodeId suspect, Suspicion& suspicion);

    std::map<NodeId, Suspicion> m_suspicions;
    std::set<std::pair<MonoTime, NodeId>> m_ends;
};

} // namespace ringmaster
