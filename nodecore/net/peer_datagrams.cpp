// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/peer_datagrams.h"

#include "nodecore/net/system_address.h"

#include <QHostInfo>
#include <QNetworkDatagram>

namespace ringmaster {

namespace {

constexpr int datagramsATurn = 128;
constexpr qint64 lookUpEveryMs = 60'000;

// As members write it: an IPv4 address that came in by an IPv6 socket is one.
QString plain(const QHostAddress& address)
{
    bool isV4 = false;
    const quint32 v4 = address.toIPv4Address(&isV4);
    return isV4 ? QHostAddress(v4).toString() : address.toString();
}

} // namespace

PeerDatagrams::PeerDatagrams(QObject* parent)
    : QObject(parent)
{
    connect(&m_socket, &QUdpSocket::readyRead, this, &PeerDatagrams::readSome);
}

Result<void> PeerDatagrams::listen(const QHostAddress& address, quint16 port)
{
    m_socket.close();
    if (m_socket.bind(address, port, QAbstractSocket::DontShareAddress))
        return {};
    return failure(ErrorCode::Unavailable,
                   QStringLiteral("Cannot take datagrams on %1: %2. Does another program use this UDP port? "
                                  "End it, or choose another peer address.")
                       .arg(HostPort{address.toString(), port}.toString(), m_socket.errorString()));
}

void PeerDatagrams::setReceiver(Receiver receiver)
{
    m_receiver = std::move(receiver);
    readSome();
}

void PeerDatagrams::send(NodeId /*to*/, const QString& address, const QByteArray& datagram)
{
    const Place* place = placeOf(address);
    if (place != nullptr && !place->host.isNull() && datagram.size() <= maxBytes)
        (void)m_socket.writeDatagram(datagram, place->host, place->port); // lost is lost
}

PeerDatagrams::Place* PeerDatagrams::placeOf(const QString& address)
{
    const auto found = m_places.find(address);
    if (found != m_places.end()) {
        if (found->lookedUp.isValid() && found->lookedUp.hasExpired(lookUpEveryMs))
            lookUp(address, address.left(address.lastIndexOf(QLatin1Char(':'))));
        return &*found;
    }
    const auto parsed = HostPort::parse(address);
    if (!parsed)
        return nullptr;
    if (m_places.size() >= maxPlaces)
        m_places.clear(); // who answers to forged addresses must not remember them all
    const QHostAddress numeric(parsed->host);
    Place* place = &*m_places.insert(address, {numeric, parsed->port, {}});
    if (numeric.isNull())
        lookUp(address, parsed->host);
    return place;
}

void PeerDatagrams::lookUp(const QString& address, const QString& name)
{
    m_places[address].lookedUp.start();
    QHostInfo::lookupHost(name, this, [this, address](const QHostInfo& info) {
        const auto place = m_places.find(address);
        if (place != m_places.end() && !info.addresses().isEmpty())
            place->host = info.addresses().first();
    });
}

void PeerDatagrams::readSome()
{
    for (int i = 0; i < datagramsATurn && m_receiver && m_socket.hasPendingDatagrams(); ++i) {
        const QNetworkDatagram datagram = m_socket.receiveDatagram(maxBytes + 1);
        if (!datagram.isValid())
            return;
        const auto port = static_cast<quint16>(datagram.senderPort());
        m_receiver(HostPort{plain(datagram.senderAddress()), port}.toString(), datagram.data());
    }
}

} // namespace ringmaster
