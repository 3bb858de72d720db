// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/peer_link.h"

#include "nodecore/net/peer_socket.h"

namespace ringmaster {

PeerLink::PeerLink(Owner& owner, int descriptor, qsizetype maxHelloBytes, QString dialledAddress,
                   QObject* parent)
    : PeerConnection(owner, descriptor, maxHelloBytes, parent)
    , dialled(std::move(dialledAddress))
    , remoteHost(peerSocketRemoteHost(descriptor))
{
    deadline.setSingleShot(true);
}

QString PeerLink::description() const
{
    const QString address = !peer.peerAddress.isEmpty() ? peer.peerAddress : dialled;
    if (!peer.name.isEmpty())
        return QStringLiteral("%1 (%2)").arg(peer.name, address);
    return address.isEmpty() ? QStringLiteral("a connection from %1").arg(remoteHost) : address;
}

QString PeerLink::identity() const
{
    if (wasDialled())
        return dialled;
    return peer.name.isEmpty() ? remoteHost : peer.name + QLatin1Char('@') + peer.peerAddress;
}

} // namespace ringmaster
