// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/node/node.h"

#include "nodecore/node/node_impl.h"

#include <algorithm>

namespace ringmaster {

namespace {

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
    if (config.autoRemoveAfter != Duration{0} && config.autoRemoveAfter < AbsenceWatch::leastRemoveAfter)
        return bad(
            QStringLiteral("A member is removed by itself after %1 s at the least: less is no absence.")
                .arg(AbsenceWatch::leastRemoveAfter / std::chrono::seconds(1)));
    return {};
}

} // namespace

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
        if (result)
            result = acknowledged(std::move(result), kind != RequestKind::Get);
        const MonoTime now = m_ports.clock.now();
        m_meter.count(kind, now - began, result.has_value(), now);
        m_traces.end(trace, now, result ? QString() : result.error().error.message);
        QuorumReport& quorum = result ? result->quorum : result.error().quorum;
        quorum.trace = trace;
        m_ports.observer.requestFinished({nameOfKind(kind), key, result.has_value(), now - began, quorum});
        done(std::move(result));
    };
}

// The lease may have ended while the request was under way.
template <class Response>
RequestResult<Response> Node::Impl::acknowledged(RequestResult<Response> result, bool isWrite) const
{
    if (const std::optional<Error> why = whyNotToAcknowledge())
        return tl::make_unexpected(RequestFailure{*why, result->quorum, isWrite});
    return result;
}

template <class Response>
bool Node::Impl::refusedAsUnleased(const std::function<void(RequestResult<Response>)>& done) const
{
    const std::optional<Error> why = whyNotToAcknowledge();
    if (why)
        done(tl::make_unexpected(RequestFailure{*why, {}, false}));
    return why.has_value();
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
    const ActorId actor = chooseActor(*remembered, ports.store, ports.random);
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
    m_impl->m_scrubber.start();
    if (m_impl->m_hints.hasDamaged())
        m_impl->m_healer.wake();
    m_impl->m_giveBack.start();
}

namespace {

RequestFailure unanswered(Error refusal)
{
    return {std::move(refusal), {}, false};
}

} // namespace

std::optional<QString> Node::refusedByMembers() const
{
    return m_impl->m_membership.refusedByMembers();
}

std::optional<Error> Node::refusalOfClients() const
{
    if (const std::optional<QString> why = refusedByMembers())
        return Error{
            ErrorCode::Unavailable,
            QStringLiteral("No member of the cluster accepts this node, so it serves nothing; nothing "
                           "was read or written. Ask another node. %1")
                .arg(*why)};
    const bool isYoung = m_impl->m_ports.clock.now() - m_impl->m_began < startupBound;
    if (isYoung && !m_impl->m_membership.hasMetMembers())
        return Error{
            ErrorCode::Unavailable,
            QStringLiteral("This node has just started and has not met any other member yet; nothing "
                           "was read or written. Try again in a moment, or ask another node.")};
    return std::nullopt;
}

void Node::get(GetRequest request, GetCallback done)
{
    GetCallback metered = m_impl->metered(RequestKind::Get, request, std::move(done));
    if (std::optional<Error> refusal = refusalOfClients())
        return metered(tl::make_unexpected(unanswered(std::move(*refusal))));
    if (m_impl->refusedAsUnleased(metered))
        return;
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
    if (std::optional<Error> refusal = refusalOfClients())
        return metered(tl::make_unexpected(unanswered(std::move(*refusal))));
    if (m_impl->refusedAsUnleased(metered))
        return;
    m_impl->m_coordinator.put(std::move(request), std::move(metered));
}

void Node::placement(const Key& key, PlacementCallback done)
{
    m_impl->m_coordinator.placement(key, positionOf(m_impl->m_config.partitioner, key), std::move(done));
}

