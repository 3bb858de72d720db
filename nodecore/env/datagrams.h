// SPDX-License-Identifier: GPL-3.0-or-later
// The port to the other nodes for what may be lost: single datagrams, each whole or not at all, in any order,
// perhaps twice. Nobody is told of a loss.
//
// `to` says whom it is for; the way there is the address. Addresses are those of the members' records,
// "host:port"; a reply may also go to the address that a datagram came from. Nothing here blocks.
// Single-threaded, like Transport.
#pragma once

#include "nodecore/base/types.h"

#include <QByteArray>
#include <QString>

namespace ringmaster {

class Datagrams {
public:
    // What fits through an Ethernet frame of 1 500 bytes with room for IPv6, UDP and a tunnel: a datagram in
    // fragments is lost as a whole with any of them.
    static constexpr qsizetype maxBytes = 1400;

    virtual ~Datagrams() = default;
    // What is larger than maxBytes, and what cannot be sent now, is lost.
    virtual void send(NodeId to, const QString& address, const QByteArray& datagram) = 0;
};

} // namespace ringmaster
