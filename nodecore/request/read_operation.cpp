// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/request/read_operation.h"

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
    std::vector<NodeId> order = m_ports.peers.ring().preferenceList(slot);
    m_n = static_cast<int>(order.size());

    // This node's own copy costs nothing; the others take turns.
    const auto self = std::find(order.begin(), order.end(), m_ports.peers.self());
    const bool isReplica = self != order.end();
    if (isReplica)
        std::iter_swap(order.begin(), self);
    const auto others = order.begin() + (isReplica ? 1 : 0);
    if (order.end() - others > 1)
        std::rotate(others, others + static_cast<ptrdiff_t>(m_rotation % quint64(order.end() - others)),
                    order.end());

    addPrimaries(m_tally, order, m_ports.peers);
    askForShortfall();
    conclude();
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
        take(node, m_ports.replica.read(m_request.key));
        return;
    }
    const wire::ReadRequest message{m_id, m_time.budget(m_ports.clock), m_request.key};
    sendOrMarkMissing(m_tally, m_ports.transport, node, wire::encode(message));
}

void ReadOperation::take(NodeId from, const Result<QByteArray>& held)
{
    if (!held)
        m_tally.markMissing(from, MissingReason::Refused, held.error().message);
    else if (m_tally.markAnswered(from, m_time.since(m_ports.clock)))
        m_replies.push_back(*held);
}

void ReadOperation::replied(NodeId from, const wire::ReadReply& reply)
{
    if (reply.error)
        take(from, tl::make_unexpected(*reply.error));
    else
        take(from, reply.set);
    askForShortfall();
    conclude();
}

void ReadOperation::lost(NodeId node)
{
    if (!m_tally.isWaiting(node))
        return;
    m_tally.markMissing(node, MissingReason::Unreachable);
    askForShortfall();
    conclude();
}

void ReadOperation::deadlineReached()
{
    fail(deadlinePassed(m_tally, m_n, m_ports.peers, false, false));
}

void ReadOperation::conclude()
{
    if (finished())
        return;
    switch (m_tally.verdict()) {
    case QuorumTally::Verdict::Pending:
        return;
    case QuorumTally::Verdict::Met:
        return answer();
    case QuorumTally::Verdict::Impossible:
        return fail(quorumNotMet(m_tally, m_n, m_ports.peers, false, false));
    }
}

void ReadOperation::answer()
{
    GetResponse response;
    for (size_t i = 0; i < m_replies.size(); ++i) {
        const QByteArray& encoded = m_replies[i];
        const bool seen = std::find(m_replies.begin(), m_replies.begin() + static_cast<ptrdiff_t>(i),
                                    encoded) != m_replies.begin() + static_cast<ptrdiff_t>(i);
        if (encoded.isEmpty() || seen)
            continue; // replicas mostly agree: decode once
        const Result<SiblingSet> set = SiblingSet::decode(encoded);
        if (!set)
            return fail({set.error(), completedReport(m_tally, m_n, m_ports.peers), false});
        response.siblings.merge(*set);
    }
    response.quorum = completedReport(m_tally, m_n, m_ports.peers);
    std::exchange(m_done, nullptr)(std::move(response));
}

void ReadOperation::fail(RequestFailure failure)
{
    if (!finished())
        std::exchange(m_done, nullptr)(tl::make_unexpected(std::move(failure)));
}

} // namespace ringmaster
