// SPDX-License-Identifier: GPL-3.0-or-later
// HttpConnection: the answer, and the end.
#include "nodecore/net/http_connection.h"
#include "nodecore/net/http_listener.h"

#include <QSocketNotifier>

#include <cerrno>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace ringmaster {

namespace {

constexpr qsizetype slowestProgress = 64 * 1024; // an answer may take bodyTimeout for each of these
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

void HttpConnection::write(const HttpAnswer& answer, bool withBody, bool keepAlive)
{
    m_keepAlive = keepAlive;
    m_state = State::Writing;
    HttpHeadBuffer head;
    writeHead(head, answer, keepAlive);
    send(QByteArrayView(head.constData(), head.size()), withBody ? answer.body : QByteArrayView());
    if (m_state == State::Writing && m_out.isEmpty())
        finishAnswer();
}

void HttpConnection::send(QByteArrayView head, QByteArrayView body)
{
    qsizetype sent = 0;
    if (m_out.isEmpty()) {
        iovec parts[] = {{const_cast<char*>(head.data()), static_cast<size_t>(head.size())},
                         {const_cast<char*>(body.data()), static_cast<size_t>(body.size())}};
        msghdr message{};
        message.msg_iov = parts;
        message.msg_iovlen = 2;
        const ssize_t got = ::sendmsg(m_descriptor, &message, MSG_NOSIGNAL);
        if (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
            drop();
            return;
        }
        sent = std::max<qsizetype>(got, 0);
    }
    if (sent == head.size() + body.size())
        return;
    m_out.append(head.sliced(std::min(sent, head.size())));
    m_out.append(body.sliced(std::max<qsizetype>(0, sent - head.size())));
    wantToWrite();
}

void HttpConnection::wantToWrite()
{
    if (m_state == State::Writing) {
        m_deadline = HttpListener::now() + m_listener.options().bodyTimeout;
        m_sentSinceDeadline = 0;
    }
    if (!m_writer) {
        m_writer = new QSocketNotifier(m_descriptor, QSocketNotifier::Write, this);
        connect(m_writer, &QSocketNotifier::activated, this, [this] { onWritable(); });
    }
    m_writer->setEnabled(true);
}

void HttpConnection::onWritable()
{
    if (m_descriptor < 0)
        return;
    const ssize_t got =
        ::send(m_descriptor, m_out.constData(), static_cast<size_t>(m_out.size()), MSG_NOSIGNAL);
    if (got < 0) {
        if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
            drop();
        return;
    }
    m_out.remove(0, got);
    m_sentSinceDeadline += got;
    if (m_out.isEmpty()) {
        m_out = {};
        m_writer->setEnabled(false);
        if (m_state == State::Writing)
            finishAnswer();
    } else if (m_state == State::Writing && m_sentSinceDeadline >= slowestProgress) {
        wantToWrite();
    }
}

void HttpConnection::finishAnswer()
{
    ++m_serial;
    if (!m_keepAlive) {
        linger();
        return;
    }
    m_state = State::Head;
    m_isHeadRequest = false;
    m_headBegan = false;
    m_guardIsUsed = true; // and may still be in use: by the handler that has just answered
    m_deadline = HttpListener::now() + m_listener.options().idleTimeout;
    if (!m_isProcessing && (!m_in.isEmpty() || m_peerIsDone)) {
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
    if (now < m_deadline || m_state == State::Handling || m_state == State::HandedOver ||
        m_state == State::Closed)
        return;
    const bool isHalfWayIn =
        (m_state == State::Head && !m_in.isEmpty()) || m_state == State::Body || m_state == State::Chunks;
    if (isHalfWayIn && m_out.isEmpty()) {
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
    m_out = {};
    setSocketState(UnconnectedState);
    Q_EMIT disconnected(); // Qt HttpServer deletes this
}

} // namespace ringmaster
