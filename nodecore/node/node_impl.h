// SPDX-License-Identifier: GPL-3.0-or-later
// The inside of a Node: its parts, and how they are wired. For node.cpp and node_impl.cpp only.
#pragma once

#include "nodecore/membership/membership.h"
#include "nodecore/node/conflict_listing.h"
#include "nodecore/node/give_back.h"
#include "nodecore/node/node.h"
#include "nodecore/node/request_meter.h"
#include "nodecore/repair/anti_entropy.h"
#include "nodecore/repair/hinted_handoff.h"
#include "nodecore/repair/range_dropper.h"
#include "nodecore/repair/record_healer.h"
#include "nodecore/repair/scrubber.h"
#include "nodecore/repair/tombstone_reaper.h"
#include "nodecore/repair/tree_check.h"
#include "nodecore/request/coordinator.h"
#include "nodecore/request/lateness.h"
#include "nodecore/request/replica_service.h"

namespace ringmaster {

// Tells who is sent something, so that its silence is noticed.
class WatchedTransport final : public Transport {
public:
    WatchedTransport(Transport& under, std::function<void(NodeId)> sent)
        : m_under(under)
        , m_sent(std::move(sent))
    {}

    SendResult send(NodeId to, const QByteArray& message) override
    {
        const SendResult result = m_under.send(to, message);
        if (result == SendResult::Queued)
            m_sent(to);
        return result;
    }
    void setPeers(const QList<QString>& addresses) override { m_under.setPeers(addresses); }

private:
    Transport& m_under;
    std::function<void(NodeId)> m_sent;
};

class Node::Impl final : public PeerDirectory {
public:
    Impl(NodeConfig config, NodePorts ports, Remembered remembered, ActorId actor, quint32 generation);

    NodeId self() const override { return m_membership.self(); }
    const RingView& rings() const override { return m_membership.rings(); }
    bool isReachable(NodeId node) const override { return m_membership.isReachable(node); }
    QString nameOf(NodeId node) const override { return m_membership.nameOf(node); }
    ActorId actorOf(NodeId node) const override;
    std::optional<Error> whyNotToAcknowledge() const override { return m_membership.whyNotToAcknowledge(); }

    IntegrityView integrityView() const;
    bool dispatch(NodeId from, wire::Message message);
    // A removed member says only what giving back needs.
    bool isHeardOut(const Member& removed, const wire::Message& message) const;
    // As many members of the ring can be reached as the default quorums need, or all of a smaller ring.
    bool reachesQuorum() const;
    // Begins the request's trace, and wraps its callback so that it is counted, timed and announced.
    template <class Request, class Response>
    std::function<void(RequestResult<Response>)> metered(RequestKind kind, Request& request,
                                                         std::function<void(RequestResult<Response>)> done);

    // Where this node must not acknowledge: refuses a request before anything is done ...
    template <class Response>
    bool refusedAsUnleased(const std::function<void(RequestResult<Response>)>& done) const;
    // ... and turns an answer into a refusal.
    template <class Response>
    RequestResult<Response> acknowledged(RequestResult<Response> result, bool isWrite) const;

    NodeConfig m_config;
    NodePorts m_ports;
    Timers m_timers;
    WatchedTransport m_transport;
    RequestMeter m_meter;
    wire::RequestIds m_ids;
    MonoTime m_began;
    TraceLog m_traces;
    HintStore m_hints;
    Replica m_replica;
    Membership m_membership;
    Coordinator m_coordinator;
    ReplicaService m_service;
    Lateness m_lateness;
    quint64 m_overdueRequests = 0;
    BandwidthLimit m_bandwidth; // of all that repair moves
    SkippedKeys m_skipped;
    AntiEntropy m_antiEntropy;
    HintedHandoff m_handoff;
    TombstoneReaper m_reaper;
    TreeCheck m_treeCheck;
    RangeDropper m_dropper;
    ChangePlanner m_planner;
    RecordHealer m_healer;
    Scrubber m_scrubber;
    GiveBack m_giveBack;
    bool m_summariesAreSound = false; // TreeCheck has passed

private:
    Membership::Events membershipEvents();
    // Counts and refuses a request whose budget has run out.
    template <class Request>
    bool refusedAsOverdue(NodeId from, const Request& request);
    void retireActorIfForgetting(const std::vector<HintStore::Hint>& hints, std::function<void()> goOn);
    Pacing pacing() const;
    void skipped(const Key& key, const QString& why);
    void afterComparison(const AntiEntropy::Compared& compared);
    // All but those that are LEFT, or were removed and give nothing back any more, and whoever else has a
    // link with this node; ascending.
    std::vector<NodeId> membersThatMayHold() const;
    // Tells the reaper of every set of a key that the message brings, before anything is done with it.
    void guardAgainst(const wire::Message& message);
    bool refusesSets(const Member* sender, const wire::Message& message) const;
    void retireActor(std::function<void()> goOn);
    void askOthers(const Key& key, std::function<void(RecordHealer::Heard)> heard);
    void watchIntegrity();
    void replaceSpentActor();
    void hintsReturned(NodeId owner, const std::vector<HintStore::Hint>& hints);
};

} // namespace ringmaster
