// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/request/replica_service.h"

#include "nodecore/request/keys_operation.h"

namespace ringmaster {

std::optional<Error> ReplicaService::refuseAsNoReplica(const Key& key) const
{
    const RingView& rings = m_ports.peers.rings();
    if (rings.current().isEmpty() || rings.holds(m_ports.peers.self(), m_ports.replica.slot(key)))
        return std::nullopt;
    return Error{ErrorCode::Unavailable, QStringLiteral("it holds this key no more: the ring has changed")};
}

std::optional<Error> ReplicaService::refuseAsOutsider() const
{
    if (!m_ports.peers.rings().isOutside(m_ports.peers.self()))
        return std::nullopt;
    return Error{ErrorCode::Unavailable, QStringLiteral("it is not on the ring: it keeps no hints")};
}

void ReplicaService::handle(NodeId from, const wire::ReadRequest& request)
{
    if (const auto refused = request.standsIn ? std::nullopt : refuseAsNoReplica(request.key))
        return reply(from, wire::ReadReply{wire::replyTo(request), refused, {}});
    Result<QByteArray> held = m_ports.replica.readWithHints(request.key);
    if (held && held->size() > wire::maxSetBytes) {
        held = failure(ErrorCode::TooLarge,
                       QStringLiteral("its siblings have %1 bytes together, more than a message "
                                      "carries")
                           .arg(held->size()));
    }
    if (held)
        reply(from, wire::ReadReply{wire::replyTo(request), std::nullopt, std::move(*held)});
    else
        reply(from, wire::ReadReply{wire::replyTo(request), held.error(), {}});
}

void ReplicaService::handle(NodeId from, const wire::WriteRequest& request)
{
    const auto answer = [this, from, to = wire::replyTo(request)](const Result<void>& merged) {
        if (to.id.isNone())
            return;
        reply(from, wire::WriteReply{to, merged ? std::nullopt : std::optional(merged.error())});
    };
    if (!request.hintFor) {
        if (const auto refused = refuseAsNoReplica(request.key))
            answer(tl::make_unexpected(*refused));
        else if (knowsMoreThan(from, request))
            refuseAsForgetful(from, request, answer);
        else
            m_ports.replica.merge(request.key, request.set, answer);
        return;
    }
    if (const auto refused = refuseAsOutsider())
        return answer(tl::make_unexpected(*refused));
    const Result<SiblingSet> sound = SiblingSet::decode(request.key, request.set);
    if (sound) {
        m_ports.hints.keep(*request.hintFor, m_ports.replica.slot(request.key), request.key, request.set,
                           {from, request.trace.value}, answer);
        return;
    }
    m_ports.replica.integrity().foundDamagedMessage(request.key, QStringLiteral("as a hint"));
    answer(tl::make_unexpected(sound.error()));
}

// Of what the coordinator itself has minted.
bool ReplicaService::knowsMoreThan(NodeId from, const wire::WriteRequest& request) const
{
    if (request.id.isNone())
        return false; // repair, of which nobody waits for an acknowledgement
    const Result<SiblingSet> fresh = SiblingSet::decode(request.key, request.set);
    return fresh && m_ports.replica.knowsMoreOf(m_ports.peers.actorOf(from), request.key, *fresh);
}

// Mostly a write that was overtaken by a later one. But where the minter's store was put back, merging would
// lose the write: its dot is that of another one here.
void ReplicaService::refuseAsForgetful(NodeId from, const wire::WriteRequest& request,
                                       const std::function<void(const Result<void>&)>& answer)
{
    answer(failure(ErrorCode::Conflict, QStringLiteral("it knows later writes of the coordinator's")));
    if (const Result<QByteArray> held = m_ports.replica.read(request.key); held && !held->isEmpty())
        reply(from, wire::WriteRequest{{}, request.budget, request.key, *held, std::nullopt});
}

void ReplicaService::handle(NodeId from, const wire::KeysRequest& request)
{
    if (request.last < request.slot) {
        const Error error{ErrorCode::Malformed,
                          QStringLiteral("The slots of a listing do not go around the top.")};
        return reply(from, wire::KeysReply{wire::replyTo(request), error, {}, false, {}, {}});
    }
    reply(from, listKeys(m_ports.store, m_ports.hints, request));
}

namespace {

Error overdue()
{
    return {ErrorCode::DeadlinePassed, QStringLiteral("the request came when its time was over")};
}

} // namespace

void ReplicaService::refuseAsOverdue(NodeId from, const wire::ReadRequest& request)
{
    reply(from, wire::ReadReply{wire::replyTo(request), overdue(), {}});
}

void ReplicaService::refuseAsOverdue(NodeId from, const wire::WriteRequest& request)
{
    if (!request.id.isNone())
        reply(from, wire::WriteReply{wire::replyTo(request), overdue()});
}

void ReplicaService::refuseAsOverdue(NodeId from, const wire::KeysRequest& request)
{
    reply(from, wire::KeysReply{wire::replyTo(request), overdue(), {}, false, {}, {}});
}

void ReplicaService::refuseAsOverdue(NodeId from, const wire::ForwardRequest& request)
{
    wire::ForwardReply refused;
    refused.to = wire::replyTo(request);
    refused.error = overdue();
    refused.coordinator = m_ports.peers.self();
    reply(from, refused);
}

void ReplicaService::reply(NodeId to, const wire::Message& message)
{
    // A reply that cannot be sent is a reply that was lost: the other side has its deadline.
    (void)m_ports.transport.send(to, wire::encode(message));
}

} // namespace ringmaster
