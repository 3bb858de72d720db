// SPDX-License-Identifier: GPL-3.0-or-later
// What this node knows of its peers' lives: SwimDetector over datagrams and links, which says who is there,
// and PeerReach over the links, which says whom a request can be sent to. The first is what members are
// shown; by the second requests find their way. A peer that is reachable answers over its link, whatever
// becomes of datagrams; one that is suspect or down and does not answer there is unreachable within a second.
#pragma once

#include "nodecore/env/transport.h"
#include "nodecore/membership/peer_reach.h"
#include "nodecore/membership/swim_detector.h"
#include "nodecore/wire/message.h"

#include <set>

namespace ringmaster {

class PeerWatch {
public:
    struct Ports {
        const Clock& clock;
        Timers& timers;
        Random& random;
        Transport& transport;
        Datagrams& datagrams;
    };
    struct Events {
        std::function<void(NodeId, SwimState)> observed; // a change of stateOf()
        std::function<void(NodeId)> silent;              // it became unreachable over a living link
        std::function<QByteArray()> ownCard;
        std::function<void(NodeId from, const QByteArray& card)> card;
        std::function<void(const SwimNews&, NodeId toldBy)> news;
    };
    struct Whereabouts {
        NodeId id;
        QString address;
    };

    PeerWatch(const SwimRules& rules, NodeId self, const QString& cluster, Ports ports, Events events);
    ~PeerWatch();

    void start();
    // All members but this one. Whoever is not among them is forgotten.
    void setMembers(const std::vector<Whereabouts>& members);
    void announce(const SwimNews& news) { m_swim.announce(news); }
    // Asks for a sign of life over the link; each sees the other's card with it.
    void ask(NodeId peer);

    // Each returns whether the peer's reachability changed.
    bool linkUp(NodeId peer);
    bool linkDown(NodeId peer);
    bool heard(NodeId peer);
    // A request left for it over its link.
    void sent(NodeId peer) { m_reach.sent(peer, m_ports.clock.now()); }
    void handle(NodeId from, const wire::Probe& probe) { m_swim.receiveOverLink(from, probe.datagram); }
    void receive(const QString& fromAddress, QByteArrayView datagram)
    {
        m_swim.receive(fromAddress, datagram);
    }

    SwimState stateOf(NodeId member) const { return m_swim.stateOf(member); }
    bool isLinked(NodeId peer) const { return m_reach.isLinked(peer); }
    bool isReachable(NodeId peer) const { return m_reach.isReachable(peer); }
    Duration unreachableFor(NodeId peer) const { return m_reach.unreachableFor(peer, m_ports.clock.now()); }
    std::vector<NodeId> linked() const { return m_reach.linked(); }

private:
    SwimDetector::Events swimEvents();
    void sendOverLink(NodeId to, const QByteArray& datagram, bool wantsAnswer);
    void beat();

    Ports m_ports;
    Events m_events;
    PeerReach m_reach;
    std::set<NodeId> m_members;
    MonoTime m_beatDue;
    TimerId m_beatTimer;
    SwimDetector m_swim;
};

} // namespace ringmaster
