// SPDX-License-Identifier: GPL-3.0-or-later
// One coordinated write or delete, on a node that is a replica of the key: mints the dot here, waits until
// it is durable here, and only then sends the set to the other replicas; answers at W.
#pragma once

#include "nodecore/request/operation.h"

namespace ringmaster {

class WriteOperation {
public:
    WriteOperation(wire::RequestId id, const OperationPorts& ports, PutRequest request, int quorum,
                   int primaryQuorum, OperationTime time, PutCallback done);

    // True where the write may begin: mint(request()) next. False where its quorum cannot be met; the client
    // has been told and nothing was written.
    [[nodiscard]] bool start();
    const PutRequest& request() const { return m_request; }

    // The dot is durable here, or never will be.
    void minted(const Result<Replica::Minted>& minted);
    void replied(NodeId from, const wire::WriteReply& reply);
    void lost(NodeId node);
    void deadlineReached();

    bool finished() const { return m_done == nullptr; }

private:
    void sendToReplicas();
    void conclude();
    void fail(RequestFailure failure);

    wire::RequestId m_id;
    const OperationPorts& m_ports;
    PutRequest m_request;
    OperationTime m_time;
    std::vector<NodeId> m_preferenceList;
    QuorumTally m_tally;
    std::optional<Replica::Minted> m_minted;
    PutCallback m_done; // null once called
};

} // namespace ringmaster
