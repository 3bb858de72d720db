// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/request/placement_operation.h"

#include <algorithm>

namespace ringmaster {

PlacementOperation::PlacementOperation(wire::RequestId id, const OperationPorts& ports, Key key,
                                       Position position, OperationTime time, PlacementCallback done)
    : m_id(id)
    , m_ports(ports)
    , m_key(std::move(key))
    , m_time(time)
    , m_done(std::move(done))
{
    m_view.position = position;
    m_view.slot = slotOf(position);
}

void PlacementOperation::start()
{
    const QByteArray message =
        wire::encode(wire::ReadRequest{m_id, m_time.budget(m_ports.clock), m_key, false});
    for (const NodeId node : m_ports.peers.ring().preferenceList(m_view.slot)) {
        PlacementReplica& replica = m_view.preferenceList.emplace_back();
        replica.node = node;
        replica.reachable = m_ports.peers.isReachable(node);
        if (node == m_ports.peers.self())
            take(replica, m_ports.replica.read(m_key));
        else if (!replica.reachable || m_ports.transport.send(node, message) != SendResult::Queued)
            replica.error = QStringLiteral("unreachable");
    }
    concludeIfComplete();
}

PlacementReplica* PlacementOperation::waitingFor(NodeId node)
{
    const auto found = std::find_if(
        m_view.preferenceList.begin(), m_view.preferenceList.end(), [node](const PlacementReplica& replica) {
            return replica.node == node && !replica.siblings && replica.error.isEmpty();
        });
    return found == m_view.preferenceList.end() ? nullptr : &*found;
}

void PlacementOperation::take(PlacementReplica& replica, const Result<QByteArray>& held)
{
    if (!held) {
        replica.error = held.error().message;
        replica.isDamaged = held.error().code == ErrorCode::Damaged;
        return;
    }
    if (held->isEmpty()) {
        replica.siblings.emplace();
        return;
    }
    const Result<SiblingSet> set = SiblingSet::decode(m_key, *held);
    if (!set) {
        replica.error = set.error().message;
        return;
    }
    replica.siblings = set->siblings();
    replica.set = *set;
}

bool PlacementOperation::replied(NodeId from, const wire::ReadReply& reply)
{
    PlacementReplica* replica = waitingFor(from);
    if (replica == nullptr || reply.to.subject != wire::subjectOf(m_key))
        return false;
    if (reply.error)
        take(*replica, tl::make_unexpected(*reply.error));
    else
        take(*replica, reply.set);
    concludeIfComplete();
    return true;
}

void PlacementOperation::lost(NodeId node)
{
    if (PlacementReplica* replica = waitingFor(node)) {
        replica->error = QStringLiteral("unreachable");
        replica->reachable = false;
    }
    concludeIfComplete();
}

void PlacementOperation::deadlineReached()
{
    for (PlacementReplica& replica : m_view.preferenceList) {
        if (!replica.siblings && replica.error.isEmpty())
            replica.error = QStringLiteral("no answer");
    }
    concludeIfComplete();
}

void PlacementOperation::concludeIfComplete()
{
    const bool waiting = std::any_of(
        m_view.preferenceList.begin(), m_view.preferenceList.end(),
        [](const PlacementReplica& replica) { return !replica.siblings && replica.error.isEmpty(); });
    if (!waiting && !finished())
        std::exchange(m_done, nullptr)(std::move(m_view));
}

} // namespace ringmaster
