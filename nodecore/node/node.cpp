// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/node/node.h"

#include "nodecore/base/mutant.h"
#include "nodecore/membership/membership.h"
#include "nodecore/node/conflict_listing.h"
#include "nodecore/node/request_meter.h"
#include "nodecore/repair/anti_entropy.h"
#include "nodecore/repair/hinted_handoff.h"
#include "nodecore/repair/range_dropper.h"
#include "nodecore/repair/tombstone_reaper.h"
#include "nodecore/repair/tree_check.h"
#include "nodecore/request/coordinator.h"
#include "nodecore/request/replica_service.h"

#include <algorithm>

namespace ringmaster {

namespace {

constexpr Duration startupGrace = std::chrono::seconds(3);

Result<void> checkConfig(const NodeConfig& config)
{
    const auto bad = [](const QString& message) { return failure(ErrorCode::Malformed, message); };
    if (!isValidNodeName(config.name))
        return bad(QStringLiteral("\"%1\" is no node name: 1 to 64 of a-z, A-Z, 0-9, '.', '_' and '-'.")
                       .arg(config.name));
    if (!isValidNodeName(config.cluster)) {
        return bad(QStringLiteral("\"%1\" is no cluster name: 1 to 64 of a-z, A-Z, 0-9, '.', '_' and '-'.")
                       .arg(config.cluster));
    }
    if (config.replicas < 1 || config.replicas > 64)
        return bad(QStringLiteral("%1 replicas: it has to be 1 to 64.").arg(config.replicas));
    for (const int quorum : {config.readQuorum, config.writeQuorum}) {
        if (quorum < 1 || quorum > config.replicas) {
            return bad(QStringLiteral("A quorum of %1 cannot be had of %2 replicas: it has to be 1 to %2.")
                           .arg(quorum)
                           .arg(config.replicas));
        }
    }
    const bool tooMany = config.tokenSlots.size() > Member::maxTokens;
    if (tooMany ||
        (config.tokenSlots.empty() && (config.tokens < 1 || config.tokens > int(Member::maxTokens))))
        return bad(QStringLiteral("A node has 1 to %1 tokens.").arg(Member::maxTokens));
    return {};
}

} // namespace

namespace {

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

} // namespace

class Node::Impl final : public PeerDirectory {
public:
    Impl(NodeConfig config, NodePorts ports, Remembered remembered, ActorId actor, quint32 generation);

    NodeId self() const override { return m_membership.self(); }
    const RingView& rings() const override { return m_membership.rings(); }
    bool isReachable(NodeId node) const override { return m_membership.isReachable(node); }
    QString nameOf(NodeId node) const override { return m_membership.nameOf(node); }

    bool dispatch(NodeId from, wire::Message message);
    // As many members of the ring can be reached as the default quorums need, or all of a smaller ring.
    bool reachesQuorum() const;
    // Begins the request's trace, and wraps its callback so that it is counted, timed and announced.
    template <class Request, class Response>
    std::function<void(RequestResult<Response>)> metered(RequestKind kind, Request& request,
                                                         std::function<void(RequestResult<Response>)> done);

