// SPDX-License-Identifier: GPL-3.0-or-later
// SwimDetector: what comes in, and what goes out.
#include "nodecore/membership/swim_detector.h"

#include <iterator>

namespace ringmaster {

SwimDetector::SwimDetector(SwimRules rules, NodeId self, quint64 clusterTag, Ports ports, Events events)
    : m_rules(rules)
    , m_self(self)
    , m_clusterTag(clusterTag)
    , m_ports(ports)
    , m_events(std::move(events))
    , m_health(rules.maxHealthMultiplier)
    , m_lastSequence(static_cast<quint32>(ports.random.next()))
{}

SwimDetector::~SwimDetector()
{
    for (const TimerId timer : {m_tickTimer, m_timeoutTimer, m_suspicionTimer})
        m_ports.timers.cancel(timer);
    for (const auto& [sequence, relay] : m_relays)
        m_ports.timers.cancel(relay.timer);
}

void SwimDetector::receive(const QString& fromAddress, QByteArrayView datagram)
{
    const std::optional<SwimMessage> message = SwimMessage::decode(datagram, m_clusterTag);
    if (!message) {
        ++m_foreign;
        return;
    }
    if (message->from != m_self)
        handle({fromAddress, message->from}, *message);
}

void SwimDetector::receiveOverLink(NodeId from, QByteArrayView datagram)
{
    const std::optional<SwimMessage> message = SwimMessage::decode(datagram, m_clusterTag);
    if (message && message->from == from)
        handle({{}, from}, *message);
}

void SwimDetector::handle(const Route& route, const SwimMessage& message)
{
    const bool isMember = m_peers.contains(message.from);
    noteHeard(message.from);
    applyAlive(message.from, message.incarnation);
    switch (message.kind) {
    case SwimMessage::Kind::Ping:
        answerPing(route, message);
        break;
    case SwimMessage::Kind::Ack:
        takeAck(route, message);
        break;
    case SwimMessage::Kind::Nack:
        takeNack(message);
        break;
    case SwimMessage::Kind::PingFor:
        relay(route, message);
        break;
    }
    if (!isMember)
        return; // it may be a member that this node will hear of; it is answered, and not believed
    for (const SwimUpdate& update : message.updates)
        apply(update, message.from);
    const bool isItsOwnCard =
        message.kind == SwimMessage::Kind::Ping || message.kind == SwimMessage::Kind::Ack;
    if (isItsOwnCard && !message.card.isEmpty() && m_events.card)
        m_events.card(message.from, message.card);
}

void SwimDetector::answerPing(const Route& route, const SwimMessage& ping)
{
    if (ping.about != m_self)
        return; // it was for who had this address before
    // Before the answer, so that the answer refutes.
    for (const SwimUpdate& update : ping.updates) {
        const bool accuses =
            update.kind == SwimUpdate::Kind::Suspect || update.kind == SwimUpdate::Kind::Down;
        if (update.member == m_self && accuses)
            apply(update, ping.from);
    }
    SwimMessage ack = message(SwimMessage::Kind::Ack, ping.sequence, m_self);
    ack.aboutIncarnation = m_incarnation;
    addAccusation(ack, ping.from);
    send(route, std::move(ack));
}

void SwimDetector::takeAck(const Route& route, const SwimMessage& ack)
{
    const auto relay = m_relays.find(ack.sequence);
    if (relay != m_relays.end() && relay->second.target == ack.about && ack.from == ack.about) {
        SwimMessage handedOn = message(SwimMessage::Kind::Ack, relay->second.askersSequence, ack.about);
        handedOn.aboutIncarnation = ack.aboutIncarnation;
        m_ports.timers.cancel(relay->second.timer);
        const Route asker = relay->second.asker;
        m_relays.erase(relay);
        return send(asker, std::move(handedOn));
    }
    const bool isAnswer = ack.sequence == m_probe.sequence && ack.about == m_probe.target;
    if (!isAnswer)
        return;
    noteHeard(ack.about);
    applyAlive(ack.about, ack.aboutIncarnation);
    if (m_probe.isSecret)
        endSecret();
    const bool isFirst = !std::exchange(m_probe.isAnswered, true);
    // An answer over the link says nothing of how this node hears datagrams.
    if (isFirst && !route.address.isEmpty())
        m_health.better();
}

void SwimDetector::takeNack(const SwimMessage& nack)
{
    const bool isAnswer = nack.sequence == m_probe.sequence && nack.about == m_probe.target;
    if (isAnswer && m_probe.nacks < m_probe.nacksExpected)
        ++m_probe.nacks;
}

SwimMessage SwimDetector::message(SwimMessage::Kind kind, quint32 sequence, NodeId about) const
{
    SwimMessage message;
    message.kind = kind;
    message.from = m_self;
    message.incarnation = m_incarnation;
    message.sequence = sequence;
    message.about = about;
    const bool hasCard = kind == SwimMessage::Kind::Ping || kind == SwimMessage::Kind::Ack;
    if (hasCard && m_events.ownCard)
        message.card = m_events.ownCard().left(SwimMessage::maxCardBytes);
    return message;
}

void SwimDetector::addAccusation(SwimMessage& message, NodeId to) const
{
    const auto peer = m_peers.constFind(to);
    if (peer != m_peers.constEnd() && peer->state != SwimState::Alive && !isSecret(to))
        message.updates.push_back(whatIsHeldOf(to, *peer));
}

void SwimDetector::greet(NodeId member)
{
    constexpr size_t most = 40; // fit into any datagram
    SwimMessage ping = message(SwimMessage::Kind::Ping, ++m_lastSequence, member);
    addAccusation(ping, member);
    for (auto down = m_down.begin(); down != m_down.end() && ping.updates.size() < most; ++down)
        ping.updates.push_back(whatIsHeldOf(*down, m_peers[*down]));
    send({{}, member}, std::move(ping));
}

// Strangers get no gossip: who forges an address gets an answer hardly longer than the question was.
void SwimDetector::send(const Route& route, SwimMessage message)
{
    qsizetype room = message.roomForUpdates();
    for (const SwimUpdate& update : message.updates)
        room -= update.encodedSize();
    if (m_peers.contains(route.peer))
        m_gossip.take(message.updates, room, retransmitLimit(m_rules, memberCount()));
    const QByteArray bytes = message.encoded(m_clusterTag);
    if (!route.address.isEmpty())
        m_ports.datagrams.send(route.peer, route.address, bytes);
    else if (m_events.sendOverLink)
        m_events.sendOverLink(route.peer, bytes, message.kind == SwimMessage::Kind::Ping);
}

} // namespace ringmaster