void Node::keys(const ObjectCursor& from, const QByteArray& prefix, int limit, KeysCallback done)
{
    if (std::optional<Error> refusal = refusalOfClients())
        return done(tl::make_unexpected(unanswered(std::move(*refusal))));
    if (m_impl->refusedAsUnleased(done))
        return;
    m_impl->m_coordinator.keys(from, prefix, limit,
                               [impl = m_impl.get(), done](RequestResult<KeysPage> page) {
                                   const std::optional<Error> why = impl->whyNotToAcknowledge();
                                   if (page && why)
                                       return done(tl::make_unexpected(RequestFailure{*why, {}, false}));
                                   done(std::move(page));
                               });
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
    m_impl->m_lateness.forget(peer.node);
    m_impl->m_membership.linkUp(peer);
}
void Node::linkDown(NodeId peer)
{
    m_impl->m_membership.linkDown(peer);
}
void Node::refused(const QString& address, const Refusal& why)
{
    m_impl->m_membership.refused(address, why);
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
const ClusterSecrets& Node::secrets() const
{
    return m_impl->m_membership.secrets();
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

std::vector<NodeId> Node::awaited() const
{
    const bool isYoung = m_impl->m_ports.clock.now() - m_impl->m_began < startupBound;
    if (!isYoung)
        return {};
    if (m_impl->reachesQuorum())
        return m_impl->m_membership.unreachedButLiving();
    std::vector<NodeId> nodes = rings().nodes();
    std::erase_if(nodes, [this](NodeId node) { return m_impl->isReachable(node); });
    return nodes;
}

bool Node::isServing() const
{
    return !refusalOfClients() && m_impl->m_membership.own().state == MemberState::Ready &&
           !secrets().isEmpty() && awaited().empty() && !whyNotToAcknowledge() &&
           m_impl->m_ports.store.health().state != StoreHealth::State::Failed;
}

MembersView Node::members() const
{
    const Membership& membership = m_impl->m_membership;
    MembersView view{membership.self(), {}, membership.ring().digest()};
    for (const auto& [id, member] : membership.table().members()) {
        // One that was removed is of the past where its name has joined anew.
        if (member.state == MemberState::Removed && membership.table().latestNamed(member.name)->id != id)
            continue;
        const PeerVitals vitals = membership.vitalsOf(id);
        view.members.push_back({member, membership.observed(id), membership.isReachable(id),
                                membership.unreachableFor(id), membership.ring().primarySlots(id),
                                membership.ring().replicaSlots(id), vitals.keys, vitals.requestsPerSecond,
                                vitals.takesWrites});
    }
    for (const NodeId node : awaited()) {
        for (MemberView& member : view.members)
            member.isAwaited |= member.member.id == node;
    }
    std::sort(view.members.begin(), view.members.end(),
              [](const MemberView& a, const MemberView& b) { return a.member.name < b.member.name; });
    return view;
}

Availability Node::availability() const
{
    std::vector<MemberReach> reach;
    for (const MemberView& view : members().members) {
        const MemberState state = view.member.state;
        const bool belongs = state != MemberState::Left && state != MemberState::Removed;
        reach.push_back(
            {view.member.id, view.member.name, belongs, !view.isAwaited, view.reachable, view.takesWrites});
    }
    return availabilityOf(ring(), reach, config().readQuorum, config().writeQuorum);
}

MemberState Node::state() const
{
    return m_impl->m_membership.own().state;
}

bool Node::isDismissed() const
{
    return m_impl->m_membership.isDismissed();
}

QString Node::waitsBecause() const
{
    return m_impl->m_membership.waitsBecause();
}

std::optional<Error> Node::whyNotToAcknowledge() const
{
    return m_impl->m_membership.whyNotToAcknowledge();
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
                   m_impl->m_antiEntropy.isBusy(),
                   m_impl->m_skipped.count(),
                   m_impl->m_skipped.first(RepairView::mostSkippedNamed)};
    view.droppedReplies = m_impl->m_ids.dropped();
    view.overdueRequests = m_impl->m_overdueRequests;
    const Replica::SiblingWatch& siblings = m_impl->m_replica.siblings();
    view.siblings = {Replica::siblingsWarnedOf, siblings.keysAbove, siblings.most};
    view.reaper = {m_impl->m_reaper.isEnabled(), view.totals.objects - view.totals.live,
                   m_impl->m_reaper.watched(), m_impl->m_reaper.reapedCount(), m_impl->m_reaper.waitsFor()};
    view.integrity = m_impl->integrityView();
    for (const auto& [owner, tally] : m_impl->m_hints.owed())
        view.hintsOwed.push_back({owner, tally.hints, tally.bytes, m_impl->isReachable(owner)});
    return view;
}

std::vector<TransferView> Node::transfers() const
{
    return m_impl->m_antiEntropy.transfers();
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
        impl.m_membership.table(), wishes,
        {impl.m_config.replicas, impl.m_config.readQuorum, impl.m_config.writeQuorum},
        [&impl](NodeId node) { return impl.isReachable(node); }, impl.m_ports.random);
    if (!plan)
        return done(tl::make_unexpected(plan.error()));
    impl.m_planner.count(std::move(*plan), std::move(done));
}

Result<void> Node::join(std::vector<Slot> tokens, Force force)
{
    return m_impl->m_membership.join(std::move(tokens), force);
}

Result<void> Node::leave(Force force)
{
    return m_impl->m_membership.leave(force);
}

Result<void> Node::move(std::vector<Slot> tokens)
{
    return m_impl->m_membership.move(std::move(tokens));
}

Result<void> Node::cancel()
{
    return m_impl->m_membership.cancel();
}

Result<void> Node::remove(NodeId member, Force force)
{
    return m_impl->m_membership.remove(member, force);
}

Result<void> Node::writeOff(NodeId member)
{
    return m_impl->m_membership.writeOff(member);
}

Result<void> Node::cancelRemoval(NodeId member)
{
    return m_impl->m_membership.cancelRemoval(member);
}

void Node::scrubNow()
{
    m_impl->m_scrubber.runNow();
}

int Node::repairNow(std::optional<Slot> slot)
{
    return m_impl->m_antiEntropy.compareAll(slot);
}

} // namespace ringmaster
