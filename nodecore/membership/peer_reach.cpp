// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/membership/peer_reach.h"

#include <utility>

namespace ringmaster {

bool PeerReach::linkUp(NodeId peer, MonoTime now)
{
    m_peers[peer].isLinked = true;
    return heard(peer, now);
}

bool PeerReach::linkDown(NodeId peer, MonoTime now)
{
    Peer& known = m_peers[peer];
    known.isLinked = false;
    known.waitsSince.reset();
    if (!std::exchange(known.isReachable, false))
        return false;
    known.unreachableSince = now;
    return true;
}

bool PeerReach::heard(NodeId peer, MonoTime now)
{
    const auto found = m_peers.find(peer);
    if (found == m_peers.end() || !found->second.isLinked)
        return false;
    found->second.lastHeard = now;
    found->second.waitsSince.reset();
    return !std::exchange(found->second.isReachable, true);
}

void PeerReach::sent(NodeId peer, MonoTime now)
{
    const auto found = m_peers.find(peer);
    if (found != m_peers.end() && found->second.isLinked && !found->second.waitsSince)
        found->second.waitsSince = now;
}

void PeerReach::setSuspect(NodeId peer, bool isSuspect)
{
    const auto [entry, isNew] = m_peers.try_emplace(peer);
    if (isNew)
        entry->second.unreachableSince = m_since;
    entry->second.isSuspect = isSuspect;
}

void PeerReach::stoodStill(Duration by)
{
    for (auto& [id, peer] : m_peers) {
        if (peer.waitsSince)
            peer.waitsSince = *peer.waitsSince + by;
    }
}

bool PeerReach::isOverdue(const Peer& peer, MonoTime now)
{
    return peer.waitsSince && now - *peer.waitsSince >= (peer.isSuspect ? suspectLimit : silenceLimit);
}

std::vector<NodeId> PeerReach::findSilent(MonoTime now)
{
    std::vector<NodeId> silent;
    for (auto& [id, peer] : m_peers) {
        if (!peer.isReachable || !isOverdue(peer, now))
            continue;
        peer.isReachable = false;
        peer.unreachableSince = *peer.waitsSince;
        silent.push_back(id);
    }
    return silent;
}

std::vector<NodeId> PeerReach::toAsk(MonoTime now, size_t most)
{
    m_isIdleTurn = !m_isIdleTurn;
    bool isIdleAsked = !m_isIdleTurn;
    std::vector<NodeId> asked;
    auto next = m_peers.upper_bound(m_lastAsked);
    for (size_t i = 0; i < m_peers.size() && asked.size() < most; ++i, ++next) {
        if (next == m_peers.end())
            next = m_peers.begin();
        const auto& [id, peer] = *next;
        if (!peer.isLinked)
            continue;
        const bool isLate = peer.waitsSince && now - *peer.waitsSince >= askAfter;
        const bool isInDoubt = peer.isSuspect || !peer.isReachable || isLate;
        const bool isItsTurn = !isIdleAsked && !peer.waitsSince && now - peer.lastHeard >= askAfter;
        if (!isInDoubt && !isItsTurn)
            continue;
        asked.push_back(id);
        if (isItsTurn && !isInDoubt) {
            isIdleAsked = true;
            m_lastAsked = id;
        }
    }
    return asked;
}

bool PeerReach::isLinked(NodeId peer) const
{
    const auto found = m_peers.find(peer);
    return found != m_peers.end() && found->second.isLinked;
}

bool PeerReach::isReachable(NodeId peer) const
{
    const auto found = m_peers.find(peer);
    return found != m_peers.end() && found->second.isReachable;
}

Duration PeerReach::unreachableFor(NodeId peer, MonoTime now) const
{
    const auto found = m_peers.find(peer);
    if (found == m_peers.end())
        return now - m_since;
    return found->second.isReachable ? Duration{0} : now - found->second.unreachableSince;
}

std::vector<NodeId> PeerReach::linked() const
{
    std::vector<NodeId> peers;
    for (const auto& [id, peer] : m_peers) {
        if (peer.isLinked)
            peers.push_back(id);
    }
    return peers;
}

} // namespace ringmaster
