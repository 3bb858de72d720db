// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/http_server.h"

#include "nodecore/net/api_routes.h"
#include "nodecore/net/event_broadcaster.h"
#include "nodecore/net/http_listener.h"
#include "nodecore/net/http_reply.h"
#include "nodecore/net/system_address.h"

#include <QAbstractHttpServer>

namespace ringmaster {

namespace {

// Every socket that Qt hands over comes from our HttpListener, so it is an HttpConnection.
class QtServer final : public QAbstractHttpServer {
public:
    explicit QtServer(std::function<void(HttpConnection&)> handle)
        : m_handle(std::move(handle))
    {}

protected:
    bool handleRequest(const QHttpServerRequest&, QTcpSocket* socket) override
    {
        m_handle(*static_cast<HttpConnection*>(socket));
        return true;
    }
    void missingHandler(const QHttpServerRequest&, QTcpSocket*) override {}

private:
    std::function<void(HttpConnection&)> m_handle;
};

} // namespace

class HttpServer::Impl {
public:
    Impl(Node& node, HttpServerOptions given, HttpServer& owner);

    [[nodiscard]] Result<void> listen(const QString& address);
    QString listeningAddress() const;

    EventBroadcaster& events() { return m_events; }

private:
    void handle(HttpConnection& connection);
    void takeWebSockets();
    HttpListenerOptions listenerOptions();
    std::optional<HttpRefusal> judgeWebSocket(const HttpRequest& request) const;

    HttpServer& m_owner;
    HttpServerOptions m_options;
    ApiRoutes m_routes;
    QtServer m_server; // owns the listener, and that its connections
    HttpListener* m_listener = nullptr;
    EventBroadcaster m_events; // last: its WebSockets go before the sockets under them
};

HttpServer::Impl::Impl(Node& node, HttpServerOptions given, HttpServer& owner)
    : m_owner(owner)
    , m_options(std::move(given))
    , m_routes(node, m_options.queuedPeerBytes, m_options.faults)
    , m_server([this](HttpConnection& connection) { handle(connection); })
    , m_events(node, m_options.queuedPeerBytes)
{
    QObject::connect(&m_server, &QAbstractHttpServer::newWebSocketConnection, &m_events,
                     [this] { takeWebSockets(); });
}

void HttpServer::Impl::handle(HttpConnection& connection)
{
    m_routes.handle(connection.request(), HttpReply(connection));
    Q_EMIT m_owner.nodeTouched();
}

void HttpServer::Impl::takeWebSockets()
{
    while (m_server.hasPendingWebSocketConnections()) {
        std::unique_ptr<QWebSocket> socket = m_server.nextPendingWebSocketConnection();
        if (!m_events.isFull())
            m_events.add(std::move(socket));
    }
}

std::optional<HttpRefusal> HttpServer::Impl::judgeWebSocket(const HttpRequest& request) const
{
    if (auto refusal = ApiRoutes::judgeWebSocket(request))
        return refusal;
    if (m_events.isFull()) {
        return HttpRefusal{503, "unavailable",
                           QStringLiteral("%1 programs listen to this node already. Listen to another one.")
                               .arg(EventBroadcaster::maxListeners)};
    }
    return std::nullopt;
}

HttpListenerOptions HttpServer::Impl::listenerOptions()
{
    HttpListenerOptions options;
    options.limits.headBytes = m_options.maxHeadBytes;
    options.limits.fields = m_options.maxHeaders;
    options.limits.bodyBytes = m_options.maxBodyBytes;
    options.maxConnections = m_options.maxConnections;
    options.idleTimeout = m_options.idleTimeout;
    options.headTimeout = m_options.headTimeout;
    options.bodyTimeout = m_options.bodyTimeout;
    options.judgeWebSocket = [this](const HttpRequest& request) { return judgeWebSocket(request); };
    return options;
}

Result<void> HttpServer::Impl::listen(const QString& text)
{
    const Result<HostPort> where = HostPort::parse(text);
    if (!where)
        return tl::make_unexpected(where.error());
    const Result<QHostAddress> address = where->resolved();
    if (!address)
        return tl::make_unexpected(address.error());

    auto listener =
        std::make_unique<HttpListener>(listenerOptions(), HostPolicy(where->host, m_options.allowedHosts));
    if (!listener->listen(*address, where->port)) {
        return failure(
            ErrorCode::Unavailable,
            QStringLiteral("Cannot serve HTTP on %1: %2. Stop the program that uses this address, or "
                           "choose another one.")
                .arg(text, listener->errorString()));
    }
    m_listener = listener.release();
    m_server.bind(m_listener);
    return {};
}

QString HttpServer::Impl::listeningAddress() const
{
    if (!m_listener)
        return {};
    return HostPort{m_listener->serverAddress().toString(), m_listener->serverPort()}.toString();
}

HttpServer::HttpServer(Node& node, HttpServerOptions options, QObject* parent)
    : QObject(parent)
    , m_impl(std::make_unique<Impl>(node, std::move(options), *this))
{}

HttpServer::~HttpServer() = default;

Result<void> HttpServer::listen(const QString& address)
{
    return m_impl->listen(address);
}

QString HttpServer::listeningAddress() const
{
    return m_impl->listeningAddress();
}

void HttpServer::announceMembers()
{
    m_impl->events().announceMembers();
}

void HttpServer::announceRing()
{
    m_impl->events().announceRing();
}

void HttpServer::announceRequest(const NodeObserver::RequestSummary& summary)
{
    m_impl->events().announceRequest(summary);
}

void HttpServer::announceHintsReturned(NodeId owner, quint64 hints)
{
    m_impl->events().announceHintsReturned(owner, hints);
}

void HttpServer::announceRemoving(NodeId member, Duration absent)
{
    m_impl->events().announceRemoving(member, absent);
}

} // namespace ringmaster
