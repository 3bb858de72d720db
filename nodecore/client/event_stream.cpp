// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/client/event_stream.h"

#include <QJsonDocument>

namespace ringmaster {

namespace {

constexpr qint64 retryMs = 1000;

} // namespace

EventStream::EventStream(QObject* parent)
    : QObject(parent)
{
    m_socket.setMaxAllowedIncomingMessageSize(maxMessageBytes);
    m_socket.setMaxAllowedIncomingFrameSize(maxMessageBytes);
    connect(&m_socket, &QWebSocket::connected, this, [this] { m_open = true; });
    connect(&m_socket, &QWebSocket::textMessageReceived, this, &EventStream::take);
    connect(&m_socket, &QWebSocket::disconnected, this, [this] {
        if (std::exchange(m_open, false))
            Q_EMIT lost();
    });
}

EventStream::~EventStream()
{
    // The socket tells of its end while it is destroyed; nobody is to hear of it then.
    m_socket.disconnect(this);
}

void EventStream::follow(const QUrl& node)
{
    const bool waiting = m_sinceAttempt.isValid() && m_sinceAttempt.elapsed() < retryMs;
    if (node == m_node && (m_open || waiting))
        return;
    m_open = false;
    m_socket.abort();
    m_node = node;
    m_sinceEvent.invalidate();
    m_sinceAttempt.start();
    QUrl url = node;
    url.setScheme(QStringLiteral("ws"));
    url.setPath(QStringLiteral("/api/v1/events"));
    m_socket.open(url);
}

bool EventStream::isFlowing(std::chrono::milliseconds within) const
{
    return m_open && m_sinceEvent.isValid() && m_sinceEvent.elapsed() <= within.count();
}

void EventStream::take(const QString& message)
{
    m_sinceEvent.start();
    const QJsonDocument document = QJsonDocument::fromJson(message.toUtf8());
    if (document.isObject())
        Q_EMIT eventReceived(document.object());
}

} // namespace ringmaster
