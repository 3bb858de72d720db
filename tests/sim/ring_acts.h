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
    Retire, // node gives its data away, and is stopped for good once it has
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
    // All must outlive it. At least so many nodes stay on the ring. stopped: a node's process has.
    RingActor(VirtualCluster& cluster, const std::vector<RingAct>& acts, int leastNodes, Trace& trace,
              std::function<void(int node)> stopped);

    void begin();
    // It has left, and nobody starts it any more.
    bool isRetired(int node) const { return m_retired.count(node) > 0; }
    // Whether one that has left waits to be stopped: every answer counts now, and it may be giving one.
    void letAnswer(bool answering) { m_isAnswering = answering; }

private:
    void act(const RingAct& act);
    void stopOnceLeft(int node);
    bool isSeenLeft(int node) const;
    Result<void> ask(const RingAct& act);
    bool mayLeave(int node) const;

    VirtualCluster& m_cluster;
    const std::vector<RingAct>& m_acts;
    size_t m_leastNodes;
    std::set<int> m_leavers; // that were told to
    std::set<int> m_retiring;
    std::set<int> m_retired;
    bool m_isAnswering = false;
    Trace& m_trace;
    std::function<void(int)> m_stopped;
};

} // namespace ringmaster::sim
