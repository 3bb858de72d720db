// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/http_listener.h"

#include "nodecore/net/http_connection.h"

#include <algorithm>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace ringmaster {

namespace {

constexpr int listenBacklog = 1024;

std::chrono::milliseconds sweepInterval(const HttpListenerOptions& options)
{
    const Duration shortest = std::min({options.idleTimeout, options.headTimeout, options.bodyTimeout});
    const auto quarter = std::chrono::duration_cast<std::chrono::milliseconds>(shortest / 4);
    return std::clamp(quarter, std::chrono::milliseconds(5), std::chrono::milliseconds(1000));
}

} // namespace

HttpListener::HttpListener(HttpListenerOptions options, HostPolicy hosts)
    : m_options(std::move(options))
    , m_hosts(std::move(hosts))
    , m_turnEnd([this] { flushAll(); })
{
    setListenBacklogSize(listenBacklog);
    m_sweeper.setInterval(sweepInterval(m_options));
    connect(&m_sweeper, &QTimer::timeout, this, &HttpListener::sweep);
    // Out of descriptors, say: QTcpServer stops accepting for good. The sweep begins anew.
    connect(this, &QTcpServer::acceptError, this, [this] { m_sweeper.start(); });
}

HttpListener::~HttpListener()
{
    while (!m_connections.empty())
        delete m_connections.back();
}

MonoTime HttpListener::now()
{
    return {std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch())};
}

void HttpListener::incomingConnection(qintptr wideDescriptor)
{
    const int descriptor = static_cast<int>(wideDescriptor);
    fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
    if (connectionCount() >= m_options.maxConnections) {
        turnAway(descriptor);
        return;
    }
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    m_connections.push_back(new HttpConnection(*this, descriptor));
    if (!m_sweeper.isActive())
        m_sweeper.start();
    addPendingConnection(m_connections.back());
}

void HttpListener::turnAway(int descriptor)
{
    const HttpAnswer answer =
        errorAnswer(503, "unavailable",
                    QStringLiteral("This node serves as many connections as it may. Try again, or ask "
                                   "another node."));
    HttpHeadBuffer text;
    writeHead(text, answer, false);
    text.append(answer.body.constData(), answer.body.size());
    // Whether it arrives is the client's luck: a connection that is not there cannot be waited for.
    (void)::send(descriptor, text.constData(), static_cast<size_t>(text.size()), MSG_NOSIGNAL);
    ::shutdown(descriptor, SHUT_WR);
    ::close(descriptor);
}

void HttpListener::flushAll()
{
    // By index: to flush one may put another in, and may take one out.
    for (size_t i = 0; i < m_toFlush.size(); ++i) {
        if (HttpConnection* connection = m_toFlush[i])
            connection->flush();
    }
    m_toFlush.clear();
}

void HttpListener::forget(HttpConnection* connection)
{
    std::replace(m_toFlush.begin(), m_toFlush.end(), connection, static_cast<HttpConnection*>(nullptr));
    const auto found = std::find(m_connections.begin(), m_connections.end(), connection);
    if (found == m_connections.end())
        return;
    *found = m_connections.back();
    m_connections.pop_back();
}

void HttpListener::sweep()
{
    resumeAccepting();
    if (m_connections.empty())
        m_sweeper.stop();
    const MonoTime time = now();
    // A connection that ends here is deleted later, by Qt HttpServer, so the list holds still.
    for (HttpConnection* connection : m_connections)
        connection->checkDeadline(time);
}

} // namespace ringmaster
