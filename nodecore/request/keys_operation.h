// SPDX-License-Identifier: GPL-3.0-or-later
// One page of the cluster's keys, in the order of the ring.
//
// From the cursor on, as far as the slots have the same replicas, it asks as many of them as a read would
// and merges what they hold: a key that was acknowledged at W is held by at least one of R replicas.
#pragma once

#include "nodecore/request/operation.h"

namespace ringmaster {

class KeysOperation {
public:
    KeysOperation(wire::RequestId id, const OperationPorts& ports, Store& store, ObjectCursor from,
                  QByteArray prefix, int limit, int quorum, OperationTime time, KeysCallback done);

    void start();
    // False, and nothing changes, where it does not wait for that reply of that node.
    [[nodiscard]] bool replied(NodeId from, const wire::KeysReply& reply);
    void lost(NodeId node);
    void deadlineReached();

    bool finished() const { return m_done == nullptr; }

private:
    void askForShortfall();
    void take(NodeId from, const wire::KeysReply& reply);
    void conclude();
    void answer();
    void fail(RequestFailure failure);

    const OperationPorts& m_ports;
    Store& m_store;
    wire::KeysRequest m_message;
    int m_limit = 0;
    OperationTime m_time;
    int m_n = 0;
    QuorumTally m_tally;
    std::vector<wire::KeysReply> m_replies;
    KeysCallback m_done; // null once called
};

// What one replica says to a KeysRequest: it looks at a bounded number of objects a call.
wire::KeysReply listKeys(Store& store, const wire::KeysRequest& request);

} // namespace ringmaster
