// SPDX-License-Identifier: GPL-3.0-or-later
// The Datagrams of a real node: one UDP socket beside the peers' TCP port, with the same number.
//
// Host names are looked up once a minute; what is sent meanwhile to one that was never found is lost.
// Datagrams come from anybody: nothing is believed here, and one turn of the event loop reads a bounded
// number of them.
#pragma once

#include "nodecore/base/result.h"
#include "nodecore/env/datagrams.h"

#include <QElapsedTimer>
#include <QHash>
#include <QHostAddress>
#include <QObject>
#include <QUdpSocket>

#include <functional>

namespace ringmaster {

class PeerDatagrams final : public QObject, public Datagrams {
    Q_OBJECT
public:
    using Receiver = std::function<void(const QString& fromAddress, QByteArrayView datagram)>;

    explicit PeerDatagrams(QObject* parent = nullptr);

    // Takes the port; 0 picks a free one. May be called again where the port turned out useless. Unavailable
    // where it cannot be had.
    [[nodiscard]] Result<void> listen(const QHostAddress& address, quint16 port);
    quint16 port() const { return m_socket.localPort(); }

    // Called from the event loop for each datagram; none: they wait in the system's buffer, or are lost
    // there.
    void setReceiver(Receiver receiver);

    void send(NodeId to, const QString& address, const QByteArray& datagram) override;

private:
    struct Place {
        QHostAddress host; // null while it was never found
        quint16 port = 0;
        QElapsedTimer lookedUp;
    };
    static constexpr qsizetype maxPlaces = 8192;

    Place* placeOf(const QString& address);
    void lookUp(const QString& address, const QString& name);
    void readSome();

    QUdpSocket m_socket;
    Receiver m_receiver;
    QHash<QString, Place> m_places;
};

} // namespace ringmaster
