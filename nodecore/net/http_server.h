// SPDX-License-Identifier: GPL-3.0-or-later
// The outside of a node over HTTP and WebSocket: the native API (API.md), guarded.
//
// Runs on the node's thread. Connections, heads, bodies and idle time are bounded before Qt HttpServer sees a
// byte; see http_guard.h.
#pragma once

#include "nodecore/base/result.h"
#include "nodecore/net/http_guard.h"
#include "nodecore/node/node.h"

#include <QObject>

#include <functional>
#include <memory>

namespace ringmaster {

class NodeFaults;

struct HttpServerOptions {
    qsizetype maxHeadBytes = HttpLimits().headBytes;
    int maxHeaders = 64;
    qsizetype maxBodyBytes = 1024 * 1024; // larger bodies: 413. The node's maxValueBytes, usually.
    int maxConnections = 4096;
    Duration idleTimeout = std::chrono::seconds(75);
    Duration headTimeout = std::chrono::seconds(10); // from the first byte of a head to its end
    Duration bodyTimeout = std::chrono::seconds(60);
    // Besides the listening address, localhost and numeric addresses, hosts that a request may name.
    QStringList allowedHosts;
    // For the statistics: what waits to be sent to the peers. May be empty.
    std::function<qint64()> queuedPeerBytes;
    // Those that may be injected; must outlive the server. Null: none may.
    NodeFaults* faults = nullptr;
};

class HttpServer : public QObject {
    Q_OBJECT
public:
    // node must outlive the server.
    HttpServer(Node& node, HttpServerOptions options = {}, QObject* parent = nullptr);
    ~HttpServer() override;

    // host:port; port 0 picks a free one. Unavailable, with what to do, where it cannot be had.
    [[nodiscard]] Result<void> listen(const QString& address);
    QString listeningAddress() const;

    // To be called from the node's observer.
    void announceMembers();
    void announceRing();
    void announceRequest(const NodeObserver::RequestSummary& summary);
    void announceHintsReturned(NodeId owner, quint64 hints);
    void announceRemoving(NodeId member, Duration absent);

Q_SIGNALS:
    // The doors of the node were used, so its nextDue() may have moved.
    void nodeTouched();

private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace ringmaster
