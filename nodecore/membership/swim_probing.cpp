// SPDX-License-Identifier: GPL-3.0-or-later
// SwimDetector: the rounds of probes, and when they end.
#include "nodecore/membership/swim_detector.h"

#include <algorithm>
#include <iterator>

namespace ringmaster {

namespace {

// Probes for others that are under way; more are declined by saying nothing.
constexpr size_t maxRelays = 64;

} // namespace

// Members that start together must not probe together for ever.
void SwimDetector::start()
{
    m_ranAt = m_ports.clock.now();
    const auto interval = static_cast<quint64>(m_rules.probeInterval.count());
    m_tickDue = m_ranAt + Duration(static_cast<Duration::rep>(m_ports.random.below(interval)));
    m_tickTimer = m_ports.timers.startAt(m_tickDue, [this] { tick(); });
}

void SwimDetector::tick()
{
    (void)stoodStill(m_tickDue);
    judgeProbe();
    m_ports.timers.cancel(m_timeoutTimer);
    probeNext();
    m_tickDue = m_ports.clock.now() + m_rules.probeInterval * slowness();
    m_tickTimer = m_ports.timers.startAt(m_tickDue, [this] { tick(); });
}

// Whether this timer is so late that the node itself must have stood still.
bool SwimDetector::stoodStill(MonoTime due)
{
    const MonoTime now = m_ports.clock.now();
    const Duration late = now - std::max(due, m_ranAt);
    m_ranAt = now;
    if (late <= m_rules.probeTimeout / 2)
        return false;
    m_health.worse(2); // more than the answer to the next probe takes back
    m_probe.isJudged = false;
    m_suspicions.postpone(late);
    armSuspicions();
    return true;
}

void SwimDetector::judgeProbe()
{
    const auto target = m_peers.constFind(m_probe.target);
    if (!m_probe.isJudged || m_probe.isAnswered || target == m_peers.constEnd())
        return;
    if (target->state == SwimState::Alive)
        suspectInSecret(m_probe.target);
    else if (!m_probe.isSecret)
        applySuspect({SwimUpdate::Kind::Suspect, m_probe.target, target->incarnation, m_self, 0});
    if (++m_probe.failures >= m_rules.probeTries && m_probe.isSecret)
        tellSecret();
    // Others that answered that they hear nothing either vouch for this node's own hearing. Of one target
    // that is learned once.
    if (m_probe.failures == 1)
        m_health.worse(m_probe.nacksExpected > 0 ? m_probe.nacksExpected - m_probe.nacks : 1);
}

// A secret is pursued until it is told or was wrong: with the same sequence, so that late answers count.
void SwimDetector::probeNext()
{
    if (!m_probe.isSecret) {
        m_probe = {};
        const auto target = nextTarget();
        if (!target)
            return;
        m_probe.target = *target;
        m_probe.sequence = ++m_lastSequence;
    }
    probe();
}

std::optional<NodeId> SwimDetector::nextTarget()
{
    ++m_ticks;
    if (!m_suspicions.isEmpty() && m_ticks % 2 == 0)
        return m_suspicions.at(m_ports.random.below(m_suspicions.size()));
    const auto downEvery = static_cast<quint64>(std::max(1, m_rules.probesPerDownProbe));
    if (!m_down.empty() && m_ticks % downEvery == 0) {
        const quint64 index = m_ports.random.below(m_down.size());
        return *std::next(m_down.begin(), static_cast<std::ptrdiff_t>(index));
    }
    for (size_t i = 0; i < m_order.size(); ++i) {
        const NodeId member = m_order.next(m_ports.random);
        if (m_down.count(member) == 0)
            return member;
    }
    return std::nullopt;
}

void SwimDetector::probe()
{
    m_probe.isJudged = stateOf(m_probe.target) != SwimState::Down;
    m_probe.isAnswered = false;
    m_probe.nacksExpected = 0;
    m_probe.nacks = 0;
    m_timeoutDue = m_ports.clock.now() + m_rules.probeTimeout * slowness();
    m_timeoutTimer = m_ports.timers.startAt(m_timeoutDue, [this] { probeTimedOut(); });
    pingTarget();
    if (m_probe.isSecret)
        askOthers();
}

void SwimDetector::pingTarget()
{
    SwimMessage ping = message(SwimMessage::Kind::Ping, m_probe.sequence, m_probe.target);
    addAccusation(ping, m_probe.target);
    send({m_peers.constFind(m_probe.target)->address, m_probe.target}, std::move(ping));
}

void SwimDetector::probeTimedOut()
{
    if (stoodStill(m_timeoutDue) || !m_probe.isJudged || m_probe.isAnswered)
        return;
    if (m_probe.isSecret)
        pingTarget();
    askOthers();
}

void SwimDetector::askOthers()
{
    for (const NodeId other : someOthers(m_probe.target)) {
        ++m_probe.nacksExpected;
        send({m_peers.constFind(other)->address, other},
             message(SwimMessage::Kind::PingFor, m_probe.sequence, m_probe.target));
    }
    SwimMessage ping = message(SwimMessage::Kind::Ping, m_probe.sequence, m_probe.target);
    addAccusation(ping, m_probe.target);
    send({{}, m_probe.target}, std::move(ping));
}

std::vector<NodeId> SwimDetector::someOthers(NodeId target) const
{
    std::vector<NodeId> others;
    // Where few are alive, a few draws more find them all, nearly always.
    const int draws = m_rules.indirectProbes * 4;
    for (int i = 0; i < draws && static_cast<int>(others.size()) < m_rules.indirectProbes; ++i) {
        const NodeId other = m_order.any(m_ports.random);
        const bool isTaken = std::find(others.begin(), others.end(), other) != others.end();
        if (other != target && !isTaken && stateOf(other) == SwimState::Alive)
            others.push_back(other);
    }
    return others;
}

void SwimDetector::relay(const Route& route, const SwimMessage& request)
{
    const auto target = m_peers.constFind(request.about);
    if (target == m_peers.constEnd() || !m_peers.contains(request.from) || m_relays.size() >= maxRelays)
        return;
    const quint32 sequence = ++m_lastSequence;
    Relay& relay = m_relays[sequence];
    relay = {route, request.sequence, request.about, false, {}};
    // Early enough that the asker, whose interval runs, hears of it.
    relay.timer = m_ports.timers.startAt(m_ports.clock.now() + m_rules.probeTimeout * 4 / 5,
                                         [this, sequence] { relayTimedOut(sequence); });
    SwimMessage ping = message(SwimMessage::Kind::Ping, sequence, request.about);
    addAccusation(ping, request.about);
    send({target->address, request.about}, std::move(ping));
}

void SwimDetector::relayTimedOut(quint32 sequence)
{
    Relay& relay = m_relays[sequence];
    if (relay.isNacked) {
        m_relays.erase(sequence);
        return;
    }
    // An answer that comes late is still handed on for a while.
    relay.isNacked = true;
    relay.timer = m_ports.timers.startAt(m_ports.clock.now() + m_rules.probeInterval,
                                         [this, sequence] { relayTimedOut(sequence); });
    send(relay.asker, message(SwimMessage::Kind::Nack, relay.askersSequence, relay.target));
}

void SwimDetector::suspicionsEnded()
{
    const MonoTime due = m_suspicionsDue.value_or(m_ports.clock.now());
    m_suspicionsDue.reset();
    (void)stoodStill(due);
    const MonoTime now = m_ports.clock.now();
    for (const NodeId suspect : m_suspicions.endedBy(now)) {
        const auto found = m_peers.find(suspect);
        const std::optional<MonoTime> began = m_suspicions.beganAt(suspect);
        if (found == m_peers.end() || !began)
            continue; // whoever heard of another's end took it out
        // It was heard since it was accused: then its refutation was lost, and its silence begins there.
        const std::optional<MonoTime> heard = found->lastHeard;
        if (heard && *heard > *began)
            m_suspicions.begin(suspect, m_self, patience(), *heard);
        else
            setState(suspect, *found, SwimState::Down, found->incarnation);
    }
    armSuspicions();
}

// A node that probes slowly also gives slowly the chances to refute.
SuspicionTime SwimDetector::patience() const
{
    constexpr int most = 4; // a node that is cut off must see it some time
    SuspicionTime time = suspicionTime(m_rules, memberCount());
    time.least *= std::min(most, m_health.multiplier());
    time.most *= std::min(most, m_health.multiplier());
    return time;
}

void SwimDetector::armSuspicions()
{
    const std::optional<MonoTime> next = m_suspicions.nextEnd();
    if (next == m_suspicionsDue)
        return;
    m_ports.timers.cancel(m_suspicionTimer);
    m_suspicionsDue = next;
    if (next)
        m_suspicionTimer = m_ports.timers.startAt(*next, [this] { suspicionsEnded(); });
}

} // namespace ringmaster
