// SPDX-License-Identifier: GPL-3.0-or-later
// Who can be reached now, as far as this node sees: there is a link, and something was heard over it lately.
// An observation, never a decision: the ring does not change by it. Time is passed in.
#pragma once

#include "nodecore/base/types.h"

#include <map>
#include <utility>
#include <vector>

namespace ringmaster {

class HeartbeatDetector {
public:
    // How often each peer is told that this node lives.
    static constexpr Duration interval = std::chrono::milliseconds(500);
    // A peer silent for so long over a living link counts as unreachable. Four intervals: one late beat on a
    // busy machine is no failure; longer only makes requests wait longer for a stopped process.
    static constexpr Duration silenceLimit = std::chrono::seconds(2);

    // Peers that were never linked count as unreachable since `since`.
    explicit HeartbeatDetector(MonoTime since)
        : m_since(since)
    {}

    // Each returns whether the peer's reachability changed.
    bool linkUp(NodeId peer, MonoTime now);
    bool linkDown(NodeId peer, MonoTime now);
    bool heard(NodeId peer, MonoTime now);
    // The peers that have become unreachable by silence.
    std::vector<NodeId> findSilent(MonoTime now);

    bool isLinked(NodeId peer) const;
    bool isReachable(NodeId peer) const;
    // Zero for a reachable peer.
    Duration unreachableFor(NodeId peer, MonoTime now) const;
    std::vector<NodeId> linked() const; // ascending

private:
    struct Peer {
        bool linked = false;
        bool reachable = false;
        MonoTime lastHeard;
        MonoTime unreachableSince;
    };
    MonoTime m_since;
    std::map<NodeId, Peer> m_peers;
};

} // namespace ringmaster
