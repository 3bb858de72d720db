// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/client/node_pool.h"

namespace ringmaster {

namespace {

QUrl originOf(const QUrl& url)
{
    QUrl origin;
    origin.setScheme(url.scheme());
    origin.setHost(url.host());
    origin.setPort(url.port(NodePool::defaultPort));
    return origin;
}

} // namespace

NodePool::~NodePool()
{
    qDeleteAll(m_nodes);
}

void NodePool::send(const QUrl& node, NodeRequest request, std::chrono::milliseconds timeout, Done done)
{
    if (node.scheme() != QLatin1String("http") || node.host().isEmpty()) {
        const NodeFailure failure{
            NodeFailure::Kind::NotConnected,
            QStringLiteral("\"%1\" is no http://host:port address").arg(node.toString())};
        QMetaObject::invokeMethod(
            this, [done = std::move(done), failure] { done(tl::make_unexpected(failure)); },
            Qt::QueuedConnection);
        return;
    }
    const QUrl origin = originOf(node);
    Node*& to = m_nodes[origin];
    if (to == nullptr)
        to = new Node;
    to->waiting.push_back({std::move(request), timeout, std::move(done)});
    pump(origin);
}

NodeConnection* NodePool::idleConnection(const QUrl& node, Node& to)
{
    NodeConnection* closed = nullptr;
    for (NodeConnection* connection : to.connections) {
        if (connection->isOpen())
            return connection;
        if (!connection->isBusy())
            closed = connection;
    }
    if (closed != nullptr || to.connections.size() >= maxPerNode)
        return closed;
    auto* connection = new NodeConnection(node.host(), static_cast<quint16>(node.port()), this);
    to.connections.push_back(connection);
    return connection;
}

void NodePool::pump(const QUrl& node)
{
    Node& to = *m_nodes.value(node);
    while (!to.waiting.empty()) {
        NodeConnection* connection = idleConnection(node, to);
        if (connection == nullptr)
            return;
        Waiting next = std::move(to.waiting.front());
        to.waiting.pop_front();
        connection->send(next.request, next.timeout,
                         [this, node, done = std::move(next.done)](NodeResult result) {
                             // Queued, so that the receiver may do as it likes, also delete us, with no
                             // socket on the stack.
                             QMetaObject::invokeMethod(
                                 this,
                                 [this, node, done, result = std::move(result)]() mutable {
                                     pump(node);
                                     done(std::move(result));
                                 },
                                 Qt::QueuedConnection);
                         });
    }
}

} // namespace ringmaster
