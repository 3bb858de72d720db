// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/request/coordinator.h"

#include "nodecore/base/mutant.h"
#include "nodecore/request/forwarding.h"

#include <QSet>

#include <algorithm>

namespace ringmaster {

Coordinator::Coordinator(OperationPorts ports, Timers& timers, Store& store, wire::RequestIds& ids,
                         QuorumDefaults defaults)
    : m_ports(ports)
    , m_timers(timers)
    , m_store(store)
    , m_ids(ids)
    , m_defaults(defaults)
{}

// Hands an event to the operation id, if it is still under way, and forgets the operation when that was its
// end.
template <class Operation, class Event>
bool Coordinator::feed(Table<Operation>& table, wire::RequestId id, Event event)
{
    const auto found = table.find(id);
    if (found == table.end())
        return false;
    // The event may call a client back, which may start further requests: the table may change under us, its
    // elements do not move.
    Running<Operation>& running = found->second;
    event(running.operation);
    if (!running.operation.finished())
        return true;
    if constexpr (std::is_same_v<Operation, ReadOperation>)
        m_readRepairs += static_cast<quint64>(running.operation.repaired());
    m_timers.cancel(running.deadline);
    m_timers.cancel(running.hedge);
    table.erase(id);
    return true;
}

template <class Operation, class Reply>
void Coordinator::feedReply(Table<Operation>& table, NodeId from, const Reply& reply)
{
    const bool isUnderWay = feed(table, reply.to.id, [&](Operation& running) {
        if (!running.replied(from, reply))
            m_ids.droppedAsMismatched();
    });
    if (!isUnderWay)
        m_ids.droppedAsUnknown(reply.to.id);
}

template <class Operation>
void Coordinator::keep(Table<Operation>& table, wire::RequestId id, Operation operation, MonoTime deadline)
{
    const TimerId timer = m_timers.startAt(deadline, [this, &table, id] {
        feed(table, id, [](Operation& running) { running.deadlineReached(); });
    });
    table.emplace(id, Running<Operation>{std::move(operation), timer, {}});
}

template <class Operation>
void Coordinator::dropPeer(Table<Operation>& table, NodeId node)
{
    std::vector<wire::RequestId> ids;
    ids.reserve(table.size());
    for (const auto& [id, running] : table)
        ids.push_back(id);
    std::sort(ids.begin(), ids.end()); // the same order in every run
    for (const wire::RequestId id : ids)
        feed(table, id, [node](Operation& running) { running.lost(node); });
}

std::optional<RequestFailure> Coordinator::refuse(const RequestOptions& options, const char* quorumName) const
{
    const int n = m_ports.peers.ring().replicas();
    const auto malformed = [](const QString& message) {
        return RequestFailure{{ErrorCode::Malformed, message}, {}, false};
    };
    if (m_ports.peers.ring().isEmpty()) {
        return RequestFailure{
            {ErrorCode::Unavailable, QStringLiteral("This node has not joined a ring yet.")}, {}, false};
    }
    if (options.quorum && (*options.quorum < 1 || *options.quorum > n)) {
        return malformed(
            QStringLiteral("%1=%2 is not a quorum: it has to be 1 to %3, the number of replicas.")
                .arg(QLatin1String(quorumName))
                .arg(*options.quorum)
                .arg(n));
    }
    if (options.primaryQuorum && (*options.primaryQuorum < 0 || *options.primaryQuorum > n)) {
        return malformed(
            QStringLiteral("p%1=%2 is not a quorum: it has to be 0 to %3, the number of replicas.")
                .arg(QLatin1String(quorumName))
                .arg(*options.primaryQuorum)
                .arg(n));
    }
    return std::nullopt;
}

OperationTime Coordinator::timeFor(const RequestOptions& options) const
{
    const MonoTime now = m_ports.clock.now();
    return {now,
            now + std::clamp<Duration>(options.timeout, std::chrono::milliseconds(1), maxRequestTimeout)};
}

void Coordinator::get(GetRequest request, GetCallback done)
{
    if (std::optional<RequestFailure> refused = refuse(request.options, "r"))
        return done(tl::make_unexpected(std::move(*refused)));
    const wire::RequestId id = m_ids.next();
    const OperationTime time = timeFor(request.options);
    const int quorum = request.options.quorum.value_or(m_defaults.read);
    const int primaryQuorum = request.options.primaryQuorum.value_or(0);
    ReadOperation operation(id, m_ports, std::move(request), quorum, primaryQuorum, time, id.number(),
                            std::move(done));
    operation.start();
    if (operation.finished())
        return; // answered from this node's own copy, or refused
    keep(m_reads, id, std::move(operation), time.deadline);
    m_reads.at(id).hedge = m_timers.startAt(time.began + hedgeDelay, [this, id] {
        feed(m_reads, id, [](ReadOperation& running) { running.askEveryone(); });
    });
}

void Coordinator::put(PutRequest request, PutCallback done)
{
    if (std::optional<RequestFailure> refused = refuse(request.options, "w"))
        return done(tl::make_unexpected(std::move(*refused)));
    const OperationTime time = timeFor(request.options);
    const int quorum = request.options.quorum.value_or(m_defaults.write);
    const bool isReplica =
        m_ports.peers.ring().isPrimary(m_ports.peers.self(), m_ports.replica.slot(request.key));
    const bool isNamed = !request.idempotencyId.isEmpty();
    if (isReplica && !isNamed && m_ports.replica.canMint(request.key))
        coordinate(std::move(request), quorum, time, std::move(done));
    else
        forward(std::move(request), quorum, time, std::move(done));
}

namespace {

RequestFailure firstAttemptUnderWay()
{
    return {
        {ErrorCode::Unavailable,
         QStringLiteral("The first attempt at this write is still under way. Nothing more was written; try "
                        "again in a moment, with the same idempotency id and context.")},
        {},
        true};
}

RequestFailure nameOfAnotherWrite()
{
    return {
        {ErrorCode::Conflict,
         QStringLiteral("This idempotency id was given to a write of something else under this key. Nothing "
                        "was written. Give each write an id of its own.")},
        {},
        false};
}

} // namespace

void Coordinator::coordinate(PutRequest request, int quorum, OperationTime time, PutCallback done)
{
    if (request.idempotencyId.isEmpty())
        return beginWrite(std::move(request), quorum, time, std::move(done), std::nullopt);
    const RememberedWrites::Name name{request.idempotencyId, request.key};
    RememberedWrites::Lookup known = m_remembered.begin(name, request.content, m_ports.clock.now());
    if (std::holds_alternative<RememberedWrites::UnderWay>(known))
        return done(tl::make_unexpected(firstAttemptUnderWay()));
    if (std::holds_alternative<RememberedWrites::OtherWrite>(known))
        return done(tl::make_unexpected(nameOfAnotherWrite()));
    if (auto* answer = std::get_if<RememberedWrites::Answer>(&known))
        return done(std::move(answer->response));
    std::optional<Replica::Minted> earlier;
    if (auto* more = std::get_if<RememberedWrites::Continue>(&known))
        earlier = std::move(more->minted);
    beginWrite(
        std::move(request), quorum, time,
        [this, name, done = std::move(done)](const RequestResult<PutResponse>& result) {
            m_remembered.answered(name, result, m_ports.clock.now());
            done(result);
        },
        std::move(earlier));
}

void Coordinator::beginWrite(PutRequest request, int quorum, OperationTime time, PutCallback done,
                             std::optional<Replica::Minted> earlier)
{
    const wire::RequestId id = m_ids.next();
    const int primaryQuorum = request.options.primaryQuorum.value_or(0);
    WriteOperation operation(id, m_ports, std::move(request), quorum, primaryQuorum, time, std::move(done));
    if (!operation.start())
        return;
    keep(m_writes, id, std::move(operation), time.deadline);
    const WriteOperation& kept = m_writes.at(id).operation;
    const PutRequest& write = kept.request();
    const RememberedWrites::Name name{write.idempotencyId, write.key};
    const auto minted = [this, id, name](const Result<Replica::Minted>& result) {
        m_remembered.made(name, result, m_ports.clock.now());
        feed(m_writes, id, [&result](WriteOperation& running) { running.minted(result); });
    };
    const HintOrigin origin{m_ports.peers.self(), write.trace.value};
    if (earlier)
        m_ports.replica.confirm(kept.mintsFor(), write.key, std::move(*earlier), origin, minted);
    else if (const std::optional<NodeId> owner = kept.mintsFor())
        m_ports.replica.mintAsHint(*owner, write.key, write.content, write.context, origin, minted);
    else
        m_ports.replica.mint(write.key, write.content, write.context, minted);
}

// To the first primary that takes it or, where none does, to the first healthy node after them, which may be
// this one.
void Coordinator::forward(PutRequest request, int quorum, OperationTime time, PutCallback done)
{
    const wire::RequestId id = m_ids.next();
    const HashRing& ring = m_ports.peers.ring();
    const Slot slot = m_ports.replica.slot(request.key);
    const std::vector<NodeId>& primaries = ring.preferenceList(slot);
    const int primaryQuorum = request.options.primaryQuorum.value_or(0);
    const wire::ForwardRequest forward{id,
                                       time.budget(m_ports.clock),
                                       request.key,
                                       request.content,
                                       request.context,
                                       static_cast<quint8>(quorum),
                                       static_cast<quint8>(primaryQuorum),
                                       request.options.sloppy,
                                       request.trace,
                                       request.options.trace,
                                       request.idempotencyId};
    const QByteArray message = wire::encode(forward);
    // A message that was not taken was not sent: the next node may have it.
    QuorumTally tally(quorum, primaryQuorum);
    addPrimaries(tally, primaries, slot, m_ports.peers);
    if (ring.isPrimary(m_ports.peers.self(), slot) && !m_ports.replica.canMint(request.key))
        tally.markMissing(m_ports.peers.self(), MissingReason::Refused,
                          QStringLiteral("its copy is damaged and is being repaired"));
    if (request.options.sloppy)
        addFallbacks(tally, ring.walk(slot), primaries, m_ports.peers);
    while (const std::optional<NodeId> next = tally.nextToAsk()) {
        tally.markAsked(*next);
        if (*next == m_ports.peers.self())
            return coordinate(std::move(request), quorum, time, std::move(done));
        if (!sendOrMarkMissing(tally, m_ports.transport, *next, message))
            continue;
        m_ports.note(request.trace, {TraceEvent::Forwarded, *next});
        const TimerId timer = m_timers.startAt(time.deadline, [this, id] { forwardDeadline(id); });
        m_forwarded.emplace(id, Running<Forwarded>{{*next, wire::subjectOf(forward), request.key,
                                                    request.trace, time.began, std::move(done)},
                                                   timer,
                                                   {}});
        return;
    }
    done(tl::make_unexpected(
        quorumNotMet(tally, static_cast<int>(primaries.size()), m_ports.peers, true, false)));
}

void Coordinator::forwardDeadline(wire::RequestId id)
{
    feed(m_forwarded, id, [this](Forwarded& forwarded) {
        const QString name = m_ports.peers.nameOf(forwarded.to);
        std::exchange(forwarded.done, nullptr)(tl::make_unexpected(
            forwardUnanswered(name, ErrorCode::DeadlinePassed, QStringLiteral("did not answer in time"))));
    });
}

void Coordinator::placement(const Key& key, Position position, PlacementCallback done)
{
    const wire::RequestId id = m_ids.next();
    const MonoTime now = m_ports.clock.now();
    const OperationTime time{now, now + std::chrono::seconds(2)};
    PlacementOperation operation(id, m_ports, key, position, time, std::move(done));
    if (m_ports.peers.ring().isEmpty())
        return operation.deadlineReached(); // an empty preference list
    operation.start();
    if (!operation.finished())
        keep(m_placements, id, std::move(operation), time.deadline);
}

void Coordinator::keys(const ObjectCursor& from, const QByteArray& prefix, int limit, KeysCallback done)
{
    if (std::optional<RequestFailure> refused = refuse({}, "r"))
        return done(tl::make_unexpected(std::move(*refused)));
    const wire::RequestId id = m_ids.next();
    const OperationTime time = timeFor({});
    const int bounded = std::clamp(limit, 1, static_cast<int>(wire::maxKeysInPage));
    KeysOperation operation(id, m_ports, m_store, {from, prefix, bounded}, m_defaults.read, time,
                            std::move(done));
    operation.start();
    if (!operation.finished())
        keep(m_listings, id, std::move(operation), time.deadline);
}

void Coordinator::handle(NodeId from, const wire::ReadReply& reply)
{
    if (m_placements.contains(reply.to.id))
        feedReply(m_placements, from, reply);
    else
        feedReply(m_reads, from, reply);
}

void Coordinator::handle(NodeId from, const wire::WriteReply& reply)
{
    feedReply(m_writes, from, reply);
}

void Coordinator::handle(NodeId from, const wire::KeysReply& reply)
{
    feedReply(m_listings, from, reply);
}

void Coordinator::handle(NodeId from, wire::ForwardRequest request)
{
    m_ports.traces.beginAs(request.trace,
                           request.content ? RequestTrace::Kind::Put : RequestTrace::Kind::Delete,
                           request.key, m_ports.clock);
    const auto answer = [this, from, to = wire::replyTo(request), trace = request.trace,
                         wantsSteps = request.wantsSteps](RequestResult<PutResponse> result) {
        if (const std::optional<Error> why = m_ports.peers.whyNotToAcknowledge(); why && result)
            result = tl::make_unexpected(RequestFailure{*why, result->quorum, true});
        wire::ForwardReply reply = forwardReply(to, result);
        if (const RequestTrace* traced = m_ports.traces.find(trace); traced && wantsSteps)
            reply.steps = traced->steps;
        m_ports.traces.end(trace, m_ports.clock.now(), result ? QString() : result.error().error.message);
        // Where the link is gone the other side knows: it was told of the loss.
        (void)m_ports.transport.send(from, wire::encode(reply));
    };
    if (const std::optional<Error> why = m_ports.peers.whyNotToAcknowledge())
        return answer(tl::make_unexpected(RequestFailure{*why, {}, false}));
    // A node that is no primary takes a sloppy write all the same: whoever sent it saw no primary. But one
    // that has left the ring would keep the dot in a hint of its own.
    const NodeId self = m_ports.peers.self();
    const bool isPrimary = m_ports.peers.ring().isPrimary(self, m_ports.replica.slot(request.key));
    if (m_ports.peers.rings().isOutside(self) || (!request.sloppy && !isPrimary))
        return answer(tl::make_unexpected(notAReplica(m_ports.peers.nameOf(self))));
    PutRequest put = putRequestOf(std::move(request));
    if (std::optional<RequestFailure> refused = refuse(put.options, "w"))
        return answer(tl::make_unexpected(std::move(*refused)));
    const int quorum = *put.options.quorum;
    const OperationTime time = timeFor(put.options);
    coordinate(std::move(put), quorum, time, answer);
}

void Coordinator::handle(NodeId from, const wire::ForwardReply& reply)
{
    const bool isUnderWay = feed(m_forwarded, reply.to.id, [&](Forwarded& forwarded) {
        const bool isOfIt = reply.to.subject == forwarded.subject || isMutant(Mutant::RepeatRequestIds);
        if (from != forwarded.to || !isOfIt)
            return m_ids.droppedAsMismatched();
        m_ports.traces.append(forwarded.trace, forwarded.began, reply.steps);
        std::exchange(forwarded.done, nullptr)(putResultOf(forwarded.key, reply));
    });
    if (!isUnderWay)
        m_ids.droppedAsUnknown(reply.to.id);
}

void Coordinator::handle(NodeId from, const wire::HintsReturned& returned)
{
    for (const TraceId trace : returned.traces)
        m_ports.note(trace, {TraceEvent::HintReturned, from, false, returned.owner});
}

std::vector<bool> Coordinator::isBusyWith(const std::vector<Key>& keys) const
{
    QSet<Key> busy;
    for (const auto& [id, running] : m_reads)
        busy.insert(running.operation.key());
    for (const auto& [id, running] : m_writes)
        busy.insert(running.operation.request().key);
    std::vector<bool> which;
    which.reserve(keys.size());
    for (const Key& key : keys)
        which.push_back(busy.contains(key));
    return which;
}

std::optional<Key> Coordinator::keyOfRead(wire::RequestId id) const
{
    if (const auto read = m_reads.find(id); read != m_reads.end())
        return read->second.operation.key();
    if (const auto look = m_placements.find(id); look != m_placements.end())
        return look->second.operation.key();
    return std::nullopt;
}

void Coordinator::linkLost(NodeId node)
{
    dropPeer(m_reads, node);
    dropPeer(m_writes, node);
    dropPeer(m_listings, node);
    dropPeer(m_placements, node);
    std::vector<wire::RequestId> lost;
    for (const auto& [id, running] : m_forwarded) {
        if (running.operation.to == node)
            lost.push_back(id);
    }
    std::sort(lost.begin(), lost.end());
    for (const wire::RequestId id : lost) {
        feed(m_forwarded, id, [&](Forwarded& forwarded) {
            std::exchange(forwarded.done, nullptr)(
                tl::make_unexpected(forwardUnanswered(m_ports.peers.nameOf(node), ErrorCode::Unavailable,
                                                      QStringLiteral("was lost before it answered"))));
        });
    }
}

} // namespace ringmaster
