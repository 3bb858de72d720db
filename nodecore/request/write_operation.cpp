// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/request/write_operation.h"

#include "nodecore/base/mutant.h"

#include <algorithm>

namespace ringmaster {

WriteOperation::WriteOperation(wire::RequestId id, const OperationPorts& ports, PutRequest request,
                               int quorum, int primaryQuorum, OperationTime time, PutCallback done)
    : m_id(id)
    , m_ports(ports)
    , m_request(std::move(request))
    , m_time(time)
    , m_tally(quorum, primaryQuorum)
    , m_done(std::move(done))
{}

bool WriteOperation::start()
{
    const RingView& rings = m_ports.peers.rings();
    const Slot slot = m_ports.replica.slot(m_request.key);
    m_rings = rings.digest();
    m_replicas = replicasOf(rings, slot);
    const std::vector<NodeId>& primaries = m_replicas;
    m_n = static_cast<int>(rings.current().preferenceList(slot).size());
    addPrimaries(m_tally, primaries, slot, m_ports.peers);
    m_ports.traces.needs(m_request.trace, m_tally.needed());
    // Who mints holds the set, whoever it stands in for.
    const NodeId self = m_ports.peers.self();
    const bool isPrimary = std::find(primaries.begin(), primaries.end(), self) != primaries.end();
    if (!isPrimary) {
        const auto away = std::find_if(primaries.begin(), primaries.end(),
                                       [this](NodeId node) { return !m_ports.peers.isReachable(node); });
        // Where none is away the others see them so: the first gets a hint and a message.
        addStandIn(self, away == primaries.end() ? primaries.front() : *away);
    }
    standInForMissing(primaries);
    if (m_tally.verdict() == QuorumTally::Verdict::Impossible) {
        m_over = true;
        fail(quorumNotMet(m_tally, n(), m_ports.peers, true, false));
        return false;
    }
    m_tally.markAsked(self);
    return true;
}

std::optional<NodeId> WriteOperation::mintsFor() const
{
    const auto found = m_standsInFor.find(m_ports.peers.self());
    return found == m_standsInFor.end() ? std::nullopt : std::optional(found->second);
}

void WriteOperation::standInForMissing(const std::vector<NodeId>& primaries)
{
    for (const NodeId primary : primaries) {
        if (m_ports.peers.isReachable(primary))
            continue;
        note(TraceEvent::Missing, primary, wordsFor(MissingReason::Unreachable));
        standInFor(primary);
    }
}

void WriteOperation::followRing()
{
    const RingView& rings = m_ports.peers.rings();
    if (rings.digest() == m_rings)
        return;
    const Slot slot = m_ports.replica.slot(m_request.key);
    const std::vector<NodeId> before = std::exchange(m_replicas, replicasOf(rings, slot));
    m_rings = rings.digest();
    for (const NodeId node : before)
        m_tally.setRings(node, QuorumTally::Rings::Neither);
    std::vector<NodeId> added;
    std::copy_if(m_replicas.begin(), m_replicas.end(), std::back_inserter(added),
                 [this](NodeId node) { return !m_tally.isCandidate(node); });
    addPrimaries(m_tally, m_replicas, slot, m_ports.peers);
    standInForMissing(added);
    if (m_minted) {
        sendToReplicas();
        keepOwnHints();
    }
}

// About a node: what it stands in for is added.
void WriteOperation::note(TraceEvent event, NodeId node, const QString& detail) const
{
    const auto standsIn = m_standsInFor.find(node);
    const bool isFallback = standsIn != m_standsInFor.end();
    m_ports.note(
        m_request.trace,
        {event, node, isFallback, isFallback ? std::optional(standsIn->second) : std::nullopt, {}, detail});
}

void WriteOperation::standInFor(NodeId primary)
{
    if (!m_request.options.sloppy || mintsFor() == primary)
        return;
    if (m_walk.empty()) {
        m_walk = m_ports.peers.ring().walk(m_ports.replica.slot(m_request.key));
        m_nextFallback = 0;
    }
    while (m_nextFallback < m_walk.size()) {
        const NodeId fallback = m_walk[m_nextFallback++];
        // A replica, or one that was before the ring changed: it is asked as such, and once.
        if (m_tally.isCandidate(fallback) || fallback == m_ports.peers.self() ||
            !m_ports.peers.isReachable(fallback))
            continue;
        return addStandIn(fallback, primary);
    }
    m_ownHints.push_back(primary);
}

void WriteOperation::addStandIn(NodeId fallback, NodeId primary)
{
    m_tally.addStandIn(fallback, primary);
    m_standsInFor[fallback] = primary;
}

void WriteOperation::minted(const Result<Replica::Minted>& minted)
{
    const NodeId self = m_ports.peers.self();
    if (!minted) {
        m_tally.markMissing(self, MissingReason::Refused, minted.error().message);
        m_over = true;
        fail(mintFailed(minted.error(), m_tally, n(), m_ports.peers));
        return;
    }
    m_minted = *minted;
    m_tally.markAnswered(self, m_time.since(m_ports.clock));
    m_ports.note(m_request.trace,
                 {TraceEvent::Minted, self, mintsFor().has_value(), mintsFor(), {minted->dot}});
    if (mintsFor())
        note(TraceEvent::HintKept, self);
    sendToReplicas();
    keepOwnHints();
    conclude();
}

void WriteOperation::sendToReplicas()
{
    wire::WriteRequest message{
        m_id, m_time.budget(m_ports.clock), m_request.key, m_minted->encoded, std::nullopt, m_request.trace};
    const QByteArray toPrimary = wire::encode(message);
    while (const std::optional<NodeId> next = m_tally.nextToAsk()) {
        m_tally.markAsked(*next);
        const auto standsIn = m_standsInFor.find(*next);
        const bool isFallback = standsIn != m_standsInFor.end();
        if (isFallback)
            message.hintFor = standsIn->second;
        const QByteArray encoded = isFallback ? wire::encode(message) : toPrimary;
        note(TraceEvent::Asked, *next);
        if (sendOrMarkMissing(m_tally, m_ports.transport, *next, encoded))
            continue;
        note(TraceEvent::Missing, *next, QStringLiteral("could not be sent to"));
        standInFor(isFallback ? standsIn->second : *next);
    }
}

// Its failure costs nobody an answer: anti-entropy brings what no hint brings.
void WriteOperation::keepOwnHints()
{
    const Slot slot = m_ports.replica.slot(m_request.key);
    const NodeId self = m_ports.peers.self();
    for (const NodeId primary : m_ownHints) {
        m_ports.hints.keep(
            primary, slot, m_request.key, m_minted->encoded, {self, m_request.trace.value},
            [ports = m_ports, trace = m_request.trace, self, primary](const Result<void>& kept) {
                if (kept)
                    ports.note(trace, {TraceEvent::HintKept, self, false, primary});
            });
    }
    m_ownHints.clear();
}

bool WriteOperation::replied(NodeId from, const wire::WriteReply& reply)
{
    const bool isOfIt =
        reply.to.subject == wire::subjectOf(m_request.key) || isMutant(Mutant::RepeatRequestIds);
    if (!m_tally.isWaiting(from) || !isOfIt)
        return false;
    if (reply.error) {
        m_tally.markMissing(from, MissingReason::Refused, reply.error->message);
        note(TraceEvent::Missing, from, wordsFor(MissingReason::Refused, reply.error->message));
        // By another ring than this node's it is no replica: nobody can stand in for it, and its word stands.
        const bool isNoReplica = reply.error->code == ErrorCode::Unavailable && !m_standsInFor.contains(from);
        // It holds another write under the dot of this one, perhaps: brought by a hint, this one would be
        // lost.
        const bool knowsMore = reply.error->code == ErrorCode::Conflict;
        if (!isNoReplica && !knowsMore)
            standInForOneThatFailed(from);
    } else {
        m_tally.markAnswered(from, m_time.since(m_ports.clock));
        note(TraceEvent::Answered, from);
        if (m_standsInFor.find(from) != m_standsInFor.end())
            note(TraceEvent::HintKept, from);
    }
    conclude();
    return true;
}

void WriteOperation::lost(NodeId node)
{
    if (!m_tally.isWaiting(node) || node == m_ports.peers.self())
        return;
    m_tally.markMissing(node, MissingReason::Unreachable);
    note(TraceEvent::Missing, node, wordsFor(MissingReason::Unreachable));
    standInForOneThatFailed(node);
    conclude();
}

void WriteOperation::standInForOneThatFailed(NodeId node)
{
    const auto standsIn = m_standsInFor.find(node);
    standInFor(standsIn == m_standsInFor.end() ? node : standsIn->second);
    if (m_minted) {
        sendToReplicas();
        keepOwnHints();
    }
}

void WriteOperation::deadlineReached()
{
    m_over = true;
    if (m_minted) {
        // Who is silent may have missed it.
        for (const NodeId node : m_tally.waiting()) {
            note(TraceEvent::Missing, node, wordsFor(MissingReason::NoAnswer));
            if (m_standsInFor.find(node) == m_standsInFor.end() && m_request.options.sloppy)
                m_ownHints.push_back(node);
        }
        keepOwnHints();
    }
    // A mint that is still under way may yet succeed.
    fail(deadlinePassed(m_tally, n(), m_ports.peers, true, true));
}

void WriteOperation::conclude()
{
    if (m_done == nullptr)
        return;
    followRing();
    switch (m_tally.verdict()) {
    case QuorumTally::Verdict::Pending:
        return;
    case QuorumTally::Verdict::Met: {
        PutResponse response{m_minted->dot, m_minted->set, completedReport(m_tally, n(), m_ports.peers)};
        std::exchange(m_done, nullptr)(std::move(response));
        return;
    }
    case QuorumTally::Verdict::Impossible:
        // Since start() a mint is under way or done: it cannot be called back.
        return fail(quorumNotMet(m_tally, n(), m_ports.peers, true, true));
    }
}

void WriteOperation::fail(RequestFailure failure)
{
    if (m_done)
        std::exchange(m_done, nullptr)(tl::make_unexpected(std::move(failure)));
}

} // namespace ringmaster
