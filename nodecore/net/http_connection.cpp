// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/http_connection.h"

#include "nodecore/net/http_listener.h"

#include <QHostAddress>
#include <QSocketNotifier>

#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>

namespace ringmaster {

namespace {

// What Qt HttpServer is shown in place of each request.
constexpr QByteArrayView shownRequest = "GET / HTTP/1.1\r\n\r\n";

constexpr qsizetype readAhead = 4096;
constexpr qsizetype bodyRead = 256 * 1024;
constexpr qsizetype keptBuffer = 8192; // larger buffers are given back between requests

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
    while (advance()) {
    }
    if (isReading() && !m_peerIsDone)
        m_reader->setEnabled(true); // where too much had come ahead
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
        if (m_body.size() == static_cast<qsizetype>(request().contentLength))
            dispatch();
        break;
    case State::Chunks:
        feedChunks();
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
    dispatch();
    consume(headBytes);
    return false;
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
        sayContinue();
    return m_state != State::Closed;
}

void HttpConnection::sayContinue()
{
    constexpr QByteArrayView go = "HTTP/1.1 100 Continue\r\n\r\n";
    const ssize_t sent = ::send(m_descriptor, go.data(), static_cast<size_t>(go.size()), MSG_NOSIGNAL);
    if (sent != go.size()) // to a client that has taken all before it
        drop();
}

void HttpConnection::feedChunks()
{
    qsizetype used = 0;
    const ChunkDecoder::Verdict verdict = m_chunks->feed(m_in, used, m_body);
    consume(used);
    switch (verdict) {
    case ChunkDecoder::Verdict::NeedMore:
        return;
    case ChunkDecoder::Verdict::Refuse:
        refuse(m_chunks->refusal());
        return;
    case ChunkDecoder::Verdict::Done:
        dispatch();
        return;
    }
}

void HttpConnection::dispatch()
{
    request().body = std::exchange(m_body, {});
    m_state = State::Handling;
    m_given = 0;
    Q_EMIT readyRead(); // Qt reads the constant request and calls the handler, which may answer at once
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

} // namespace ringmaster
