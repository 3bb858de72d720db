// SPDX-License-Identifier: GPL-3.0-or-later
// A free TCP port that stays ours until somebody listens on it.
//
// For an address that has to be known before its server can be made. The socket is bound but does not
// listen, so a server of this machine that sets SO_REUSEADDR (QTcpServer does) can take the port over
// without a moment in which another program could be given it.
#pragma once

#include "nodecore/base/result.h"

#include <QHostAddress>

namespace ringmaster {

class SystemReservedPort {
public:
    // Unavailable where the address is not this machine's.
    [[nodiscard]] static Result<SystemReservedPort> on(const QHostAddress& address);
    SystemReservedPort(SystemReservedPort&& other) noexcept;
    SystemReservedPort& operator=(SystemReservedPort&&) = delete;
    ~SystemReservedPort(); // gives it back

    quint16 port() const { return m_port; }

private:
    SystemReservedPort(int descriptor, quint16 port)
        : m_descriptor(descriptor)
        , m_port(port)
    {}
    int m_descriptor;
    quint16 m_port;
};

} // namespace ringmaster
