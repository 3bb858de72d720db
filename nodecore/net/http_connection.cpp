// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/http_connection.h"

#include "nodecore/net/http_listener.h"

#include <QHostAddress>
#include <QSocketNotifier>

#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace ringmaster {

namespace {

// What Qt HttpServer is shown in place of each request.
constexpr QByteArrayView shownRequest = "GET / HTTP/1.1\r\n\r\n";

constexpr qsizetype readAhead = 4096;
constexpr qsizetype bodyRead = 256 * 1024;
constexpr qsizetype keptBuffer = 8192;           // larger buffers are given back between requests
constexpr qsizetype slowestProgress = 64 * 1024; // an answer may take bodyTimeout for each of these
constexpr int requestsATurn = 16;
constexpr Duration lingerTime = std::chrono::seconds(2);

} // namespace

HttpConnection::HttpConnection(HttpListener& listener, int descriptor)
    : QTcpSocket(&listener)
    , m_listener(listener)
    , m_descriptor(descriptor)
    , m_reader(new QSocketNotifier(descriptor, QSocketNotifier::Read, this))
    , m_guard(listener.options().limits)
    , m_given(shownRequest.size())
    , m_deadline(HttpListener::now() + listener.options().idleTimeout)
{
    sockaddr_storage peer{};
    socklen_t size = sizeof(peer);
    if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) == 0)
        setPeerAddress(QHostAddress(reinterpret_cast<const sockaddr*>(&peer)));
    QIODevice::open(QIODevice::ReadWrite);
    setSocketState(ConnectedState);
    connect(m_reader, &QSocketNotifier::activated, this, [this] { onReadable(); });
}

HttpConnection::~HttpConnection()
{
    if (m_state == State::HandedOver)
        return;
    m_listener.forget(this);
    releaseDescriptor();
    setSocketState(UnconnectedState);
}

// ---- Qt HttpServer's side -------------------------------------------------------------------------------

qint64 HttpConnection::readData(char* to, qint64 maxBytes)
{
    if (isWebSocket())
        return QTcpSocket::readData(to, maxBytes);
    const qint64 here = std::min<qint64>(maxBytes, shownRequest.size() - m_given);
    std::memcpy(to, shownRequest.data() + m_given, static_cast<size_t>(here));
    m_given += static_cast<qsizetype>(here);
    return here;
}

qint64 HttpConnection::bytesAvailable() const
{
    if (isWebSocket())
        return QTcpSocket::bytesAvailable();
    return QIODevice::bytesAvailable() + shownRequest.size() - m_given;
}

void HttpConnection::disconnectFromHost()
{
    if (isWebSocket())
        QTcpSocket::disconnectFromHost();
    else
        drop();
}

void HttpConnection::close()
{
    if (isWebSocket())
        QTcpSocket::close();
    else
        drop();
}

// ---- receiving ------------------------------------------------------------------------------------------

void HttpConnection::onReadable()
{
    switch (m_state) {
    case State::Head:
    case State::Chunks:
    case State::Handling:
    case State::Writing:
        receiveAhead();
        break;
    case State::Body:
        receiveBody();
        break;
    case State::Lingering:
        throwAway();
        return;
    case State::HandedOver:
    case State::Closed:
        return;
    }
    process();
}

qsizetype HttpConnection::receive(QByteArray& into, qsizetype most)
{
    const qsizetype before = into.size();
    if (into.capacity() < before + most)
        into.reserve(std::max(before + most, std::min(2 * before, before + 16 * most)));
    into.resize(before + most);
    const ssize_t got = ::recv(m_descriptor, into.data() + before, static_cast<size_t>(most), 0);
    into.resize(before + std::max<qsizetype>(got, 0));
    if (got == 0) {
        m_peerIsDone = true;
        m_reader->setEnabled(false);
    } else if (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
        drop();
    }
    return std::max<qsizetype>(got, 0);
}

void HttpConnection::receiveAhead()
{
    receive(m_in, m_state == State::Chunks ? bodyRead : readAhead);
    // A client may send its next requests ahead, but only so much of them is kept here.
    if (m_state != State::Chunks && m_in.size() > m_listener.options().limits.headBytes)
        m_reader->setEnabled(false);
}

void HttpConnection::receiveBody()
{
    const qsizetype left = static_cast<qsizetype>(request().contentLength) - m_body.size();
    receive(m_body, std::min(left, bodyRead));
}

void HttpConnection::throwAway()
{
    char waste[16 * 1024];
    const ssize_t got = ::recv(m_descriptor, waste, sizeof(waste), 0);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
        drop();
}

// ---- from bytes to a request ----------------------------------------------------------------------------

