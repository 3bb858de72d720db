// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/request/read_operation.h"

#include "nodecore/base/mutant.h"

#include <algorithm>

namespace ringmaster {

ReadOperation::ReadOperation(wire::RequestId id, const OperationPorts& ports, GetRequest request, int quorum,
                             int primaryQuorum, OperationTime time, quint64 rotation, GetCallback done)
    : m_id(id)
    , m_ports(ports)
    , m_request(std::move(request))
    , m_time(time)
    , m_rotation(rotation)
    , m_tally(quorum, primaryQuorum)
    , m_done(std::move(done))
{}

void ReadOperation::start()
{
    const Slot slot = m_ports.replica.slot(m_request.key);
    std::vector<NodeId> order = replicasOf(m_ports.peers.rings(), slot);
    m_n = static_cast<int>(m_ports.peers.ring().preferenceList(slot).size());
    m_primaries = order;

    // This node's own copy costs nothing; the others take turns.
    const auto self = std::find(order.begin(), order.end(), m_ports.peers.self());
    const bool isReplica = self != order.end();
    if (isReplica)
        std::iter_swap(order.begin(), self);
    const auto others = order.begin() + (isReplica ? 1 : 0);
    if (order.end() - others > 1)
        std::rotate(others, others + static_cast<ptrdiff_t>(m_rotation % quint64(order.end() - others)),
                    order.end());

    addPrimaries(m_tally, order, slot, m_ports.peers);
    m_ports.traces.needs(m_request.trace, m_tally.needed());
    // Walking the ring is not for the hot path.
    m_isAnyoneAway = std::any_of(m_primaries.begin(), m_primaries.end(),
                                 [this](NodeId node) { return !m_ports.peers.isReachable(node); });
    if (m_isAnyoneAway)
        noteWhoIsAway();
    if (m_request.options.sloppy && m_isAnyoneAway)
        addFallbacks(m_tally, m_ports.peers.ring().walk(slot), m_primaries, m_ports.peers);
    askForShortfall();
    conclude();
}

void ReadOperation::noteWhoIsAway() const
{
    for (const NodeId node : m_primaries) {
        if (!m_ports.peers.isReachable(node))
            note(TraceEvent::Missing, node, wordsFor(MissingReason::Unreachable));
    }
}

void ReadOperation::askForShortfall()
{
    while (m_tally.verdict() == QuorumTally::Verdict::Pending && m_tally.shortfall() > 0) {
        const std::optional<NodeId> next = m_tally.nextToAsk();
        if (!next)
            return;
        ask(*next);
    }
}

void ReadOperation::askEveryone()
{
    while (const std::optional<NodeId> next = m_tally.nextToAsk())
        ask(*next);
    conclude();
}

void ReadOperation::ask(NodeId node)
{
    m_tally.markAsked(node);
    if (node == m_ports.peers.self()) {
        take(node, m_ports.replica.readWithHints(m_request.key));
        return;
    }
    note(TraceEvent::Asked, node);
    const bool isReplica = std::find(m_primaries.begin(), m_primaries.end(), node) != m_primaries.end();
    const wire::ReadRequest message{m_id, m_time.budget(m_ports.clock), m_request.key, !isReplica};
    if (!sendOrMarkMissing(m_tally, m_ports.transport, node, wire::encode(message)))
        note(TraceEvent::Missing, node, QStringLiteral("could not be sent to"));
}

void ReadOperation::note(TraceEvent event, NodeId node, const QString& detail) const
{
    const bool isPrimary = std::find(m_primaries.begin(), m_primaries.end(), node) != m_primaries.end();
    m_ports.note(m_request.trace, {event, node, !isPrimary, {}, {}, detail});
}

void ReadOperation::take(NodeId from, const Result<QByteArray>& held)
{
    Result<SiblingSet> set = held ? decoded(*held) : tl::make_unexpected(held.error());
    const bool isPrimary = std::find(m_primaries.begin(), m_primaries.end(), from) != m_primaries.end();
    if (!set) {
        if (set.error().code == ErrorCode::Damaged && isPrimary)
            m_damaged.push_back(from);
        m_tally.markMissing(from, MissingReason::Refused, set.error().message);
        return note(TraceEvent::Missing, from, wordsFor(MissingReason::Refused, set.error().message));
    }
    if (!m_tally.markAnswered(from, m_time.since(m_ports.clock)))
        return;
    m_replies.push_back({from, *held, std::move(*set)});
    m_ports.note(m_request.trace,
                 {TraceEvent::Answered, from, !isPrimary, {}, SiblingSet::dotsIn(*held, TraceStep::maxDots)});
}

bool ReadOperation::replied(NodeId from, const wire::ReadReply& reply)
{
    const bool isOfIt =
        reply.to.subject == wire::subjectOf(m_request.key) || isMutant(Mutant::RepeatRequestIds);
    if (!m_tally.isWaiting(from) || !isOfIt)
        return false;
    if (reply.error)
        take(from, tl::make_unexpected(*reply.error));
    else
        take(from, reply.set);
    askForShortfall();
    conclude();
    return true;
}

void ReadOperation::lost(NodeId node)
{
    if (!m_tally.isWaiting(node))
        return;
    m_tally.markMissing(node, MissingReason::Unreachable);
    note(TraceEvent::Missing, node, wordsFor(MissingReason::Unreachable));
    askForShortfall();
    conclude();
}

void ReadOperation::deadlineReached()
{
    m_over = true;
    if (!m_done)
        return;
    if (isAbsenceShown())
        return answer(mergedReplies()); // somebody's stand-in is silent
    fail(deadlinePassed(m_tally, m_n, m_ports.peers, false, false));
}

void ReadOperation::conclude()
{
    if (m_done) {
        switch (m_tally.verdict()) {
        case QuorumTally::Verdict::Pending:
            return;
        case QuorumTally::Verdict::Met: {
            SiblingSet merged = mergedReplies();
            if (!mayAnswer(merged))
                return;
            answer(std::move(merged));
            break;
        }
        case QuorumTally::Verdict::Impossible:
            return fail(quorumNotMet(m_tally, m_n, m_ports.peers, false, false));
        }
    }
    repairIfComplete();
}

// Replicas mostly agree: equal replies are decoded, and so verified, once.
Result<SiblingSet> ReadOperation::decoded(const QByteArray& set) const
{
    if (set.isEmpty())
        return SiblingSet();
    const auto same = std::find_if(m_replies.begin(), m_replies.end(),
                                   [&set](const Reply& earlier) { return earlier.set == set; });
    if (same != m_replies.end())
        return same->decoded;
    Result<SiblingSet> decoded = SiblingSet::decode(m_request.key, set);
    if (!decoded)
        m_ports.replica.integrity().foundDamagedMessage(m_request.key,
                                                        QStringLiteral("as the answer to a read"));
    return decoded;
}

SiblingSet ReadOperation::mergedReplies(std::vector<Dot>* contradictions) const
{
    SiblingSet merged;
    for (auto reply = m_replies.begin(); reply != m_replies.end(); ++reply) {
        const bool seen = std::any_of(m_replies.begin(), reply,
                                      [reply](const Reply& earlier) { return earlier.set == reply->set; });
        if (!seen)
            merged.merge(reply->decoded, contradictions);
    }
    return merged;
}

bool ReadOperation::isAbsenceShown() const
{
    return isMutant(Mutant::BelieveStandInsAbsence) ||
           m_tally.verdict(m_tally.needed()) == QuorumTally::Verdict::Met;
}

bool ReadOperation::mayAnswer(const SiblingSet& merged)
{
    const bool mayHearMore = m_tally.nextToAsk() || m_tally.waitingCount() > 0;
    if (merged.hasValue() || (isAbsenceShown() && !(m_isAnyoneAway && mayHearMore)))
        return true;
    if (m_tally.nextToAsk())
        askEveryone(); // comes back here, and with every answer again
    else if (!mayHearMore)
        fail(absenceNotShown(m_tally, m_n, m_ports.peers));
    return false;
}

void ReadOperation::answer(SiblingSet merged)
{
    if (repliesDisagree())
        m_ports.replica.noteSeen(m_request.key, merged);
    GetResponse response{std::move(merged), completedReport(m_tally, m_n, m_ports.peers)};
    std::exchange(m_done, nullptr)(std::move(response));
}

bool ReadOperation::repliesDisagree() const
{
    return std::any_of(m_replies.begin(), m_replies.end(),
                       [this](const Reply& reply) { return reply.set != m_replies.front().set; });
}

void ReadOperation::repairIfComplete()
{
    if (m_tally.waitingCount() > 0 || m_replies.empty() || (!repliesDisagree() && m_damaged.empty()))
        return;
    std::vector<Dot> contradictions;
    const SiblingSet merged = mergedReplies(&contradictions);
    m_ports.replica.integrity().foundContradictions(m_request.key, contradictions);
    if (merged.isEmpty())
        return;
    const QByteArray encoded = merged.encoded();
    if (encoded.size() > Replica::maxSetBytes)
        return; // no replica would take it: somebody has to decide between the siblings
    // Nobody waits for it: it is as welcome after the read's deadline as before.
    const MonoTime now = m_ports.clock.now();
    const QByteArray message =
        wire::encode(wire::WriteRequest{{},
                                        OperationTime::budgetUntil(now + defaultRequestTimeout, now),
                                        m_request.key,
                                        encoded,
                                        std::nullopt});
    std::vector<NodeId> behind = std::exchange(m_damaged, {});
    for (const Reply& reply : m_replies) {
        const bool isPrimary =
            std::find(m_primaries.begin(), m_primaries.end(), reply.from) != m_primaries.end();
        if (isPrimary && reply.set != encoded)
            behind.push_back(reply.from);
    }
    for (const NodeId node : behind) {
        ++m_repaired;
        note(TraceEvent::Repaired, node);
        if (node == m_ports.peers.self())
            m_ports.replica.merge(m_request.key, encoded, [](const Result<void>&) {});
        else
            (void)m_ports.transport.send(node, message); // it has no id: no reply comes
    }
}

void ReadOperation::fail(RequestFailure failure)
{
    m_over = true;
    if (m_done)
        std::exchange(m_done, nullptr)(tl::make_unexpected(std::move(failure)));
}

} // namespace ringmaster
