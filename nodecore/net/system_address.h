// SPDX-License-Identifier: GPL-3.0-or-later
// Addresses as people write them: "host:port", "127.0.0.1:8101", "[::1]:8101".
#pragma once

#include "nodecore/base/result.h"

#include <QHostAddress>

namespace ringmaster {

struct HostPort {
    QString host; // a name or a numeric address, an IPv6 one without its brackets
    quint16 port = 0;

    // Malformed, with what an address looks like.
    [[nodiscard]] static Result<HostPort> parse(const QString& text);
    // With brackets where the host is an IPv6 address.
    QString toString() const;

    // The address to listen on. May ask the resolver and wait for it: for starting up only. Unavailable
    // where the name leads nowhere.
    [[nodiscard]] Result<QHostAddress> resolved() const;

    friend bool operator==(const HostPort&, const HostPort&) = default;
};

} // namespace ringmaster