void HttpConnection::process()
{
    if (m_isProcessing)
        return;
    m_isProcessing = true;
    int turns = 0;
    while (turns < requestsATurn && advance())
        ++turns;
    m_isProcessing = false;
    if (isReading() && !m_peerIsDone)
        m_reader->setEnabled(true); // where too much had come ahead
    // Others want their turn too.
    if (turns == requestsATurn)
        QMetaObject::invokeMethod(
            this, [this] { process(); }, Qt::QueuedConnection);
}

bool HttpConnection::advance()
{
    const State before = m_state;
    bool more = false;
    switch (m_state) {
    case State::Head:
        more = !m_in.isEmpty() && judgeHead();
        break;
    case State::Body:
        more = m_body.size() == static_cast<qsizetype>(request().contentLength) && dispatch();
        break;
    case State::Chunks:
        more = feedChunks();
        break;
    case State::Handling:
    case State::Writing:
    case State::Lingering:
    case State::HandedOver:
    case State::Closed:
        return false;
    }
    if (!more && m_peerIsDone && isReading() && m_state == before)
        drop();
    return more;
}

bool HttpConnection::isReading() const
{
    return m_state == State::Head || m_state == State::Body || m_state == State::Chunks;
}

bool HttpConnection::judgeHead()
{
    if (std::exchange(m_guardIsUsed, false))
        m_guard.reset();
    switch (m_guard.judge(m_in)) {
    case HttpGuard::Verdict::NeedMore:
        if (!std::exchange(m_headBegan, true))
            m_deadline = HttpListener::now() + m_listener.options().headTimeout;
        return false;
    case HttpGuard::Verdict::Refuse:
        refuse(m_guard.refusal());
        return false;
    case HttpGuard::Verdict::Accept:
        break;
    }
    return beginRequest();
}

bool HttpConnection::beginRequest()
{
    const HttpRequest& judged = request();
    m_keepAlive = judged.keepAlive;
    m_isHeadRequest = judged.isHead();
    if (const auto refusal = m_listener.hosts().judge(judged)) {
        refuse(*refusal);
        return false;
    }
    if (judged.contentLength > 0 || judged.isChunked)
        return beginBody();
    if (judged.wantsWebSocket) {
        if (const auto refusal = m_listener.options().judgeWebSocket(judged))
            refuse(*refusal);
        else
            handOver();
        return false;
    }
    const qsizetype headBytes = m_guard.headBytes();
    const bool more = dispatch();
    consume(headBytes);
    return more;
}

bool HttpConnection::beginBody()
{
    // The request points into m_in, which is about to change: judge it again where it will stay.
    m_head = m_in.first(m_guard.headBytes());
    consume(m_head.size());
    m_guard.reset();
    m_guard.judge(m_head);

    const HttpRequest& judged = request();
    m_state = judged.isChunked ? State::Chunks : State::Body;
    m_deadline = HttpListener::now() + m_listener.options().bodyTimeout;
    if (judged.isChunked) {
        const HttpLimits& limits = m_listener.options().limits;
        m_chunks.emplace(limits.bodyBytes, limits.headBytes);
    } else {
        const qsizetype here = std::min(m_in.size(), static_cast<qsizetype>(judged.contentLength));
        m_body = m_in.first(here);
        consume(here);
    }
    if (judged.expectsContinue && m_body.isEmpty() && m_in.isEmpty())
        send("HTTP/1.1 100 Continue\r\n\r\n", {});
    return m_state != State::Closed;
}

bool HttpConnection::feedChunks()
{
    qsizetype used = 0;
    const ChunkDecoder::Verdict verdict = m_chunks->feed(m_in, used, m_body);
    consume(used);
    switch (verdict) {
    case ChunkDecoder::Verdict::NeedMore:
        return false;
    case ChunkDecoder::Verdict::Refuse:
        refuse(m_chunks->refusal());
        return false;
    case ChunkDecoder::Verdict::Done:
        break;
    }
    return dispatch();
}

bool HttpConnection::dispatch()
{
    request().body = std::exchange(m_body, {});
    m_state = State::Handling;
    m_given = 0;
    Q_EMIT readyRead(); // Qt reads the constant request and calls the handler, which may answer at once
    return m_state == State::Head;
}

void HttpConnection::consume(qsizetype bytes)
{
    if (m_state == State::Closed || m_state == State::Lingering)
        return;
    if (bytes < m_in.size())
        m_in.remove(0, bytes);
    else if (m_in.capacity() > keptBuffer)
        m_in = {};
    else
        m_in.resize(0);
}

// ---- the answer -----------------------------------------------------------------------------------------

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
