// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/node/node_impl.h"

#include "nodecore/base/mutant.h"

#include <algorithm>

namespace ringmaster {

namespace {

// As every process would draw it, were its requests to begin with the same ids.
class NoRandom final : public Random {
public:
    quint64 next() override { return 0; }
};

Random& randomForIds(const NodePorts& ports)
{
    static NoRandom none;
    return isMutant(Mutant::RepeatRequestIds) ? none : ports.random;
}

} // namespace

Node::Impl::Impl(NodeConfig config, NodePorts ports, Remembered remembered, ActorId actor, quint32 generation)
    : m_config(std::move(config))
    , m_ports(ports)
    , m_transport(ports.transport, [this](NodeId to) { m_membership.sent(to); })
    , m_meter(ports.clock.now())
    , m_ids(randomForIds(ports))
    , m_began(ports.clock.now())
    , m_traces(ports.random.next())
    , m_hints(ports.store, m_config.hintLimits)
    , m_replica(ports.store, m_hints, ports.clock, m_config.partitioner)
    , m_membership({{m_config.cluster, m_config.name, m_config.partitioner, generation},
                    m_config.peerAddress,
                    m_config.httpAddress,
                    m_config.zone,
                    m_config.capacity,
                    m_config.join,
                    m_config.replicas,
                    m_config.readQuorum,
                    m_config.writeQuorum,
                    m_config.tokens,
                    m_config.tokenSlots,
                    m_config.standby,
                    m_config.replaces,
                    m_config.autoRemoveAfter,
                    m_config.removedMayReturn,
                    m_config.swim},
                   {ports.clock, m_timers, ports.random, ports.transport, ports.datagrams, ports.store},
                   membershipEvents(), std::move(remembered), actor)
    , m_coordinator({ports.clock, m_transport, m_replica, m_hints, *this, m_traces}, m_timers, ports.store,
                    m_ids, {m_config.readQuorum, m_config.writeQuorum})
    , m_service({m_replica, m_hints, ports.store, m_transport, *this})
    , m_bandwidth(m_config.transferBytesPerSecond)
    , m_skipped([this](const Key& key, const QString& why) { skipped(key, why); })
    , m_antiEntropy({ports.clock, m_timers, m_transport, ports.store, m_replica, *this, m_ids, m_bandwidth,
                     m_skipped, pacing()},
                    [this](const AntiEntropy::Compared& compared) { afterComparison(compared); })
    , m_handoff(
          {ports.clock, m_timers, m_transport, m_hints, m_replica, *this, m_ids, m_bandwidth, pacing()},
          [this](const std::vector<HintStore::Hint>& hints, std::function<void()> goOn) {
              retireActorIfForgetting(hints, std::move(goOn));
          },
          [this](NodeId owner, const std::vector<HintStore::Hint>& hints) { hintsReturned(owner, hints); })
    , m_reaper({ports.clock, m_timers, m_transport, ports.store, m_hints, m_replica, *this, m_ids},
               {[this] { return membersThatMayHold(); },
                [this](const std::vector<Key>& keys) { return m_coordinator.isBusyWith(keys); }},
               m_config.reap)
    , m_treeCheck(
          {ports.clock, m_timers, ports.store,
           [this](const ObjectRecord& record) { m_replica.inspect(record); }},
          [this] {
              m_summariesAreSound = true;
              m_antiEntropy.start();
          },
          [this](const QString& reason) { m_ports.observer.storeDamaged(reason); })
    , m_dropper({ports.clock, m_timers, ports.store, m_replica, *this},
                [this](std::function<void()> goOn) { retireActor(std::move(goOn)); })
    , m_planner({ports.clock, m_timers, ports.transport, ports.store, m_ids}, m_membership.self())
    , m_healer(
          {ports.clock, m_timers, m_replica, m_hints},
          [this](const Key& key, std::function<void(RecordHealer::Heard)> heard) {
              askOthers(key, std::move(heard));
          },
          [this](std::function<void()> goOn) { retireActor(std::move(goOn)); })
    , m_scrubber({ports.clock, m_timers, ports.store, m_replica, m_hints, pacing()}, m_config.scrubWithin)
    , m_giveBack({ports.clock, m_timers, ports.store, m_hints},
                 {[this] {
                      const Member& own = m_membership.own();
                      return own.state == MemberState::Removed && own.mayGiveBack;
                  },
                  [this] { return m_summariesAreSound; }},
                 [this] { m_membership.gaveEverythingBack(); })
{
    watchIntegrity();
    m_replica.setActor(actor);
    m_replica.onSpentActor([this] {
        m_ports.observer.logged(
            "warning",
            QStringLiteral("the data folder is older than what this node handed out: the members know later "
                           "writes of it, so the disk or the machine was put back. The node goes on with a "
                           "new actor, and the members bring what is missing; nothing is to be done"));
        replaceSpentActor();
    });
    m_replica.setMaxSetBytes(m_config.maxSetBytes);
    m_replica.onSkipped([this](const Key& key, const Error& why) {
        const Result<Replica::HeldHashes> held = m_replica.heldHashes(key);
        m_skipped.skip(key, held ? held->durable.value_or(0) : 0, why.message, m_ports.clock.now());
    });
    m_replica.onManySiblings([this](const Key& key, size_t siblings) {
        m_ports.observer.logged(
            "warning", QStringLiteral("the key \"%1\" has %2 siblings: somebody writes it without reading it "
                                      "first. ringctl resolve decides between them")
                           .arg(QString::fromUtf8(key.bytes().left(100)))
                           .arg(siblings));
    });
}

void Node::Impl::watchIntegrity()
{
    m_replica.integrity().onWarning(
        [this](const QString& line) { m_ports.observer.logged("warning", line); });
    m_replica.integrity().onDamage([this] { m_healer.wake(); });
}

IntegrityView Node::Impl::integrityView() const
{
    constexpr size_t mostNamed = 10;
    const IntegrityLog& log = m_replica.integrity();
    IntegrityView view{log.counters(), log.damaged().size(), {}, m_scrubber.progress()};
    for (const auto& [key, damaged] : log.damaged()) {
        if (view.damagedKeys.size() == mostNamed)
            break;
        view.damagedKeys.push_back(key);
    }
    return view;
}

void Node::Impl::askOthers(const Key& key, std::function<void(RecordHealer::Heard)> heard)
{
    const Position position = positionOf(m_config.partitioner, key);
    m_coordinator.placement(key, position, [this, heard = std::move(heard)](const PlacementView& view) {
        RecordHealer::Heard said{{}, !view.preferenceList.empty(), !view.preferenceList.empty()};
        for (const PlacementReplica& replica : view.preferenceList) {
            if (replica.node == self())
                continue;
            said.merged.merge(replica.set);
            said.all = said.all && replica.siblings;
            said.allButDamaged = said.allButDamaged && (replica.siblings || replica.isDamaged);
        }
        heard(std::move(said));
    });
}

void Node::Impl::skipped(const Key& key, const QString& why)
{
    m_ports.observer.logged(
        "warning",
        QStringLiteral("the key \"%1\" is left out of repair: %2. Both copies are kept. Read it and write "
                       "it, or delete it, with the context of that read; ringctl resolve does so")
            .arg(QString::fromUtf8(key.bytes().left(100)), why));
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
        if (!m_replica.integrity().damaged().empty())
            m_healer.wake();
    };
    events.unreachable = [this](NodeId node) {
        m_coordinator.linkLost(node);
        m_antiEntropy.linkLost(node);
        m_handoff.linkLost(node);
        m_reaper.linkLost(node);
    };
    events.ownVitals = [this] {
        return PeerVitals{m_ports.store.totals().live, m_meter.perSecond(m_ports.clock.now()),
                          m_ports.store.health().state == StoreHealth::State::Ok};
    };
    events.holdsNothing = [this] { return m_ports.store.totals().objects == 0 && m_hints.isEmptyForGood(); };
    events.knowsWhatItHolds = [this] { return m_summariesAreSound; };
    events.hasForgotten = [this] { m_replica.actorIsSpent(); };
    events.removing = [this](NodeId member, Duration absent) { m_ports.observer.removing(member, absent); };
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

ActorId Node::Impl::actorOf(NodeId node) const
{
    const Member* member = m_membership.table().find(node);
    return member ? member->actor : ActorId{};
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
        const Result<SiblingSet> set = SiblingSet::decode(hint.key, hint.set);
        const quint64 minted = set ? set->context().counterOf(m_replica.actor()) : 0;
        return minted > 0 && m_replica.counterHeld(hint.key) < minted;
    });
    if (forgets && !isMutant(Mutant::ReuseActor))
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

