// SPDX-License-Identifier: GPL-3.0-or-later
// Qt HttpServer behind a guarded listener, with a handler of the test's: the stack of HttpServer without a
// node.
#pragma once

#include "nodecore/net/http_listener.h"
#include "nodecore/net/http_reply.h"

#include <QAbstractHttpServer>
#include <QHostAddress>

#include <functional>

namespace ringmaster {

class HttpTestServer final : public QAbstractHttpServer {
public:
    using Handler = std::function<void(HttpRequest&, const HttpReply&)>;

    HttpTestServer(HttpListenerOptions options, Handler handler)
        : m_handler(std::move(handler))
    {
        if (!options.judgeWebSocket)
            options.judgeWebSocket = [](const HttpRequest&) { return std::nullopt; };
        m_listener = new HttpListener(std::move(options), HostPolicy({}, {}));
        m_listener->listen(QHostAddress::LocalHost);
        bind(m_listener);
    }

    quint16 port() const { return m_listener->serverPort(); }
    int connectionCount() const { return m_listener->connectionCount(); }

protected:
    bool handleRequest(const QHttpServerRequest&, QTcpSocket* socket) override
    {
        auto& connection = *static_cast<HttpConnection*>(socket);
        m_handler(connection.request(), HttpReply(connection));
        return true;
    }
    void missingHandler(const QHttpServerRequest&, QTcpSocket*) override {}

private:
    Handler m_handler;
    HttpListener* m_listener = nullptr; // owned by this, as QObject's child
};

} // namespace ringmaster
