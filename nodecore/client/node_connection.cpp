// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/client/node_connection.h"

namespace ringmaster {

NodeConnection::NodeConnection(QString host, quint16 port, QObject* parent)
    : QObject(parent)
    , m_host(std::move(host))
    , m_port(port)
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &NodeConnection::timedOut);
    connect(&m_socket, &QTcpSocket::connected, this, &NodeConnection::connected);
    connect(&m_socket, &QTcpSocket::readyRead, this, &NodeConnection::readAnswer);
    connect(&m_socket, &QTcpSocket::errorOccurred, this, &NodeConnection::ended);
    m_socket.setReadBufferSize(1024 * 1024);
}

void NodeConnection::send(const NodeRequest& request, std::chrono::milliseconds timeout, Done done)
{
    m_done = std::move(done);
    m_timeout = timeout;
    m_sent = false;
    m_parser.reset();
    const QString hostPart =
        m_host.contains(QLatin1Char(':')) ? QLatin1Char('[') + m_host + QLatin1Char(']') : m_host;
    m_wire = request.serialised(hostPart.toLatin1() + ':' + QByteArray::number(m_port));
    if (m_socket.state() == QAbstractSocket::ConnectedState) {
        connected();
        return;
    }
    m_socket.abort();
    m_timer.start(qMin(timeout, connectTimeout));
    m_socket.connectToHost(m_host, m_port);
}

void NodeConnection::connected()
{
    if (!isBusy())
        return;
    m_socket.setSocketOption(QAbstractSocket::LowDelayOption, 1);
    m_timer.start(m_timeout);
    m_sent = true;
    m_socket.write(m_wire);
    m_wire.clear();
    m_socket.flush(); // now, rather than after another turn of the event loop
}

void NodeConnection::readAnswer()
{
    const QByteArray bytes = m_socket.readAll();
    if (!isBusy()) {
        m_socket.abort(); // an answer to nothing: this connection is not to be trusted
        return;
    }
    m_parser.feed(bytes);
    if (m_parser.failed()) {
        fail(NodeFailure::Kind::BadAnswer, m_parser.problem());
    } else if (m_parser.finished()) {
        if (!m_parser.keepAlive())
            m_socket.disconnectFromHost();
        finish(NodeAnswer{m_parser.status(), m_parser.takeBody()});
    }
}

void NodeConnection::ended()
{
    if (!isBusy())
        return;
    const QString detail = m_socket.errorString();
    if (!m_sent) {
        fail(NodeFailure::Kind::NotConnected, detail);
        return;
    }
    if (m_socket.bytesAvailable() > 0)
        readAnswer();
    if (!isBusy())
        return;
    m_parser.end();
    if (m_parser.finished())
        finish(NodeAnswer{m_parser.status(), m_parser.takeBody()});
    else
        fail(NodeFailure::Kind::Broken, detail);
}

void NodeConnection::timedOut()
{
    const QString detail = m_sent ? QStringLiteral("no answer within %1 ms").arg(m_timeout.count())
                                  : QStringLiteral("no connection within %1 ms").arg(m_timer.interval());
    fail(m_sent ? NodeFailure::Kind::TimedOut : NodeFailure::Kind::NotConnected, detail);
}

void NodeConnection::fail(NodeFailure::Kind kind, const QString& detail)
{
    // Taken first, so that the socket's own signals while it is aborted find nothing to fail.
    Done done = std::move(m_done);
    m_done = nullptr;
    m_timer.stop();
    m_socket.abort();
    if (done)
        done(tl::make_unexpected(NodeFailure{kind, detail}));
}

void NodeConnection::finish(NodeResult result)
{
    m_timer.stop();
    Done done = std::move(m_done);
    m_done = nullptr;
    if (done)
        done(std::move(result));
}

} // namespace ringmaster
