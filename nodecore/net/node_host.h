// SPDX-License-Identifier: GPL-3.0-or-later
// A node with its outside: wires a Node to its clock, its peers' transport and its HTTP server, and drives it
// from this thread's event loop. Several may live in one process.
#pragma once

#include "nodecore/net/http_server.h"
#include "nodecore/net/peer_transport.h"
#include "nodecore/node/node.h"

#include <QObject>

#include <functional>
#include <memory>

namespace ringmaster {

struct NodeHostOptions {
    // httpAddress and peerAddress are where to listen; the node is told what came of it (the port, where 0
    // was asked for; the advertised host).
    NodeConfig node;
    // The host that clients and peers are told. Empty: the one that is listened on, or the machine's name
    // where that is a wildcard (0.0.0.0).
    QString advertisedHost;
    PeerTransportOptions peers;
    HttpServerOptions http;
    // Faults may be injected over HTTP (POST /api/v1/faults), by whoever can reach the node: for demos and
    // tests.
    bool faultInjection = false;
};

class NodeHost : public QObject {
    Q_OBJECT
public:
    // level is "debug", "info", "warning" or "error".
    using Log = std::function<void(const char* level, const QString& line)>;

    // Takes the addresses and makes the node; nobody hears of it before start(). store must outlive the
    // host. Unavailable: an address cannot be had; Malformed: the configuration contradicts itself; else what
    // the store remembers does not fit (see Node::create).
    [[nodiscard]] static Result<std::unique_ptr<NodeHost>> create(NodeHostOptions options, Store& store,
                                                                  Log log);
    // Ends at once: clients and peers see their connections close.
    ~NodeHost() override;

    void start();

    Node& node();
    const Node& node() const;
    QString httpAddress() const; // as listened on, with the port taken
    QString peerAddress() const;
    int linkCount() const;

Q_SIGNALS:
    // The node serves for the first time.
    void serving();
    // The cluster has removed this node, for good: it will not serve again.
    void removed();
    // What is on disk is unknown from here on: the program must end.
    void storeFailed(const QString& reason);
    // See PeerHandler::refused.
    void refused(const QString& address, const ringmaster::Refusal& why);

private:
    class Impl;
    explicit NodeHost(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

} // namespace ringmaster
