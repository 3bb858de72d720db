// SPDX-License-Identifier: GPL-3.0-or-later
// One page of the cluster's keys, in the order of the ring.
//
// From the cursor on, as far as the slots have the same replicas, it asks as many of them as a read would
// and merges what they hold: a key that was acknowledged at W primaries is held by at least one of R
// replicas. One that was acknowledged while primaries were away may be with those only that stood in for
// them, and with any node: so every node that can be reached is asked for its hints too. A node that cannot
// be reached keeps its hints to itself; that alone does not fail the listing.
#pragma once

#include "nodecore/request/operation.h"

#include <set>

namespace ringmaster {

class KeysOperation {
public:
    struct Page {
        ObjectCursor from;
        QByteArray prefix;
        int limit = 0;
    };
    KeysOperation(wire::RequestId id, const OperationPorts& ports, Store& store, Page page, int quorum,
                  OperationTime time, KeysCallback done);

    void start();
    // False, and nothing changes, where it does not wait for that reply of that node.
    [[nodiscard]] bool replied(NodeId from, const wire::KeysReply& reply);
    void lost(NodeId node);
    void deadlineReached();

    bool finished() const { return m_done == nullptr; }

private:
    void askForShortfall();
    void askKeepersOfHints();
    void take(NodeId from, const wire::KeysReply& reply);
    void takeHinted(NodeId from, const wire::KeysReply& reply);
    void conclude();
    void answer();
    void fail(RequestFailure failure);

    const OperationPorts& m_ports;
    Store& m_store;
    wire::KeysRequest m_message;
    wire::KeysRequest m_hintsMessage;
    int m_limit = 0;
    OperationTime m_time;
    int m_n = 0;
    QuorumTally m_tally;
    std::set<NodeId> m_keepers; // asked for their hints, not answered yet
    std::vector<wire::KeysReply> m_replies;
    KeysCallback m_done; // null once called
};

// What a node says to a KeysRequest, of its own objects or of its hints: it looks at a bounded number of
// either a call.
wire::KeysReply listKeys(Store& store, HintStore& hints, const wire::KeysRequest& request);

} // namespace ringmaster
