// SPDX-License-Identifier: GPL-3.0-or-later
// "Where does this key live, and what does each replica hold?" Asks every primary and waits for all of them
// or for the deadline. It decides nothing and repairs nothing: it looks.
#pragma once

#include "nodecore/request/operation.h"

namespace ringmaster {

class PlacementOperation {
public:
    PlacementOperation(wire::RequestId id, const OperationPorts& ports, Key key, Position position,
                       OperationTime time, PlacementCallback done);

    void start();
    // False, and nothing changes, where it does not wait for that reply of that node.
    [[nodiscard]] bool replied(NodeId from, const wire::ReadReply& reply);
    void lost(NodeId node);
    void deadlineReached();

    const Key& key() const { return m_key; }
    bool finished() const { return m_done == nullptr; }

private:
    PlacementReplica* waitingFor(NodeId node);
    void take(PlacementReplica& replica, const Result<QByteArray>& held);
    void concludeIfComplete();

    wire::RequestId m_id;
    const OperationPorts& m_ports;
    Key m_key;
    OperationTime m_time;
    PlacementView m_view;
    PlacementCallback m_done; // null once called
};

} // namespace ringmaster
