// SPDX-License-Identifier: GPL-3.0-or-later
// Whom a PeerTransport works for: a Node, usually (see NodeHost), or a test.
#pragma once

#include "nodecore/base/result.h"
#include "nodecore/wire/hello.h"

#include <QByteArrayView>

#include <optional>

namespace ringmaster {

// Called on the transport's thread, from its event loop. Any call may send() and setPeers(); none may
// destroy or detach the transport, or run an event loop of its own.
class PeerHandler {
public:
    virtual ~PeerHandler() = default;

    // What to introduce ourselves with. The node id and the process number never change.
    virtual Hello hello() const = 0;
    // Nothing: welcome. Else why not; it is told to the peer.
    [[nodiscard]] virtual std::optional<Error> judge(const Hello& peer) const = 0;
    // One link a member: linkUp and linkDown of a member alternate.
    virtual void linkUp(const Hello& peer) = 0;
    virtual void linkDown(NodeId peer) = 0;
    // message lives as long as the call. False closes the link.
    [[nodiscard]] virtual bool receive(NodeId from, QByteArrayView message) = 0;

    // This node and the one at address do not go together: we dialled it, and
    // it would not have us or we not it. Called once for each change of the reason, not at every attempt.
    virtual void refused(const QString& address, const Refusal& why) = 0;
    // One line for the log; level "info" or "warning".
    virtual void logged(const char* level, const QString& line) = 0;
};

} // namespace ringmaster
