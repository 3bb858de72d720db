// SPDX-License-Identifier: GPL-3.0-or-later
// HttpConnection: the answer, and the end.
#include "nodecore/net/http_connection.h"
#include "nodecore/net/http_listener.h"

#include <QSocketNotifier>

#include <sys/socket.h>
#include <unistd.h>

namespace ringmaster {

namespace {

constexpr Duration lingerTime = std::chrono::seconds(2);

} // namespace

void HttpConnection::answer(quint64 serial, const HttpAnswer& answer)
{
    if (serial != m_serial || m_state != State::Handling)
        return;
    write(answer, !m_isHeadRequest, m_keepAlive);
}

void HttpConnection::refuse(const HttpRefusal& refusal)
{
    write(errorAnswer(refusal), !m_isHeadRequest, false);
}

// The answers of one turn of the event loop go out together at its end: a client that waits for several is
// woken once, and does not take the processor from us after each.
void HttpConnection::write(const HttpAnswer& answer, bool withBody, bool keepAlive)
{
    ++m_serial;
    m_keepAlive = keepAlive;
    m_state = State::Writing;
    m_output.put(answer, withBody, keepAlive);
    m_isFlushPending = true;
    m_listener.flushLater(this);
}

void HttpConnection::flush()
{
    m_isFlushPending = false;
    if (m_state != State::Writing)
        return;
    switch (m_output.sendTo(m_descriptor)) {
    case HttpOutput::Outcome::Done:
        if (m_writer)
            m_writer->setEnabled(false);
        finishAnswer();
        return;
    case HttpOutput::Outcome::Broken:
        drop();
        return;
    case HttpOutput::Outcome::Blocked:
        break;
    }
    if (!m_writer) {
        m_writer = new QSocketNotifier(m_descriptor, QSocketNotifier::Write, this);
        connect(m_writer, &QSocketNotifier::activated, this, [this] { flush(); });
    }
    m_writer->setEnabled(true);
    if (m_output.sent() - m_sentAtDeadline >= slowestProgress) {
        m_sentAtDeadline = m_output.sent();
        m_deadline = HttpListener::now() + m_listener.options().bodyTimeout;
    }
}

void HttpConnection::finishAnswer()
{
    if (!m_keepAlive) {
        linger();
        return;
    }
    m_state = State::Head;
    m_isHeadRequest = false;
    m_headBegan = false;
    m_guard.reset();
    m_sentAtDeadline = -slowestProgress;
    m_deadline = HttpListener::now() + m_listener.options().idleTimeout;
    if (!m_in.isEmpty() || m_peerIsDone) {
        QMetaObject::invokeMethod(
            this, [this] { process(); }, Qt::QueuedConnection);
    }
}

// ---- the end --------------------------------------------------------------------------------------------

// To close with bytes unread would reset the connection, and the client might lose the answer with it.
void HttpConnection::linger()
{
    m_state = State::Lingering;
    ::shutdown(m_descriptor, SHUT_WR);
    if (m_peerIsDone) {
        drop();
        return;
    }
    m_reader->setEnabled(true);
    m_deadline = HttpListener::now() + std::min(lingerTime, m_listener.options().bodyTimeout);
}

void HttpConnection::checkDeadline(MonoTime now)
{
    if (now < m_deadline || m_isFlushPending || m_state == State::Handling || m_state == State::HandedOver ||
        m_state == State::Closed)
        return;
    const bool isHalfWayIn =
        (m_state == State::Head && !m_in.isEmpty()) || m_state == State::Body || m_state == State::Chunks;
    if (isHalfWayIn) {
        refuse({408, "too_slow",
                QStringLiteral("The rest of the request did not come in time. Nothing was stored.")});
    } else {
        drop();
    }
}

// The end of this as a guarded connection: Qt HttpServer takes the WebSocket's handshake from here.
void HttpConnection::handOver()
{
    const int descriptor = std::exchange(m_descriptor, -1);
    const QByteArray received = std::exchange(m_in, {});
    releaseDescriptor();
    m_state = State::HandedOver;
    m_listener.forget(this);
    if (!setSocketDescriptor(descriptor)) {
        ::close(descriptor);
        QTcpSocket::disconnectFromHost();
        return;
    }
    for (qsizetype i = received.size() - 1; i >= 0; --i)
        ungetChar(received[i]);
    Q_EMIT readyRead();
}

void HttpConnection::releaseDescriptor()
{
    // This may run inside a notifier's own signal.
    for (QSocketNotifier* notifier : {m_reader, m_writer}) {
        if (notifier)
            notifier->setEnabled(false);
    }
    if (m_descriptor >= 0)
        ::close(std::exchange(m_descriptor, -1));
}

void HttpConnection::drop()
{
    if (m_state == State::Closed)
        return;
    m_state = State::Closed;
    ++m_serial;
    releaseDescriptor();
    setSocketState(UnconnectedState);
    Q_EMIT disconnected(); // Qt HttpServer deletes this
}

} // namespace ringmaster
