// SPDX-License-Identifier: GPL-3.0-or-later
// Who is there, as far as this node sees: SWIM (Das, Gupta, Motivala: "SWIM: Scalable Weakly-consistent
// Infection-style Process Group Membership Protocol", 2002) with Lifeguard (Dadgar, Phillips, Currey:
// "Lifeguard: Local Health Awareness for More Accurate Failure Detection", 2017).
//
// In each interval one member is probed: directly, then through others and over another way (a TCP link), if
// there is one. Who fails is suspect, and has time to refute; what is found rides on the probes. It is an
// observation, never a decision: who belongs is told from outside, and being down changes nothing there.
//
// Beyond the papers: who fails a probe is suspect to the prober alone at first. It is probed again at once,
// each time in more ways, and only when it has failed all of SwimRules::probeTries is the suspicion told; an
// answer before that ends it, and nobody has heard of it, so nobody need hear that it was wrong. Without that
// each false suspicion and its refutation is told to all, and the traffic of a node grows with the cluster
// times the loss. A member that is down is still probed now and then; a suspect is probed out of turn, which
// tells it and gets its refutation first-hand; and a node that stood still (its timers are late) gives up the
// probe that was under way and all suspicions get that much longer, since what it was to hear may still lie
// unread.
//
// Single-threaded; callbacks run inside calls and timers, and must not destroy the detector. It must not
// outlive its ports, and no timer may run after it is gone.
#pragma once

#include "nodecore/env/clock.h"
#include "nodecore/env/datagrams.h"
#include "nodecore/env/random.h"
#include "nodecore/env/timers.h"
#include "nodecore/membership/swim_gossip.h"
#include "nodecore/membership/swim_health.h"
#include "nodecore/membership/swim_message.h"
#include "nodecore/membership/swim_probe_order.h"
#include "nodecore/membership/swim_rules.h"
#include "nodecore/membership/swim_suspicions.h"

#include <QHash>

#include <functional>
#include <set>

namespace ringmaster {

// "That member's record has this version and digest": for whoever keeps the records. Opaque here.
struct SwimNews {
    NodeId member;
    quint64 version = 0;
    quint64 digest = 0;
    friend bool operator==(const SwimNews&, const SwimNews&) = default;
};

class SwimDetector {
public:
    struct Ports {
        const Clock& clock;
        Timers& timers;
        Random& random;
        Datagrams& datagrams;
    };
    // Each may be left out.
    struct Events {
        std::function<void(NodeId, SwimState)> changed;
        // News came from toldBy. Who did not know it calls announce() once it has the record.
        std::function<void(const SwimNews&, NodeId toldBy)> news;
        std::function<void(NodeId from, const QByteArray& card)> card; // as that member made it
        std::function<QByteArray()> ownCard;                           // at most SwimMessage::maxCardBytes
        // Sends the bytes on another way, if there is one, at whose far end receiveOverLink() gets them.
        std::function<void(NodeId to, const QByteArray&, bool wantsAnswer)> sendOverLink;
    };

    SwimDetector(SwimRules rules, NodeId self, quint64 clusterTag, Ports ports, Events events);
    ~SwimDetector();
    SwimDetector(const SwimDetector&) = delete;
    SwimDetector& operator=(const SwimDetector&) = delete;

    // Begins to probe; until then it only answers.
    void start();

    // A member that is new counts as alive. Its address may change.
    void setMember(NodeId member, const QString& address);
    void removeMember(NodeId member);
    // To be told by gossip.
    void announce(const SwimNews& news);

    // A datagram came; anybody may have sent it.
    void receive(const QString& fromAddress, QByteArrayView datagram);
    // What sendOverLink() sent there; the link knows who it is.
    void receiveOverLink(NodeId from, QByteArrayView datagram);
    // Asks that member for a sign of life over its link, and tells it who is away. For a link that is new.
    void greet(NodeId member);
    // Something else came from it.
    void heard(NodeId member);