// Nothing is minted until another one is durable.
void Node::Impl::replaceSpentActor()
{
    constexpr Duration retry = std::chrono::seconds(1);
    const ActorId next{m_ports.random.next()};
    m_membership.changeActor(
        next, [this, next] { m_replica.setActor(next); },
        [this](const Error& why) {
            m_replica.refuseMints(why);
            m_timers.startAt(m_ports.clock.now() + retry, [this] { replaceSpentActor(); });
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
    if (compared.isWhole)
        m_membership.compared(compared.peer, compared.began);
    m_dropper.givenBack(compared.peer, compared.rings, compared.givenBack);
}

std::vector<NodeId> Node::Impl::membersThatMayHold() const
{
    std::set<NodeId> nodes;
    for (const NodeId peer : m_membership.linkedPeers())
        nodes.insert(peer);
    for (const auto& [id, member] : m_membership.table().members()) {
        // One that is LEFT holds nothing; what comes from it all the same is not taken (refusesSets).
        if ((member.state == MemberState::Removed && !member.mayGiveBack) ||
            member.state == MemberState::Left)
            nodes.erase(id);
        else
            nodes.insert(id);
    }
    return {nodes.begin(), nodes.end()};
}

namespace {

// Those that bring sets of keys. A new kind of message that does belongs here; what a ForwardReply brings
// goes to a client and nowhere else.
template <class M>
constexpr bool bringsSets = isOneOf<M, wire::WriteRequest, wire::SlotsReply, wire::SyncRequest,
                                    wire::SyncReply, wire::HandoffRequest, wire::ReadReply>;
template <class M>
constexpr bool bringsNone =
    isOneOf<M, wire::ReadRequest, wire::WriteReply, wire::ForwardRequest, wire::ForwardReply,
            wire::KeysRequest, wire::KeysReply, wire::Probe, wire::Members, wire::TreeRequest,
            wire::TreeReply, wire::SlotsRequest, wire::HandoffReply, wire::HintsReturned,
            wire::ReapCheckRequest, wire::ReapCheckReply, wire::ReapRequest, wire::Echo, wire::CountsRequest,
            wire::CountsReply, wire::RingState>;

bool carriesSets(const wire::Message& message)
{
    return std::visit(
        [](const auto& m) {
            using M = std::decay_t<decltype(m)>;
            static_assert(bringsSets<M> != bringsNone<M>, "say whether this message brings sets");
            return bringsSets<M>;
        },
        message);
}

} // namespace

// A sender that is LEFT has given everything away: whatever set comes from it is of the past. Where this node
// has left the ring itself, it gives away what it holds and takes nothing any more. (It answers a
// WriteRequest, with why not; and a ReadReply goes to a client.)
bool Node::Impl::refusesSets(const Member* sender, const wire::Message& message) const
{
    if (!carriesSets(message))
        return false;
    if (sender && sender->state == MemberState::Left)
        return true;
    const Member& own = m_membership.own();
    const bool isLeft = own.state == MemberState::Left;
    const bool hasLeftRing = isLeft || (own.state == MemberState::Leaving && own.tokens.empty());
    const bool isOffer = std::holds_alternative<wire::SyncRequest>(message) ||
                         std::holds_alternative<wire::HandoffRequest>(message);
    const bool isAnswer =
        std::holds_alternative<wire::SyncReply>(message) || std::holds_alternative<wire::SlotsReply>(message);
    return (hasLeftRing && isOffer) || (isLeft && isAnswer);
}

void Node::Impl::guardAgainst(const wire::Message& message)
{
    const auto look = [this](const auto& m) {
        using M = std::decay_t<decltype(m)>;
        if constexpr (isOneOf<M, wire::WriteRequest>) {
            m_reaper.received(m.key, m.set);
        } else if constexpr (isOneOf<M, wire::ReadReply>) {
            if (const std::optional<Key> key = m_coordinator.keyOfRead(m.to.id))
                m_reaper.received(*key, m.set);
        } else if constexpr (bringsSets<M>) {
            for (const auto& item : m.items)
                m_reaper.received(item.key, item.set);
        }
    };
    std::visit(look, message);
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

template <class Request>
bool Node::Impl::refusedAsOverdue(NodeId from, const Request& request)
{
    // What nobody waits for (repair) is never too late; and its budget may be by another node's clock.
    if (request.id.isNone() || m_lateness.overdue(from, request.budget, m_ports.clock.now()) <= Duration{0})
        return false;
    ++m_overdueRequests;
    m_service.refuseAsOverdue(from, request);
    return true;
}

// One that was written off may hold what was deleted and reaped since: nothing is taken from it.
bool Node::Impl::isHeardOut(const Member& removed, const wire::Message& message) const
{
    return std::visit(
        [&](const auto& m) {
            using M = std::decay_t<decltype(m)>;
            const bool isOfGivingBack =
                isOneOf<M, wire::RingState, wire::Probe, wire::ReadRequest, wire::TreeRequest,
                        wire::SlotsRequest, wire::SyncRequest, wire::HandoffRequest, wire::HandoffReply>;
            return std::is_same_v<M, wire::Members> || (removed.mayGiveBack && isOfGivingBack);
        },
        message);
}

bool Node::Impl::dispatch(NodeId from, wire::Message message)
{
    m_membership.heard(from);
    const Member* sender = m_membership.table().find(from);
    if (sender && sender->state == MemberState::Removed && !isHeardOut(*sender, message)) {
        m_membership.remind(from);
        return true;
    }
    if (refusesSets(sender, message))
        return true;
    guardAgainst(message);
    bool sound = true;
    const auto handle = [&](auto&& m) {
        using M = std::decay_t<decltype(m)>;
        if constexpr (requires { m.budget; }) {
            if (refusedAsOverdue(from, m))
                return;
        }
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

} // namespace ringmaster
