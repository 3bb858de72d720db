// SPDX-License-Identifier: GPL-3.0-or-later
// Accepts connections for Qt HttpServer, at most so many, and ends those that are over their time.
//
// One timer looks at all connections a few times in the shortest time-out; a timer each would cost every
// request two restarts.
#pragma once

#include "nodecore/base/types.h"
#include "nodecore/net/http_guard.h"
#include "nodecore/net/http_hosts.h"
#include "nodecore/net/system_turn_end.h"

#include <QTcpServer>
#include <QTimer>

#include <functional>
#include <vector>

namespace ringmaster {

class HttpConnection;

struct HttpListenerOptions {
    HttpLimits limits = {};
    int maxConnections = 4096;
    Duration idleTimeout = std::chrono::seconds(75);
    Duration headTimeout = std::chrono::seconds(10);
    Duration bodyTimeout = std::chrono::seconds(60);
    // Whether a WebSocket may be opened with this request; nothing: it may.
    std::function<std::optional<HttpRefusal>(const HttpRequest&)> judgeWebSocket = {};
};

class HttpListener : public QTcpServer {
public:
    HttpListener(HttpListenerOptions options, HostPolicy hosts);
    ~HttpListener() override;

    const HttpListenerOptions& options() const { return m_options; }
    const HostPolicy& hosts() const { return m_hosts; }
    int connectionCount() const { return static_cast<int>(m_connections.size()); }

    static MonoTime now();
    // Calls its flush() at the end of this turn of the event loop.
    void flushLater(HttpConnection* connection) { m_toFlush.push_back(connection); }
    void forget(HttpConnection* connection);

protected:
    void incomingConnection(qintptr descriptor) override;

private:
    void sweep();
    void flushAll();
    static void turnAway(int descriptor);

    HttpListenerOptions m_options;
    HostPolicy m_hosts;
    std::vector<HttpConnection*> m_connections;
    std::vector<HttpConnection*> m_toFlush; // null where it is gone
    QTimer m_sweeper;
    SystemTurnEnd m_turnEnd;
};

} // namespace ringmaster