    NodeConfig m_config;
    NodePorts m_ports;
    Timers m_timers;
    WatchedTransport m_transport;
    RequestMeter m_meter;
    MonoTime m_began;
    TraceLog m_traces;
    HintStore m_hints;
    Replica m_replica;
    Membership m_membership;
    Coordinator m_coordinator;
    ReplicaService m_service;
    AntiEntropy m_antiEntropy;
    HintedHandoff m_handoff;
    TombstoneReaper m_reaper;
    TreeCheck m_treeCheck;
    RangeDropper m_dropper;
    ChangePlanner m_planner;

private:
    Membership::Events membershipEvents();
    void retireActorIfForgetting(const std::vector<HintStore::Hint>& hints, std::function<void()> goOn);
    Pacing pacing() const;
    void afterComparison(const AntiEntropy::Compared& compared);
    // All that have not left for good.
    std::vector<NodeId> membersThatMayHold() const;
    void retireActor(std::function<void()> goOn);
    void hintsReturned(NodeId owner, const std::vector<HintStore::Hint>& hints);
};

Node::Impl::Impl(NodeConfig config, NodePorts ports, Remembered remembered, ActorId actor, quint32 generation)
    : m_config(std::move(config))
    , m_ports(ports)
    , m_transport(ports.transport, [this](NodeId to) { m_membership.sent(to); })
    , m_meter(ports.clock.now())
    , m_began(ports.clock.now())
    , m_traces(ports.random.next())
    , m_hints(ports.store)
    , m_replica(ports.store, m_hints, ports.clock, m_config.partitioner)
    , m_membership({{m_config.cluster, m_config.name, m_config.partitioner, generation},
                    m_config.peerAddress,
                    m_config.httpAddress,
                    m_config.zone,
                    m_config.join,
                    m_config.replicas,
                    m_config.writeQuorum,
                    m_config.tokens,
                    m_config.tokenSlots,
                    m_config.standby,
                    m_config.replaces,
                    m_config.swim},
                   {ports.clock, m_timers, ports.random, ports.transport, ports.datagrams, ports.store},
                   membershipEvents(), std::move(remembered), actor)
    , m_coordinator({ports.clock, m_transport, m_replica, m_hints, *this, m_traces}, m_timers, ports.store,
                    {m_config.readQuorum, m_config.writeQuorum})
    , m_service({m_replica, m_hints, ports.store, m_transport, *this})
    , m_antiEntropy({ports.clock, m_timers, m_transport, ports.store, m_replica, *this, pacing()},
                    [this](const AntiEntropy::Compared& compared) { afterComparison(compared); })
    , m_handoff(
          {ports.clock, m_timers, m_transport, m_hints, m_replica, *this, pacing()},
          [this](const std::vector<HintStore::Hint>& hints, std::function<void()> goOn) {
              retireActorIfForgetting(hints, std::move(goOn));
          },
          [this](NodeId owner, const std::vector<HintStore::Hint>& hints) { hintsReturned(owner, hints); })
    , m_reaper({ports.clock, m_timers, m_transport, ports.store, m_hints, m_replica, *this},
               {[this] { return membersThatMayHold(); },
                [this](const std::vector<Key>& keys) { return m_coordinator.isBusyWith(keys); }},
               m_config.reap)
    , m_treeCheck(
          {ports.clock, m_timers, ports.store}, [this] { m_antiEntropy.start(); },
          [this](const QString& reason) { m_ports.observer.storeDamaged(reason); })
    , m_dropper({ports.clock, m_timers, ports.store, m_replica, *this},
                [this](std::function<void()> goOn) { retireActor(std::move(goOn)); })
    , m_planner({ports.clock, m_timers, ports.transport, ports.store}, m_membership.self())
{
    m_replica.setActor(actor);
    m_replica.onManySiblings([this](const Key& key, size_t siblings) {
        m_ports.observer.logged(
            "warning", QStringLiteral("the key \"%1\" has %2 siblings: somebody writes it without reading it "
                                      "first. ringctl resolve decides between them")
                           .arg(QString::fromUtf8(key.bytes().left(100)))
                           .arg(siblings));
    });
}

Membership::Events Node::Impl::membershipEvents()
{
    Membership::Events events;
    events.membersChanged = [this] { m_ports.observer.membersChanged(); };
    events.ringChanged = [this] {
        m_antiEntropy.hurryAll();
        m_ports.observer.ringChanged();
    };
    events.reachable = [this](NodeId node) {
        m_handoff.deliverTo(node);
        m_antiEntropy.hurry(node);
    };
    events.unreachable = [this](NodeId node) {
        m_coordinator.linkLost(node);
        m_antiEntropy.linkLost(node);
        m_handoff.linkLost(node);
        m_reaper.linkLost(node);
    };
    events.ownVitals = [this] {
        return PeerVitals{m_ports.store.totals().live, m_meter.perSecond(m_ports.clock.now())};
    };
    events.log = [this](const char* level, const QString& line) { m_ports.observer.logged(level, line); };
    return events;
}

bool Node::Impl::reachesQuorum() const
{
    const std::vector<NodeId>& nodes = ring().nodes();
    const auto reachable =
        std::count_if(nodes.begin(), nodes.end(), [this](NodeId node) { return isReachable(node); });
    const auto needed = static_cast<size_t>(std::max(m_config.readQuorum, m_config.writeQuorum));
    return static_cast<size_t>(reachable) >= std::min(nodes.size(), needed);
}

namespace {

template <class M, class... Ms>
constexpr bool isOneOf = (std::is_same_v<M, Ms> || ...);

} // namespace

// A dot that was minted into a hint is known nowhere here once the hint is gone: its actor must not mint for
// that key again, for it would begin with the same dot. So before hints with dots of ours go, another actor
// takes over.
void Node::Impl::retireActorIfForgetting(const std::vector<HintStore::Hint>& hints,
                                         std::function<void()> goOn)
{
    const bool forgets = std::any_of(hints.begin(), hints.end(), [this](const HintStore::Hint& hint) {
        const Result<SiblingSet> set = SiblingSet::decode(hint.set);
        const quint64 minted = set ? set->context().counterOf(m_replica.actor()) : 0;
        return minted > 0 && m_replica.counterHeld(hint.key) < minted;
    });
    if (forgets && mutant != Mutant::ReuseActor)
        retireActor(std::move(goOn));
    else
        goOn();
}

void Node::Impl::retireActor(std::function<void()> goOn)
{
    const ActorId next{m_ports.random.next()};
    m_membership.changeActor(next, [this, next, goOn = std::move(goOn)] {
        m_replica.setActor(next);
        goOn();
    });
}

// Clients are served where any member says on its card that it takes requests.
Pacing Node::Impl::pacing() const
{
    constexpr double fewRequests = 20; // a second
    return {[this] {
        if (m_meter.perSecond(m_ports.clock.now()) > fewRequests)
            return true;
        const auto& members = m_membership.table().members();
        return std::any_of(members.begin(), members.end(), [&](const auto& entry) {
            return entry.first != self() && isReachable(entry.first) &&
                   m_membership.vitalsOf(entry.first).requestsPerSecond > fewRequests;
        });
    }};
}

void Node::Impl::afterComparison(const AntiEntropy::Compared& compared)
{
    m_membership.compared(compared.peer, compared.began);
    m_dropper.givenBack(compared.peer, compared.rings, compared.givenBack);
}

std::vector<NodeId> Node::Impl::membersThatMayHold() const
{
    std::vector<NodeId> nodes;
    for (const auto& [id, member] : m_membership.table().members()) {
        if (member.state != MemberState::Left && member.state != MemberState::Removed)
            nodes.push_back(id);
    }
    return nodes;
}

// Tells those who coordinated the writes that left them, for their traces.
void Node::Impl::hintsReturned(NodeId owner, const std::vector<HintStore::Hint>& hints)
{
    std::map<NodeId, std::vector<TraceId>> byCoordinator;
    for (const HintStore::Hint& hint : hints) {
        for (const HintOrigin& origin : hint.origins)
            byCoordinator[origin.coordinator].push_back(TraceId{origin.trace});
    }
    for (auto& [coordinator, traces] : byCoordinator) {
        traces.resize(std::min<size_t>(traces.size(), wire::maxHintsReturned));
        const wire::HintsReturned notice{owner, std::move(traces)};
        if (coordinator == self())
            m_coordinator.handle(self(), notice);
        else
            (void)m_ports.transport.send(coordinator, wire::encode(notice)); // where it is lost, so be it
    }
    m_ports.observer.hintsReturned(owner, hints.size());
}

bool Node::Impl::dispatch(NodeId from, wire::Message message)
{
    m_membership.heard(from);
    bool sound = true;
    const auto handle = [&](auto&& m) {
        using M = std::decay_t<decltype(m)>;
        if constexpr (std::is_same_v<M, wire::Members>)
            sound = m_membership.handle(from, m);
        else if constexpr (isOneOf<M, wire::Probe, wire::RingState>)
            m_membership.handle(from, m);
        else if constexpr (isOneOf<M, wire::ReadRequest, wire::WriteRequest, wire::KeysRequest>)
            m_service.handle(from, m);
        else if constexpr (isOneOf<M, wire::ReadReply, wire::WriteReply, wire::KeysReply,
                                   wire::ForwardRequest, wire::ForwardReply, wire::HintsReturned>)
            m_coordinator.handle(from, std::forward<decltype(m)>(m));
        else if constexpr (isOneOf<M, wire::HandoffRequest, wire::HandoffReply>)
            m_handoff.handle(from, m);
        else if constexpr (isOneOf<M, wire::ReapCheckRequest, wire::ReapCheckReply, wire::ReapRequest,
                                   wire::Echo>)
            m_reaper.handle(from, m);
        else if constexpr (isOneOf<M, wire::CountsRequest, wire::CountsReply>)
            m_planner.handle(from, m);
        else
            m_antiEntropy.handle(from, m);
    };
    std::visit(handle, std::move(message));
    return sound;
}

namespace {

RequestTrace::Kind traceKindOf(RequestKind kind)
{
    switch (kind) {
    case RequestKind::Get:
        return RequestTrace::Kind::Get;
    case RequestKind::Put:
        return RequestTrace::Kind::Put;
    case RequestKind::Delete:
        break;
    }
    return RequestTrace::Kind::Delete;
}

} // namespace

template <class Request, class Response>
std::function<void(RequestResult<Response>)>
Node::Impl::metered(RequestKind kind, Request& request, std::function<void(RequestResult<Response>)> done)
{
    request.trace = m_traces.begin(traceKindOf(kind), request.key, m_ports.clock);
    return [this, kind, key = request.key, trace = request.trace, began = m_ports.clock.now(),
            done = std::move(done)](RequestResult<Response> result) {
        const MonoTime now = m_ports.clock.now();
        m_meter.count(kind, now - began, result.has_value(), now);
        m_traces.end(trace, now, result ? QString() : result.error().error.message);
        QuorumReport& quorum = result ? result->quorum : result.error().quorum;
        quorum.trace = trace;
        m_ports.observer.requestFinished({nameOfKind(kind), key, result.has_value(), now - began, quorum});
        done(std::move(result));
    };
}

Result<std::unique_ptr<Node>> Node::create(NodeConfig config, NodePorts ports)
{
    const Result<void> sound = checkConfig(config);
    if (!sound)
        return tl::make_unexpected(sound.error());
    Result<Remembered> remembered = recall(ports.store);
    if (!remembered)
        return tl::make_unexpected(remembered.error());
    const quint32 generation = remembered->identity ? remembered->identity->generation : 0;
    const Result<void> ours =
        checkIdentity(remembered->identity, {config.cluster, config.name, config.partitioner, generation});
    if (!ours)
        return tl::make_unexpected(ours.error());
    const ActorId actor = chooseActor(*remembered, ports.store.isContinuation(), ports.random);
    auto impl = std::make_unique<Impl>(std::move(config), ports, std::move(*remembered), actor, generation);
    const Result<void> hints = impl->m_hints.load();
    const Result<void> reaped = impl->m_replica.load();
    if (!hints || !reaped)
        return tl::make_unexpected(hints ? reaped.error() : hints.error());
    return std::unique_ptr<Node>(new Node(std::move(impl)));
}

Node::Node(std::unique_ptr<Impl> impl)
    : m_impl(std::move(impl))
{}

Node::~Node() = default;

void Node::start()
{
    m_impl->m_membership.start();
    m_impl->m_treeCheck.start();
    m_impl->m_handoff.start();
    m_impl->m_reaper.start();
}

void Node::get(GetRequest request, GetCallback done)
{
    GetCallback metered = m_impl->metered(RequestKind::Get, request, std::move(done));
    m_impl->m_coordinator.get(std::move(request), std::move(metered));
}

void Node::put(PutRequest request, PutCallback done)
{
    if (request.content && request.content->size() > m_impl->m_config.maxValueBytes) {
        const QString message =
            QStringLiteral("The value has %1 bytes; this cluster takes up to %2. Nothing was written.")
                .arg(request.content->size())
                .arg(m_impl->m_config.maxValueBytes);
        return done(tl::make_unexpected(RequestFailure{{ErrorCode::TooLarge, message}, {}, false}));
    }
    const RequestKind kind = request.content ? RequestKind::Put : RequestKind::Delete;
    PutCallback metered = m_impl->metered(kind, request, std::move(done));
    m_impl->m_coordinator.put(std::move(request), std::move(metered));
}

void Node::placement(const Key& key, PlacementCallback done)
{
    m_impl->m_coordinator.placement(key, positionOf(m_impl->m_config.partitioner, key), std::move(done));
}

void Node::keys(const ObjectCursor& from, const QByteArray& prefix, int limit, KeysCallback done)
{
    m_impl->m_coordinator.keys(from, prefix, limit, std::move(done));
}

Hello Node::hello() const
{
    return m_impl->m_membership.hello();
}
std::optional<Error> Node::judge(const Hello& peer) const
{
    return m_impl->m_membership.judge(peer);
}
void Node::linkUp(const Hello& peer)
{
    m_impl->m_membership.linkUp(peer);
}
void Node::linkDown(NodeId peer)
{
    m_impl->m_membership.linkDown(peer);
}

bool Node::receive(NodeId from, QByteArrayView message)
{
    // First what is overdue: a node that stood still must not answer as if it had given nothing up meanwhile.
    m_impl->m_timers.runDue(m_impl->m_ports.clock.now());
    std::optional<wire::Message> decoded = wire::decode(message);
    return decoded && m_impl->dispatch(from, std::move(*decoded));
}

void Node::receiveDatagram(const QString& fromAddress, QByteArrayView datagram)
{
    m_impl->m_timers.runDue(m_impl->m_ports.clock.now());
    m_impl->m_membership.receiveDatagram(fromAddress, datagram);
}

void Node::timePassed()
{
    m_impl->m_timers.runDue(m_impl->m_ports.clock.now());
}
std::optional<MonoTime> Node::nextDue() const
{
    return m_impl->m_timers.nextDue();
}

const NodeConfig& Node::config() const
{
    return m_impl->m_config;
}
NodeId Node::id() const
{
    return m_impl->self();
}
const HashRing& Node::ring() const
{
    return m_impl->ring();
}
const RingView& Node::rings() const
{
    return m_impl->rings();
}
QString Node::nameOf(NodeId node) const
{
    return m_impl->nameOf(node);
}

bool Node::isServing() const
{
    // A member that comes back has to find its peers first, or its first requests would meet no quorum. If
    // they are not there, it says that it serves all the same: what it can answer it answers.
    const bool isYoung = m_impl->m_ports.clock.now() - m_impl->m_began < startupGrace;
    if (isYoung && !m_impl->reachesQuorum())
        return false;
    return m_impl->m_membership.own().state == MemberState::Ready &&
           m_impl->m_ports.store.health().state != StoreHealth::State::Failed;
}

MembersView Node::members() const
{
    const Membership& membership = m_impl->m_membership;
    MembersView view{membership.self(), {}, membership.ring().digest()};
    for (const auto& [id, member] : membership.table().members()) {
        const PeerVitals vitals = membership.vitalsOf(id);
        view.members.push_back({member, membership.observed(id), membership.isReachable(id),
                                membership.unreachableFor(id), membership.ring().primarySlots(id),
                                membership.ring().replicaSlots(id), vitals.keys, vitals.requestsPerSecond});
    }
    std::sort(view.members.begin(), view.members.end(),
              [](const MemberView& a, const MemberView& b) { return a.member.name < b.member.name; });
    return view;
}

MemberState Node::state() const
{
    return m_impl->m_membership.own().state;
}

ChangeView Node::change() const
{
    const Membership& membership = m_impl->m_membership;
    const RingView& rings = membership.rings();
    ChangeView view;
    view.isChanging = rings.isChanging();
    view.digest = rings.current().digest();
    view.nextDigest = rings.next().digest();
    view.allAgree = membership.change().allAgree();
    if (!view.isChanging)
        return view;
    for (int i = 0; i < slotCount; ++i) {
        const Slot slot{static_cast<quint16>(i)};
        if (!rings.isIncoming(membership.self(), slot))
            continue;
        ++view.incomingSlots;
        view.incomingObjects += m_impl->m_ports.store.slotSummary(slot).objects;
    }
    view.hasCaughtUp = view.incomingSlots == 0 || membership.change().hasCaughtUp();
    return view;
}

StatsView Node::stats() const
{
    const MonoTime now = m_impl->m_ports.clock.now();
    StatsView view = m_impl->m_meter.view(now);
    view.uptime = now - m_impl->m_began;
    view.totals = m_impl->m_ports.store.totals();
    view.storage = m_impl->m_ports.store.health();
    view.connectedPeers = m_impl->m_membership.linkCount();
    view.hints = m_impl->m_hints.total().hints;
    const AntiEntropy::Counters& repair = m_impl->m_antiEntropy.counters();
    view.repair = {repair.rounds,
                   repair.objectsGiven,
                   repair.objectsTaken,
                   repair.divergentSlots,
                   m_impl->m_coordinator.readRepairs(),
                   m_impl->m_handoff.deliveredCount(),
                   m_impl->m_antiEntropy.isBusy()};
    const Replica::SiblingWatch& siblings = m_impl->m_replica.siblings();
    view.siblings = {Replica::siblingsWarnedOf, siblings.keysAbove, siblings.most};
    view.reaper = {m_impl->m_reaper.isEnabled(), view.totals.objects - view.totals.live,
                   m_impl->m_reaper.watched(), m_impl->m_reaper.reapedCount(), m_impl->m_reaper.waitsFor()};
    for (const auto& [owner, tally] : m_impl->m_hints.owed())
        view.hintsOwed.push_back({owner, tally.hints, tally.bytes, m_impl->isReachable(owner)});
    return view;
}

std::vector<RequestTrace> Node::traces(size_t most) const
{
    return m_impl->m_traces.latest(most);
}

std::optional<RequestTrace> Node::trace(TraceId id) const
{
    const TraceLog& traces = m_impl->m_traces;
    const RequestTrace* found = traces.find(id);
    return found ? std::optional(*found) : std::nullopt;
}

Result<ConflictsPage> Node::conflicts(const ObjectCursor& from, int limit) const
{
    return findConflicts(m_impl->m_ports.store, from, limit);
}

void Node::plan(const std::vector<ChangeWish>& wishes, PlanCallback done)
{
    Impl& impl = *m_impl;
    Result<ChangePlan> plan = planChange(
        impl.m_membership.table(), wishes, impl.m_config.replicas,
        std::max(impl.m_config.readQuorum, impl.m_config.writeQuorum),
        [&impl](NodeId node) { return impl.isReachable(node); }, impl.m_ports.random);
    if (!plan)
        return done(tl::make_unexpected(plan.error()));
    impl.m_planner.count(std::move(*plan), std::move(done));
}

Result<void> Node::join(std::vector<Slot> tokens)
{
    return m_impl->m_membership.join(std::move(tokens));
}

Result<void> Node::leave()
{
    return m_impl->m_membership.leave();
}

Result<void> Node::move(std::vector<Slot> tokens)
{
    return m_impl->m_membership.move(std::move(tokens));
}

Result<void> Node::cancel()
{
    return m_impl->m_membership.cancel();
}

Result<void> Node::remove(NodeId member)
{
    return m_impl->m_membership.remove(member);
}

int Node::repairNow(std::optional<Slot> slot)
{
    return m_impl->m_antiEntropy.compareAll(slot);
}

} // namespace ringmaster
