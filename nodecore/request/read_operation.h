// SPDX-License-Identifier: GPL-3.0-or-later
// One coordinated read: asks as many replicas as the quorum needs, this node first, and more where those are
// silent or lost; answers with the merge of the first R replies.
#pragma once

#include "nodecore/request/operation.h"

namespace ringmaster {

class ReadOperation {
public:
    // rotation spreads the load over the other replicas: any number that changes from read to read.
    ReadOperation(wire::RequestId id, const OperationPorts& ports, GetRequest request, int quorum,
                  int primaryQuorum, OperationTime time, quint64 rotation, GetCallback done);

    void start();
    void replied(NodeId from, const wire::ReadReply& reply);
    void lost(NodeId node);
    // The replicas asked so far are slow: ask the others too.
    void askEveryone();
    void deadlineReached();

    bool finished() const { return m_done == nullptr; }
    OperationTime time() const { return m_time; }

private:
    void ask(NodeId node);
    void take(NodeId from, const Result<QByteArray>& held);
    void askForShortfall();
    void conclude();
    void answer();
    void fail(RequestFailure failure);

    wire::RequestId m_id;
    const OperationPorts& m_ports;
    GetRequest m_request;
    OperationTime m_time;
    quint64 m_rotation;
    int m_n = 0;
    QuorumTally m_tally;
    std::vector<QByteArray> m_replies; // encoded sets
    GetCallback m_done;                // null once called
};

} // namespace ringmaster
