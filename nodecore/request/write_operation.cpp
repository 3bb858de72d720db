// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/request/write_operation.h"

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
    m_preferenceList = m_ports.peers.ring().preferenceList(m_ports.replica.slot(m_request.key));
    addPrimaries(m_tally, m_preferenceList, m_ports.peers);
    if (m_tally.verdict() == QuorumTally::Verdict::Impossible) {
        fail(quorumNotMet(m_tally, static_cast<int>(m_preferenceList.size()), m_ports.peers, true, false));
        return false;
    }
    m_tally.markAsked(m_ports.peers.self());
    return true;
}

void WriteOperation::minted(const Result<Replica::Minted>& minted)
{
    const NodeId self = m_ports.peers.self();
    if (!minted) {
        m_tally.markMissing(self, MissingReason::Refused, minted.error().message);
        const int n = static_cast<int>(m_preferenceList.size());
        fail({minted.error(), completedReport(m_tally, n, m_ports.peers), false});
        return;
    }
    m_minted = *minted;
    m_tally.markAnswered(self, m_time.since(m_ports.clock));
    sendToReplicas();
    conclude();
}

void WriteOperation::sendToReplicas()
{
    const wire::WriteRequest message{m_id, m_time.budget(m_ports.clock), m_request.key, m_minted->encoded};
    const QByteArray encoded = wire::encode(message);
    while (const std::optional<NodeId> next = m_tally.nextToAsk()) {
        m_tally.markAsked(*next);
        sendOrMarkMissing(m_tally, m_ports.transport, *next, encoded);
    }
}

void WriteOperation::replied(NodeId from, const wire::WriteReply& reply)
{
    if (reply.error)
        m_tally.markMissing(from, MissingReason::Refused, reply.error->message);
    else
        m_tally.markAnswered(from, m_time.since(m_ports.clock));
    conclude();
}

void WriteOperation::lost(NodeId node)
{
    if (!m_tally.isWaiting(node))
        return;
    m_tally.markMissing(node, MissingReason::Unreachable);
    conclude();
}

void WriteOperation::deadlineReached()
{
    // A mint that is still under way may yet succeed.
    const int n = static_cast<int>(m_preferenceList.size());
    fail(deadlinePassed(m_tally, n, m_ports.peers, true, true));
}

void WriteOperation::conclude()
{
    if (finished())
        return;
    const int n = static_cast<int>(m_preferenceList.size());
    switch (m_tally.verdict()) {
    case QuorumTally::Verdict::Pending:
        return;
    case QuorumTally::Verdict::Met: {
        PutResponse response{m_minted->dot, m_minted->set, completedReport(m_tally, n, m_ports.peers)};
        std::exchange(m_done, nullptr)(std::move(response));
        return;
    }
    case QuorumTally::Verdict::Impossible:
        // Since start() a mint is under way or done: it cannot be called back.
        return fail(quorumNotMet(m_tally, n, m_ports.peers, true, true));
    }
}

void WriteOperation::fail(RequestFailure failure)
{
    if (!finished())
        std::exchange(m_done, nullptr)(tl::make_unexpected(std::move(failure)));
}

} // namespace ringmaster
