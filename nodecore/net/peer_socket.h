// SPDX-License-Identifier: GPL-3.0-or-later
// The few socket calls that links between nodes are made with. Descriptors are the caller's to close.
#pragma once

#include <QHostAddress>

#include <sys/socket.h>

namespace ringmaster {

// An address as the system's calls take it.
struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t length = 0;
};
SocketAddress socketAddress(const QHostAddress& address, quint16 port);
quint16 portOf(const SocketAddress& address);

// Sets what every connection between nodes has: non-blocking, no delay for small writes, closed on exec,
// and given up when what was written is not acknowledged for half a minute.
void preparePeerSocket(int descriptor);

// Begins to connect; the descriptor turns writable when that is decided. -1, and errno, where it cannot
// even begin.
int beginPeerConnect(const QHostAddress& address, quint16 port);
// How it went: 0, or an errno.
int peerConnectError(int descriptor);

// The numeric address at the other end, without its port.
QString peerSocketRemoteHost(int descriptor);

// Of errno, in words.
QString peerSocketError();
QString peerSocketError(int error);

} // namespace ringmaster
