// SPDX-License-Identifier: GPL-3.0-or-later
// Answers the other nodes' questions to this node's own copy.
#pragma once

#include "nodecore/env/transport.h"
#include "nodecore/storage/replica.h"
#include "nodecore/wire/message.h"

namespace ringmaster {

class ReplicaService {
public:
    // All must outlive it.
    ReplicaService(Replica& replica, HintStore& hints, Store& store, Transport& transport);

    void handle(NodeId from, const wire::ReadRequest& request);
    void handle(NodeId from, const wire::WriteRequest& request);
    void handle(NodeId from, const wire::KeysRequest& request);

private:
    void reply(NodeId to, const wire::Message& message);

    Replica& m_replica;
    HintStore& m_hints;
    Store& m_store;
    Transport& m_transport;
};

} // namespace ringmaster
