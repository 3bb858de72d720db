// SPDX-License-Identifier: GPL-3.0-or-later
// A member that is removed: killed, or cut off and alive; for good, or back again at any time; and what
// operators tell the others about it, who may change their minds.
//
// Its disk counts as the one that a run may lose, so what W >= 2 promises must hold all the same.
//
// Instead of operators the members may see to it by themselves (--auto-remove-after), and an heir may come
// that takes over the member's tokens (--replace).
#pragma once

#include "tests/sim/fault.h"
#include "tests/sim/trace.h"
#include "tests/support/virtual_cluster.h"

#include <set>

namespace ringmaster::sim {

struct RemovalAct {
    enum class Kind {
        Kill,     // the member goes down
        ComeBack, // and comes up again, unless the cluster has told it that it is REMOVED
        Remove,   // the others are asked to remove it, one after another until one does
        TakeBack, // all are asked to take that back, likewise; the member itself where its turn is first
    };
    Kind kind = Kind::Remove;
    Duration when{0}; // since the clients began
    int firstAsked = 0;
};

struct Removal {
    int member = 0;
    bool isForGood = false;       // killed, and nobody brings it back but whoever takes its removal back
    std::optional<Fault> cut;     // instead of a Kill
    std::vector<RemovalAct> acts; // in the order in which they come
    std::optional<Duration> heirComes;
};

Removal drawRemoval(int nodes, Duration within, SeededRandom& random);
// Of another member than one, which comes back and gives back what it holds.
Removal drawOtherRemoval(const Removal& one, int nodes, Duration within, SeededRandom& random);
// Nobody orders it: the member is away for longer than the others wait, and some time is left.
Removal drawAbsence(int nodes, Duration longerThan, SeededRandom& random);
QString describe(const Removal& removal);

class RemovalActor {
public:
    // All must outlive it, and it what is under way in the cluster's queue. ended: a node's process has.
    RemovalActor(VirtualCluster& cluster, const std::optional<Removal>& removal, Trace& trace,
                 std::function<void(int node)> ended);

    void begin();
    // Everything else heals now: the member comes back too or, where it is gone for good, the others are
    // told to remove it until they have.
    void heal();
    // Nobody starts it, at present or any more.
    bool isKeptDown(int node) const;
    // Who was told, alive, that it is REMOVED.
    const std::set<int>& over() const { return m_over; }

private:
    void act(const RemovalAct& act);
    void kill();
    void bringHeir();
    bool ask(const RemovalAct& act);
    void lookWhoIsRemoved();
    void insist(int tries);
    bool isRemovedForAll() const;
    void say(const QString& what);

    VirtualCluster& m_cluster;
    const std::optional<Removal>& m_removal;
    Trace& m_trace;
    std::function<void(int)> m_ended;
    bool m_isHealed = false;
    bool m_isAway = false; // killed
    std::set<int> m_over;
    bool m_isTakenBack = false; // by an operator
};

} // namespace ringmaster::sim
