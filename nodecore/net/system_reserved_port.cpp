// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/system_reserved_port.h"

#include "nodecore/net/peer_socket.h"

#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace ringmaster {

Result<SystemReservedPort> SystemReservedPort::on(const QHostAddress& address)
{
    const SocketAddress wanted = socketAddress(address, 0);
    SocketAddress got;
    got.length = sizeof(got.storage);
    const int on = 1;
    const int descriptor = ::socket(wanted.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool isBound =
        descriptor >= 0 && ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
        ::bind(descriptor, reinterpret_cast<const sockaddr*>(&wanted.storage), wanted.length) == 0 &&
        ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&got.storage), &got.length) == 0;
    if (isBound)
        return SystemReservedPort(descriptor, portOf(got));
    const QString why = peerSocketError();
    if (descriptor >= 0)
        ::close(descriptor);
    return failure(ErrorCode::Unavailable,
                   QStringLiteral("Cannot get a free port on %1: %2. Choose an address of this machine.")
                       .arg(address.toString(), why));
}

SystemReservedPort::SystemReservedPort(SystemReservedPort&& other) noexcept
    : m_descriptor(std::exchange(other.m_descriptor, -1))
    , m_port(other.m_port)
{}

SystemReservedPort::~SystemReservedPort()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

} // namespace ringmaster
