// SPDX-License-Identifier: GPL-3.0-or-later
// One kept-alive HTTP/1.1 connection to one node: one request at a time, never sent twice.
//
// QNetworkAccessManager is not used for this: it sends a request again by itself when a kept-alive
// connection breaks, and a write that is sent twice leaves a sibling that nobody wrote.
#pragma once

#include "nodecore/client/http_response_parser.h"
#include "nodecore/client/node_request.h"

#include <QObject>
#include <QTcpSocket>
#include <QTimer>

#include <chrono>
#include <functional>

namespace ringmaster {

class NodeConnection : public QObject {
    Q_OBJECT
public:
    using Done = std::function<void(NodeResult)>;

    NodeConnection(QString host, quint16 port, QObject* parent = nullptr);

    // Connects first if need be. Must not be busy. done runs exactly once, from the event loop; it must not
    // delete the connection, except by deleteLater().
    void send(const NodeRequest& request, std::chrono::milliseconds timeout, Done done);

    bool isBusy() const { return static_cast<bool>(m_done); }
    // Idle and connected: can take a request without a new handshake.
    bool isOpen() const { return !isBusy() && m_socket.state() == QAbstractSocket::ConnectedState; }

    static constexpr qsizetype maxAnswerBytes = 64 * 1024 * 1024;
    static constexpr std::chrono::milliseconds connectTimeout{2000};

private:
    void connected();
    void readAnswer();
    void ended();
    void timedOut();
    void fail(NodeFailure::Kind kind, const QString& detail);
    void finish(NodeResult result);

    QString m_host;
    quint16 m_port;
    QTcpSocket m_socket;
    QTimer m_timer;
    HttpResponseParser m_parser{maxAnswerBytes};
    QByteArray m_wire; // until it is sent
    bool m_sent = false;
    std::chrono::milliseconds m_timeout{0};
    Done m_done;
};

} // namespace ringmaster
