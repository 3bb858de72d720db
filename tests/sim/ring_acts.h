// SPDX-License-Identifier: GPL-3.0-or-later
// What operators do to the ring while all the rest happens: nodes join, leave, move, change their minds.
#pragma once

#include "tests/sim/trace.h"
#include "tests/support/virtual_cluster.h"

#include <set>

namespace ringmaster::sim {

enum class RingActKind {
    Join,   // a spare node is started
    Leave,  // node gives its data away
    Return, // node, which has left, joins again
    Move,   // node moves to other tokens
    Cancel, // node undoes what it has begun
};

struct RingAct {
    RingActKind kind = RingActKind::Join;
    Duration when{0}; // since the clients began
    int node = 0;
    std::vector<Slot> slots; // of a Move
};

// For a cluster of that many nodes and spares, within that time, in the order in which they come.
std::vector<RingAct> drawRingActs(int nodes, int spares, Duration within, SeededRandom& random);
QString describe(const RingAct& act);

// Lets them happen where they make sense then: what a node refuses it refuses, as it would an operator.
class RingActor {
public:
    // All must outlive it. At least so many nodes stay on the ring.
    RingActor(VirtualCluster& cluster, const std::vector<RingAct>& acts, int leastNodes, Trace& trace);

    void begin();

private:
    void act(const RingAct& act);
    Result<void> ask(const RingAct& act);
    bool mayLeave(int node) const;

    VirtualCluster& m_cluster;
    const std::vector<RingAct>& m_acts;
    size_t m_leastNodes;
    std::set<int> m_leavers; // that were told to
    Trace& m_trace;
};

} // namespace ringmaster::sim
