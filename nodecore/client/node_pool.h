// SPDX-License-Identifier: GPL-3.0-or-later
// Kept-alive connections to any number of nodes. Requests beyond maxPerNode at once wait their turn.
#pragma once

#include "nodecore/client/node_connection.h"

#include <QHash>
#include <QObject>
#include <QUrl>

#include <deque>
#include <vector>

namespace ringmaster {

class NodePool : public QObject {
    Q_OBJECT
public:
    static constexpr int maxPerNode = 32;
    static constexpr quint16 defaultPort = 80;

    using Done = NodeConnection::Done;
    using QObject::QObject;
    ~NodePool() override;

    // node: http://host:port, the rest of it is ignored. done runs exactly once, from the event loop, and may
    // delete the pool; never, once the pool is gone. The timeout counts from when the request is sent.
    void send(const QUrl& node, NodeRequest request, std::chrono::milliseconds timeout, Done done);

private:
    struct Waiting {
        NodeRequest request;
        std::chrono::milliseconds timeout;
        Done done;
    };
    struct Node {
        std::vector<NodeConnection*> connections; // children of the pool
        std::deque<Waiting> waiting;
    };

    void pump(const QUrl& node);
    NodeConnection* idleConnection(const QUrl& node, Node& to);

    QHash<QUrl, Node*> m_nodes; // owned
};

} // namespace ringmaster
