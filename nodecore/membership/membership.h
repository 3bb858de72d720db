// SPDX-License-Identifier: GPL-3.0-or-later
// This node's part in its cluster: its own record, the others' records, the ring that follows from them, and
// who can be reached.
//
// A plain member exchange over the peers' links: the whole table on every new link and whenever two find that
// their digests differ. That a record has changed spreads as news on the probes of PeerWatch, and in a small
// cluster the table itself goes to all. A node that is new asks a member that is there, takes its tokens from
// the ring that it is shown, and announces them once its record is durable.
#pragma once

#include "nodecore/env/clock.h"
#include "nodecore/env/random.h"
#include "nodecore/env/timers.h"
#include "nodecore/env/transport.h"
#include "nodecore/membership/identity.h"
#include "nodecore/membership/peer_watch.h"
#include "nodecore/wire/hello.h"
#include "nodecore/wire/message.h"

#include <functional>

namespace ringmaster {

struct MembershipConfig {
    Identity identity;
    QString peerAddress;
    QString httpAddress;
    QString zone;
    QList<QString> join;
    int replicas = 3;
    int tokens = 64;
    std::vector<Slot> tokenSlots; // placed by hand; empty: choose `tokens` of them
    SwimRules swim;
};

// How a peer fares, as it last said.
struct PeerVitals {
    quint64 keys = 0;
    double requestsPerSecond = 0;
};

class Membership {
public:
    struct Ports {
        const Clock& clock;
        Timers& timers;
        Random& random;
        Transport& transport;
        Datagrams& datagrams;
        Store& store;
    };
    // All may be called from within any call of Membership.
    struct Events {
        std::function<void()> membersChanged; // a record, or who can be reached
        std::function<void()> ringChanged;
        std::function<void(NodeId)> reachable;   // it is there, perhaps after a time away
        std::function<void(NodeId)> unreachable; // requests waiting for it wait in vain
        std::function<PeerVitals()> ownVitals;   // for the others
        std::function<void(const char* level, const QString&)> log;
    };

    Membership(MembershipConfig config, Ports ports, Events events, Remembered remembered, ActorId actor);

    // Makes identity and actor durable, then dials, joins or serves.
    void start();

    // Makes another actor durable as the one that mints here, and announces it; done follows the commit, and
    // is never called where the store refuses.
    void changeActor(ActorId actor, std::function<void()> done);

    NodeId self() const { return m_self.id; }
    // As it is durable and as the others are told.
    const Member& own() const { return *m_table.find(m_self.id); }
    const MemberTable& table() const { return m_table; }
    const HashRing& ring() const { return m_ring; }
    bool isReachable(NodeId node) const;
    // What SWIM holds of it here: another observer may hold something else.
    SwimState observed(NodeId node) const { return m_watch.stateOf(node); }
    Duration unreachableFor(NodeId node) const;
    PeerVitals vitalsOf(NodeId node) const;
    QString nameOf(NodeId node) const;
    int linkCount() const { return static_cast<int>(m_watch.linked().size()); }

    Hello hello() const;
    [[nodiscard]] std::optional<Error> judge(const Hello& peer) const;
    void linkUp(const Hello& peer);
    void linkDown(NodeId peer);
    // Something, anything, came from it.
    void heard(NodeId peer);
    // A request left for it.
    void sent(NodeId peer) { m_watch.sent(peer); }
    void handle(NodeId from, const wire::Probe& probe) { m_watch.handle(from, probe); }
    void receiveDatagram(const QString& fromAddress, QByteArrayView datagram)
    {
        m_watch.receive(fromAddress, datagram);
    }
    // False where a record is no record.
    [[nodiscard]] bool handle(NodeId from, const wire::Members& members);

private:
    void becomeKnown();
    void considerJoining();
    bool mayChooseTokensNow() const;
    void becomeReady(std::vector<Slot> tokens);
    void reclaim(const Member& olderSelf);
    void ownRecordChanged();
    void afterTableChange();
    void persistMembers();
    void sendTable(NodeId to);
    void considerJoiningLater();
    PeerWatch::Events watchEvents();
    QByteArray ownCard() const;
    void takeCard(NodeId from, const QByteArray& card);
    void newsCame(const SwimNews& news, NodeId toldBy);
    bool takeRecord(const Member& record);
    void silent(NodeId peer);

    MembershipConfig m_config;
    Ports m_ports;
    Events m_events;
    Member m_self;
    quint64 m_process = 0;
    MemberTable m_table;
    HashRing m_ring;
    PeerWatch m_watch;
    std::map<NodeId, PeerVitals> m_vitals;
    std::map<NodeId, Hello> m_linkedAs;
    bool m_started = false; // identity and actor are durable
};

} // namespace ringmaster
