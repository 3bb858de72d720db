// SPDX-License-Identifier: GPL-3.0-or-later
// SwimDetector: what is held of whom, and which claim overrides which.
#include "nodecore/membership/swim_detector.h"

namespace ringmaster {

void SwimDetector::setMember(NodeId member, const QString& address)
{
    if (member == m_self)
        return;
    if (!m_peers.contains(member))
        m_order.add(member, m_ports.random);
    m_peers[member].address = address;
}

void SwimDetector::removeMember(NodeId member)
{
    m_peers.remove(member);
    m_order.remove(member);
    m_suspicions.end(member);
    m_down.erase(member);
    m_gossip.forget(member);
    if (m_probe.target == member)
        m_probe = {};
}

void SwimDetector::announce(const SwimNews& news)
{
    m_gossip.add({SwimUpdate::Kind::News, news.member, news.version, {}, news.digest});
}

SwimState SwimDetector::stateOf(NodeId member) const
{
    if (member == m_self)
        return SwimState::Alive;
    const auto found = m_peers.constFind(member);
    return found == m_peers.constEnd() ? SwimState::Down : found->state;
}

std::optional<MonoTime> SwimDetector::lastHeard(NodeId member) const
{
    const auto found = m_peers.constFind(member);
    return found == m_peers.constEnd() ? std::nullopt : found->lastHeard;
}

void SwimDetector::heard(NodeId member)
{
    noteHeard(member);
}

void SwimDetector::noteHeard(NodeId member)
{
    if (const auto found = m_peers.find(member); found != m_peers.end())
        found->lastHeard = m_ports.clock.now();
}

void SwimDetector::apply(const SwimUpdate& update, NodeId toldBy)
{
    switch (update.kind) {
    case SwimUpdate::Kind::Alive:
        return applyAlive(update.member, update.incarnation);
    case SwimUpdate::Kind::Suspect:
        return applySuspect(update);
    case SwimUpdate::Kind::Down:
        return applyDown(update);
    case SwimUpdate::Kind::News:
        if (m_events.news)
            m_events.news({update.member, update.incarnation, update.digest}, toldBy);
    }
}

void SwimDetector::applyAlive(NodeId member, quint64 incarnation)
{
    const auto found = m_peers.find(member);
    if (found != m_peers.end() && incarnation > found->incarnation)
        setState(member, *found, SwimState::Alive, incarnation);
}

void SwimDetector::applySuspect(const SwimUpdate& update)
{
    if (update.member == m_self)
        return refute(update.incarnation);
    const auto found = m_peers.find(update.member);
    if (found == m_peers.end() || update.incarnation < found->incarnation)
        return;
    const bool isLater = update.incarnation > found->incarnation;
    if (found->state == SwimState::Suspect && !isLater) {
        if (m_suspicions.confirm(update.member, update.by)) {
            m_gossip.add(update);
            armSuspicions();
        }
        if (isSecret(update.member))
            tellSecret(); // it is one confirmation more
        return;
    }
    if (found->state == SwimState::Down && !isLater)
        return;
    m_suspicions.begin(update.member, update.by, patience(), m_ports.clock.now());
    setState(update.member, *found, SwimState::Suspect, update.incarnation);
    armSuspicions();
}

void SwimDetector::applyDown(const SwimUpdate& update)
{
    if (update.member == m_self)
        return refute(update.incarnation);
    const auto found = m_peers.find(update.member);
    if (found == m_peers.end() || update.incarnation < found->incarnation)
        return;
    const bool isLater = update.incarnation > found->incarnation;
    if (isLater || found->state != SwimState::Down)
        setState(update.member, *found, SwimState::Down, update.incarnation);
}

void SwimDetector::suspectInSecret(NodeId member)
{
    Peer& peer = m_peers[member];
    m_probe.isSecret = true;
    m_suspicions.begin(member, m_self, patience(), m_ports.clock.now());
    if (hold(member, peer, SwimState::Suspect, peer.incarnation))
        reportState(member);
    armSuspicions();
}

void SwimDetector::tellSecret()
{
    m_probe.isSecret = false;
    m_gossip.add(whatIsHeldOf(m_probe.target, m_peers[m_probe.target]));
}

// In the same incarnation: nobody was told, so there is nothing to refute.
void SwimDetector::endSecret()
{
    m_probe.isSecret = false;
    Peer& peer = m_peers[m_probe.target];
    if (hold(m_probe.target, peer, SwimState::Alive, peer.incarnation))
        reportState(m_probe.target);
    armSuspicions();
}

// Somebody misses this node. It is there; and it asks itself whether it is slow.
void SwimDetector::refute(quint64 incarnation)
{
    if (incarnation < m_incarnation)
        return; // refuted already
    m_incarnation = std::min(incarnation + 1, SwimUpdate::maxIncarnation);
    m_health.worse();
    m_gossip.add({SwimUpdate::Kind::Alive, m_self, m_incarnation, {}, 0});
}

void SwimDetector::setState(NodeId id, Peer& peer, SwimState state, quint64 incarnation)
{
    if (isSecret(id))
        m_probe.isSecret = false;
    const bool isOther = hold(id, peer, state, incarnation);
    m_gossip.add(whatIsHeldOf(id, peer));
    if (isOther)
        reportState(id);
}

bool SwimDetector::hold(NodeId id, Peer& peer, SwimState state, quint64 incarnation)
{
    const bool isOther = peer.state != state;
    if (state != SwimState::Suspect)
        m_suspicions.end(id);
    if (state == SwimState::Down)
        m_down.insert(id);
    else
        m_down.erase(id);
    peer.state = state;
    peer.incarnation = incarnation;
    return isOther;
}

void SwimDetector::reportState(NodeId id)
{
    if (m_events.changed)
        m_events.changed(id, stateOf(id));
}

SwimUpdate SwimDetector::whatIsHeldOf(NodeId member, const Peer& peer) const
{
    switch (peer.state) {
    case SwimState::Alive:
        return {SwimUpdate::Kind::Alive, member, peer.incarnation, {}, 0};
    case SwimState::Suspect:
        return {SwimUpdate::Kind::Suspect, member, peer.incarnation, m_suspicions.accuserOf(member), 0};
    case SwimState::Down:
        break;
    }
    return {SwimUpdate::Kind::Down, member, peer.incarnation, m_self, 0};
}

} // namespace ringmaster
