// SPDX-License-Identifier: GPL-3.0-or-later
// The port to the other nodes: whole messages, to members by id, over links that come and go.
//
// A link is made by the transport (which dials the addresses it is told and exchanges handshakes) and
// announced to the node. Messages over one link arrive in order or not at all; when a link breaks, what was
// under way is lost and the node is told. Nothing here blocks. Single-threaded: calls and announcements
// happen on the node's thread.
#pragma once

#include "nodecore/base/types.h"

#include <QByteArray>
#include <QList>
#include <QString>

namespace ringmaster {

enum class SendResult {
    Queued,     // it will arrive if the link lives long enough
    NoLink,     // nobody there; nothing was sent
    Overloaded, // the link's queue is full; nothing was sent
};

class Transport {
public:
    virtual ~Transport() = default;

    // message is one encoded wire message, without framing.
    [[nodiscard]] virtual SendResult send(NodeId to, const QByteArray& message) = 0;

    // The addresses ("host:port") to keep links with, all of them. Replaces the earlier list; links with
    // members that are not in it stay until they break.
    virtual void setPeers(const QList<QString>& addresses) = 0;
};

} // namespace ringmaster
