// SPDX-License-Identifier: GPL-3.0-or-later
// Over which links a request has a chance now: there is a link, and nothing that should have been answered
// over it waits for too long. An observation, never a decision: the ring does not change by it. Time is
// passed in.
//
// A link in use watches itself, since what is sent is mostly answered. What is sent and not answered is
// followed by a question that any living peer answers at once; so is a suspicion that came by gossip. Of the
// links that rest, one after another is asked: the cost stays the same however many there are.
#pragma once

#include "nodecore/base/types.h"

#include <map>
#include <optional>
#include <vector>

namespace ringmaster {

class PeerReach {
public:
    // How often findSilent() and toAsk() are to be called.
    static constexpr Duration beat = std::chrono::milliseconds(250);
    // How long an answer may take before it is asked for. Shorter: more questions beside slow requests.
    static constexpr Duration askAfter = std::chrono::milliseconds(500);
    // A peer that answers nothing for so long over a living link counts as unreachable. Longer only makes
    // requests wait longer for a stopped process; shorter makes a busy machine a failure.
    static constexpr Duration silenceLimit = std::chrono::seconds(2);
    // The same for one that is suspect or down anyway.
    static constexpr Duration suspectLimit = std::chrono::seconds(1);

    // Peers that were never linked count as unreachable since `since`.
    explicit PeerReach(MonoTime since)
        : m_since(since)
    {}

    // Each returns whether the peer's reachability changed.
    bool linkUp(NodeId peer, MonoTime now);
    bool linkDown(NodeId peer, MonoTime now);
    bool heard(NodeId peer, MonoTime now);
    // Something that is likely to be answered left over the link.
    void sent(NodeId peer, MonoTime now);
    void setSuspect(NodeId peer, bool isSuspect);
    // This node did nothing for so long: its peers' answers may lie unread.
    void stoodStill(Duration by);

    // The peers that have become unreachable by silence.
    std::vector<NodeId> findSilent(MonoTime now);
    // Whom to ask for a sign of life now; at most so many, the rest at the next beat.
    std::vector<NodeId> toAsk(MonoTime now, size_t most);

    bool isLinked(NodeId peer) const;
    bool isReachable(NodeId peer) const;
    // Zero for a reachable peer.
    Duration unreachableFor(NodeId peer, MonoTime now) const;
    std::vector<NodeId> linked() const; // ascending

private:
    struct Peer {
        bool isLinked = false;
        bool isReachable = false;
        bool isSuspect = false;
        std::optional<MonoTime> waitsSince; // for any answer
        MonoTime lastHeard;
        MonoTime unreachableSince;
    };
    static bool isOverdue(const Peer& peer, MonoTime now);

    MonoTime m_since;
    std::map<NodeId, Peer> m_peers;
    NodeId m_lastAsked;
    bool m_isIdleTurn = false; // every second beat
};

} // namespace ringmaster
