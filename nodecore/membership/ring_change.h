// SPDX-License-Identifier: GPL-3.0-or-later
// Whether the data of a ring change has arrived where it is to be: at this node, and at all.
//
// A slot comes to a node when the next ring makes it a replica that it is not now. It is there once the node
// has compared itself with enough of the slot's current replicas (AntiEntropy::Compared), each comparison
// begun after every member that can be reached saw the same two rings: from then on every write goes to the
// replicas of both. Enough is all but
// W - 1 of them, so that each acknowledged write is on one at least, and all but R - 1, so that nobody who
// still sees the ring of before can read without one that does not. Members that are gone for good do not
// count. A node that has all its slots says so (wire::RingState); whoever is to end the change waits for all
// such.
#pragma once

#include "nodecore/base/result.h"
#include "nodecore/base/types.h"
#include "nodecore/ring/ring_view.h"

#include <map>
#include <optional>
#include <set>

namespace ringmaster {

// The refusal of an act while the ring changes.
tl::unexpected<Error> otherChangeIsUnderWay();

class RingChange {
public:
    // quorum: the smaller of the R and the W that the cluster's promise is made of.
    RingChange(NodeId self, int quorum)
        : m_self(self)
        , m_quorum(quorum)
    {}

    // What a member said last: which change it sees, and which it has all its data for.
    struct Said {
        quint64 change = 0;
        quint64 caughtUp = 0;
        friend bool operator==(const Said&, const Said&) = default;
    };

    // change: equal for equal rings that the same records lead to (MemberTable::changesDigest), so that what
    // was said of a change that was taken back says nothing of the next one, though it be to the same ring.
    // Everything that was known of an earlier one is forgotten.
    // gone: members that are being removed or replaced; nobody will hear of them again.
    void ringsChanged(const RingView& rings, quint64 change, std::set<NodeId> gone);
    void said(NodeId member, Said said) { m_said[member] = said; }
    void forget(NodeId member) { m_said.erase(member); }
    bool isSeenBy(NodeId member) const
    {
        const auto found = m_said.find(member);
        return found != m_said.end() && found->second.change == m_change;
    }
    // Looks whether all members that can be reached see the same rings, and since when.
    template <class IsReachable>
    void observe(const RingView& rings, const std::vector<NodeId>& members, IsReachable isReachable,
                 MonoTime now)
    {
        bool agree = true;
        for (const NodeId member : members) {
            if (member == m_self || !isReachable(member))
                continue;
            agree = agree && isSeenBy(member);
        }
        if (!agree && m_agreedSince) {
            m_agreedSince.reset();
            m_compared.clear();
            recompute(rings);
        } else if (agree && !m_agreedSince)
            m_agreedSince = now;
    }
    bool allAgree() const { return m_agreedSince.has_value(); }

    // This node and peer hold the same of all that both are replicas of, as of began.
    void compared(const RingView& rings, NodeId peer, MonoTime began);
    // Recomputed by compared() and ringsChanged().
    bool hasCaughtUp() const { return m_hasCaughtUp; }
    Said own() const { return {m_change, m_hasCaughtUp ? m_change : 0}; }
    // Every node that data comes to has it all.
    bool isOver(const RingView& rings) const;

private:
    void recompute(const RingView& rings);

    NodeId m_self;
    int m_quorum = 1;
    std::set<NodeId> m_gone;
    quint64 m_change = 0;
    std::optional<MonoTime> m_agreedSince;
    std::map<NodeId, Said> m_said;
    std::map<NodeId, MonoTime> m_compared; // with whom, since when
    bool m_hasCaughtUp = false;
};

} // namespace ringmaster
