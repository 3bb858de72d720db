// SPDX-License-Identifier: GPL-3.0-or-later
// How late a request is when this node comes to it, although no two nodes have one clock: Budget carries the
// sender's monotonic time, and the least difference to the receiver's that was seen lately is that of a
// request which came at once. What is above it was spent on the way, in buffers or while one of the two
// processes stood still.
//
// The estimate errs on the side of being in time: where every request of the window was late, none is known
// to be. A clock that stands still (a suspended machine) or drifts is followed within two windows. Time is
// passed in.
#pragma once

#include "nodecore/base/types.h"
#include "nodecore/wire/message.h"

#include <map>

namespace ringmaster {

class Lateness {
public:
    static constexpr Duration window = std::chrono::seconds(10);
    // What was seen longer ago says nothing: two clocks may drift apart by a second in an hour.
    static constexpr Duration memory = std::chrono::seconds(60);
    // So much may be the clocks' drift and the milliseconds' rounding.
    static constexpr Duration margin = std::chrono::milliseconds(20);

    // A request of this peer is looked at now. Returns how long ago its budget ran out; zero or less where it
    // has not.
    Duration overdue(NodeId peer, wire::Budget budget, MonoTime now);
    // A new link: the peer may be another process, with another clock.
    void forget(NodeId peer) { m_peers.erase(peer); }

private:
    struct Peer {
        MonoTime windowBegan;
        Duration least{0};       // of this window
        Duration leastOfLast{0}; // and of the one before
    };
    std::map<NodeId, Peer> m_peers;
};

} // namespace ringmaster
