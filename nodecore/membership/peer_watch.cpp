// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/membership/peer_watch.h"

namespace ringmaster {

namespace {

constexpr size_t mostAskedAtOnce = 16;

} // namespace

PeerWatch::PeerWatch(const SwimRules& rules, NodeId self, const QString& cluster, Ports ports, Events events)
    : m_ports(ports)
    , m_events(std::move(events))
    , m_reach(ports.clock.now())
    , m_swim(rules, self, swimTagOf(cluster), {ports.clock, ports.timers, ports.random, ports.datagrams},
             swimEvents())
{}

PeerWatch::~PeerWatch()
{
    m_ports.timers.cancel(m_beatTimer);
}

SwimDetector::Events PeerWatch::swimEvents()
{
    SwimDetector::Events events;
    events.changed = [this](NodeId member, SwimState state) {
        m_reach.setSuspect(member, state != SwimState::Alive);
        if (state != SwimState::Alive && m_reach.isLinked(member))
            ask(member);
        m_events.observed(member, state);
    };
    events.ownCard = m_events.ownCard;
    events.card = m_events.card;
    events.news = m_events.news;
    events.sendOverLink = [this](NodeId to, const QByteArray& datagram, bool wantsAnswer) {
        sendOverLink(to, datagram, wantsAnswer);
    };
    return events;
}

void PeerWatch::sendOverLink(NodeId to, const QByteArray& datagram, bool wantsAnswer)
{
    if (m_ports.transport.send(to, wire::encode(wire::Probe{datagram})) != SendResult::NoLink && wantsAnswer)
        m_reach.sent(to, m_ports.clock.now());
}

void PeerWatch::start()
{
    m_swim.start();
    m_beatDue = m_ports.clock.now() + PeerReach::beat;
    m_beatTimer = m_ports.timers.startAt(m_beatDue, [this] { beat(); });
}

void PeerWatch::beat()
{
    const MonoTime now = m_ports.clock.now();
    if (now - m_beatDue > PeerReach::beat)
        m_reach.stoodStill(now - m_beatDue);
    m_beatDue = now + PeerReach::beat;
    m_beatTimer = m_ports.timers.startAt(m_beatDue, [this] { beat(); });
    for (const NodeId peer : m_reach.findSilent(now))
        m_events.silent(peer);
    for (const NodeId peer : m_reach.toAsk(now, mostAskedAtOnce))
        ask(peer);
}

void PeerWatch::setMembers(const std::vector<Whereabouts>& members)
{
    std::set<NodeId> gone;
    gone.swap(m_members);
    for (const Whereabouts& member : members) {
        gone.erase(member.id);
        m_members.insert(member.id);
        m_swim.setMember(member.id, member.address);
    }
    for (const NodeId member : gone)
        m_swim.removeMember(member);
}

void PeerWatch::ask(NodeId peer)
{
    m_swim.greet(peer);
}

bool PeerWatch::linkUp(NodeId peer)
{
    const bool changed = m_reach.linkUp(peer, m_ports.clock.now());
    ask(peer);
    return changed;
}

bool PeerWatch::linkDown(NodeId peer)
{
    return m_reach.linkDown(peer, m_ports.clock.now());
}

bool PeerWatch::heard(NodeId peer)
{
    m_swim.heard(peer);
    return m_reach.heard(peer, m_ports.clock.now());
}

} // namespace ringmaster
