// SPDX-License-Identifier: GPL-3.0-or-later
// Answers the other nodes' questions to this node's own copy.
#pragma once

#include "nodecore/env/transport.h"
#include "nodecore/ring/peer_directory.h"
#include "nodecore/storage/replica.h"
#include "nodecore/wire/message.h"

namespace ringmaster {

class ReplicaService {
public:
    // All must outlive it.
    struct Ports {
        Replica& replica;
        HintStore& hints;
        Store& store;
        Transport& transport;
        const PeerDirectory& peers;
    };
    explicit ReplicaService(Ports ports)
        : m_ports(ports)
    {}

    void handle(NodeId from, const wire::ReadRequest& request);
    void handle(NodeId from, const wire::WriteRequest& request);
    void handle(NodeId from, const wire::KeysRequest& request);

    // Its budget has run out: it is answered with an error, and nothing is done. The sender has mostly given
    // it up and drops the answer; where it has not, it need not wait for its deadline.
    void refuseAsOverdue(NodeId from, const wire::ReadRequest& request);
    void refuseAsOverdue(NodeId from, const wire::WriteRequest& request);
    void refuseAsOverdue(NodeId from, const wire::KeysRequest& request);
    void refuseAsOverdue(NodeId from, const wire::ForwardRequest& request);

private:
    bool knowsMoreThan(NodeId from, const wire::WriteRequest& request) const;
    void refuseAsForgetful(NodeId from, const wire::WriteRequest& request,
                           const std::function<void(const Result<void>&)>& answer);
    void reply(NodeId to, const wire::Message& message);

    // Whoever asks sees an older ring: what it was told here would not count.
    std::optional<Error> refuseAsNoReplica(const Key& key) const;
    // A hint would stay with a node that has left the ring, or would keep it from being LEFT.
    std::optional<Error> refuseAsOutsider() const;

    Ports m_ports;
};

} // namespace ringmaster
