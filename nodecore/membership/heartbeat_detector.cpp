// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/membership/heartbeat_detector.h"

namespace ringmaster {

bool HeartbeatDetector::linkUp(NodeId peer, MonoTime now)
{
    m_peers[peer].linked = true;
    return heard(peer, now);
}

bool HeartbeatDetector::linkDown(NodeId peer, MonoTime now)
{
    Peer& known = m_peers[peer];
    known.linked = false;
    if (!known.reachable)
        return false;
    known.reachable = false;
    known.unreachableSince = now;
    return true;
}

bool HeartbeatDetector::heard(NodeId peer, MonoTime now)
{
    const auto found = m_peers.find(peer);
    if (found == m_peers.end() || !found->second.linked)
        return false;
    found->second.lastHeard = now;
    return !std::exchange(found->second.reachable, true);
}

std::vector<NodeId> HeartbeatDetector::findSilent(MonoTime now)
{
    std::vector<NodeId> silent;
    for (auto& [id, peer] : m_peers) {
        if (!peer.reachable || now - peer.lastHeard < silenceLimit)
            continue;
        peer.reachable = false;
        peer.unreachableSince = peer.lastHeard;
        silent.push_back(id);
    }
    return silent;
}

bool HeartbeatDetector::isLinked(NodeId peer) const
{
    const auto found = m_peers.find(peer);
    return found != m_peers.end() && found->second.linked;
}

bool HeartbeatDetector::isReachable(NodeId peer) const
{
    const auto found = m_peers.find(peer);
    return found != m_peers.end() && found->second.reachable;
}

Duration HeartbeatDetector::unreachableFor(NodeId peer, MonoTime now) const
{
    const auto found = m_peers.find(peer);
    if (found == m_peers.end())
        return now - m_since;
    return found->second.reachable ? Duration{0} : now - found->second.unreachableSince;
}

std::vector<NodeId> HeartbeatDetector::linked() const
{
    std::vector<NodeId> peers;
    for (const auto& [id, peer] : m_peers) {
        if (peer.linked)
            peers.push_back(id);
    }
    return peers;
}

} // namespace ringmaster