    bool knows(NodeId member) const { return m_peers.contains(member); }
    // Alive for this node itself; Down for strangers.
    SwimState stateOf(NodeId member) const;
    // When a message of that member's own last came, or an answer that it gave to another; nothing: never.
    std::optional<MonoTime> lastHeard(NodeId member) const;
    int healthMultiplier() const { return m_health.multiplier(); }
    quint64 incarnation() const { return m_incarnation; }
    quint64 foreignDatagrams() const { return m_foreign; } // of another cluster, or no message at all

private:
    struct Peer {
        QString address;
        quint64 incarnation = 0;
        SwimState state = SwimState::Alive;
        std::optional<MonoTime> lastHeard;
    };
    // Where a message came from, and where its answer goes.
    struct Route {
        QString address; // empty: over the link with peer
        NodeId peer;
    };
    struct Probe {
        NodeId target;
        quint32 sequence = 0;
        int failures = 0;
        bool isJudged = false; // whether its failure means something
        bool isAnswered = false;
        bool isSecret = false; // the target is suspect to this node alone, which has told nobody
        int nacksExpected = 0;
        int nacks = 0;
    };
    // A probe that another member asked for.
    struct Relay {
        Route asker;
        quint32 askersSequence = 0;
        NodeId target;
        bool isNacked = false;
        TimerId timer;
    };

    // The rounds: swim_probing.cpp
    void tick();
    void judgeProbe();
    void probeNext();
    std::optional<NodeId> nextTarget();
    void probe();
    void pingTarget();
    void probeTimedOut();
    void askOthers();
    std::vector<NodeId> someOthers(NodeId target) const;
    void relay(const Route& route, const SwimMessage& request);
    void relayTimedOut(quint32 sequence);
    void suspicionsEnded();
    void armSuspicions();
    SuspicionTime patience() const;
    bool stoodStill(MonoTime due);
    // The first probe of a target waited as long as a slow node must, so the further ones need not.
    int slowness() const { return m_probe.isSecret ? 1 : m_health.multiplier(); }

    // What comes in, and what goes out: swim_detector.cpp
    void handle(const Route& route, const SwimMessage& message);
    void answerPing(const Route& route, const SwimMessage& ping);
    void takeAck(const Route& route, const SwimMessage& ack);
    void takeNack(const SwimMessage& nack);
    SwimMessage message(SwimMessage::Kind kind, quint32 sequence, NodeId about) const;
    // The buddy system: who is accused hears of it first from whom it talks to.
    void addAccusation(SwimMessage& message, NodeId to) const;
    void send(const Route& route, SwimMessage message);

    // What is held of whom: swim_view.cpp
    void apply(const SwimUpdate& update, NodeId toldBy);
    void applyAlive(NodeId member, quint64 incarnation);
    void applySuspect(const SwimUpdate& update);
    void applyDown(const SwimUpdate& update);
    // The suspicion that nobody else has heard of: it begins, is told, or was wrong.
    void suspectInSecret(NodeId member);
    void tellSecret();
    void endSecret();
    bool isSecret(NodeId member) const { return m_probe.isSecret && m_probe.target == member; }
    void refute(quint64 incarnation);
    void setState(NodeId id, Peer& peer, SwimState state, quint64 incarnation); // and tells it
    bool hold(NodeId id, Peer& peer, SwimState state, quint64 incarnation); // true: another state than before
    void reportState(NodeId id);
    SwimUpdate whatIsHeldOf(NodeId member, const Peer& peer) const;
    void noteHeard(NodeId member);
    int memberCount() const { return static_cast<int>(m_peers.size()) + 1; }

    SwimRules m_rules;
    NodeId m_self;
    quint64 m_clusterTag;
    Ports m_ports;
    Events m_events;

    quint64 m_incarnation = 0;
    QHash<NodeId, Peer> m_peers; // never iterated: its order differs from run to run
    SwimProbeOrder m_order;
    SwimSuspicions m_suspicions;
    std::set<NodeId> m_down;
    SwimGossip m_gossip;
    SwimHealth m_health;

    Probe m_probe;
    quint64 m_ticks = 0;
    quint32 m_lastSequence = 0;
    std::map<quint32, Relay> m_relays; // by our sequence
    MonoTime m_tickDue;
    MonoTime m_timeoutDue;
    std::optional<MonoTime> m_suspicionsDue;
    MonoTime m_ranAt; // the last timer
    TimerId m_tickTimer;
    TimerId m_timeoutTimer;
    TimerId m_suspicionTimer;
    quint64 m_foreign = 0;
};

} // namespace ringmaster
