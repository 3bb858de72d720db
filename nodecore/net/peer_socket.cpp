// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/peer_socket.h"

#include <QString>
#include <QtEndian>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <system_error>
#include <unistd.h>

namespace ringmaster {

namespace {

// The failure detector above notices a silent member much earlier; this only frees the socket.
[[maybe_unused]] constexpr int unacknowledgedMs = 30'000;

} // namespace

SocketAddress socketAddress(const QHostAddress& address, quint16 port)
{
    SocketAddress result;
    if (address.protocol() == QAbstractSocket::IPv6Protocol) {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_port = qToBigEndian(port);
        const Q_IPV6ADDR raw = address.toIPv6Address();
        std::memcpy(&v6.sin6_addr, &raw, sizeof(v6.sin6_addr));
        result.length = sizeof(v6);
        std::memcpy(&result.storage, &v6, sizeof(v6));
    } else {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = qToBigEndian(port);
        v4.sin_addr.s_addr = qToBigEndian(address.toIPv4Address());
        result.length = sizeof(v4);
        std::memcpy(&result.storage, &v4, sizeof(v4));
    }
    return result;
}

quint16 portOf(const SocketAddress& address)
{
    sockaddr_in v4{}; // the port lies at the same place in both families
    static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
    std::memcpy(&v4, &address.storage, sizeof(v4));
    return qFromBigEndian(v4.sin_port);
}

void preparePeerSocket(int descriptor)
{
    const int on = 1;
    ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
#ifdef TCP_USER_TIMEOUT
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledgedMs, sizeof(unacknowledgedMs));
#endif
}

int beginPeerConnect(const QHostAddress& address, quint16 port)
{
    const SocketAddress to = socketAddress(address, port);
    const int descriptor = ::socket(to.storage.ss_family, SOCK_STREAM, IPPROTO_TCP);
    if (descriptor < 0)
        return -1;
    preparePeerSocket(descriptor);
    const int result = ::connect(descriptor, reinterpret_cast<const sockaddr*>(&to.storage), to.length);
    if (result == 0 || errno == EINPROGRESS)
        return descriptor;
    const int error = errno;
    ::close(descriptor);
    errno = error;
    return -1;
}

int peerConnectError(int descriptor)
{
    int error = 0;
    socklen_t length = sizeof(error);
    return ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

QString peerSocketRemoteHost(int descriptor)
{
    SocketAddress remote;
    remote.length = sizeof(remote.storage);
    if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&remote.storage), &remote.length) != 0)
        return QStringLiteral("unknown");
    return QHostAddress(reinterpret_cast<const sockaddr*>(&remote.storage)).toString();
}

QString peerSocketError()
{
    return peerSocketError(errno);
}

QString peerSocketError(int error)
{
    return QString::fromStdString(std::generic_category().message(error)).toLower();
}

} // namespace ringmaster
