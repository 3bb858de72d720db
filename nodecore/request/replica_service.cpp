// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/request/replica_service.h"

#include "nodecore/request/keys_operation.h"

namespace ringmaster {

ReplicaService::ReplicaService(Replica& replica, HintStore& hints, Store& store, Transport& transport)
    : m_replica(replica)
    , m_hints(hints)
    , m_store(store)
    , m_transport(transport)
{}

void ReplicaService::handle(NodeId from, const wire::ReadRequest& request)
{
    Result<QByteArray> held = m_replica.readWithHints(request.key);
    if (held)
        reply(from, wire::ReadReply{request.id, std::nullopt, std::move(*held)});
    else
        reply(from, wire::ReadReply{request.id, held.error(), {}});
}

void ReplicaService::handle(NodeId from, const wire::WriteRequest& request)
{
    const auto answer = [this, from, id = request.id](const Result<void>& merged) {
        if (merged)
            reply(from, wire::WriteReply{id, std::nullopt});
        else
            reply(from, wire::WriteReply{id, merged.error()});
    };
    const Result<SiblingSet> sound = SiblingSet::decode(request.set);
    if (!sound)
        answer(tl::make_unexpected(sound.error()));
    else if (request.hintFor)
        m_hints.keep(*request.hintFor, m_replica.slot(request.key), request.key, request.set,
                     {from, request.trace.value}, answer);
    else
        m_replica.merge(request.key, request.set, answer);
}

void ReplicaService::handle(NodeId from, const wire::KeysRequest& request)
{
    if (request.last < request.slot) {
        const Error error{ErrorCode::Malformed,
                          QStringLiteral("The slots of a listing do not go around the top.")};
        return reply(from, wire::KeysReply{request.id, error, {}, false, {}, {}});
    }
    reply(from, listKeys(m_store, request));
}

void ReplicaService::reply(NodeId to, const wire::Message& message)
{
    // A reply that cannot be sent is a reply that was lost: the other side has its deadline.
    (void)m_transport.send(to, wire::encode(message));
}

} // namespace ringmaster
