// SPDX-License-Identifier: GPL-3.0-or-later
// The Transport of a real node: one TCP connection a pair of nodes, multiplexed.
//
// Either side may dial. Frames are a 4-byte big-endian length and that many bytes; a length over the bound
// closes the connection before anything is allocated. What is sent in one turn of the event loop is written
// in one call. A link whose queue is over its bound takes nothing more until it has drained. Dialling is
// retried with a delay that grows from 100 ms to 2 s, with jitter.
//
// The first frame both ways is a Hello; whoever will not have the other says so with a Refusal and closes.
// Then each side sends one empty frame, the welcome: first the member with the larger NodeId, then, for one
// connection at a time, the one with the smaller, which thereby decides between connections that came up at
// once. It takes the one that it dialled itself. See PeerLinks.
#pragma once

#include "nodecore/base/result.h"
#include "nodecore/env/transport.h"
#include "nodecore/net/peer_handler.h"

#include <QObject>

#include <memory>

namespace ringmaster {

struct PeerTransportOptions {
    qsizetype maxFrameBytes = 72 * 1024 * 1024; // a sibling set at its bound, and its envelope
    qsizetype maxHelloBytes = 4096;
    qsizetype maxQueuedBytes = 16 * 1024 * 1024; // a link; one message alone may be larger
    Duration helloTimeout = std::chrono::seconds(5);
    int maxConnections = 2048;
};

class PeerTransport : public QObject, public Transport {
    Q_OBJECT
public:
    explicit PeerTransport(PeerTransportOptions options = {}, QObject* parent = nullptr);
    ~PeerTransport() override;

    // Takes the address to accept peers on; port 0 picks a free one. Unavailable with a message that says
    // what to do where it cannot be had. Peers wait in the system's queue until attach().
    [[nodiscard]] Result<void> listen(const QString& address);
    // The host as it was given, and the port that was taken. Empty where not listening.
    QString listeningAddress() const;

    // Begins to accept and dial for handler, which must outlive this or be detached with attach(nullptr).
    // Detaching closes all links without a word to the handler.
    void attach(PeerHandler* handler);

    [[nodiscard]] SendResult send(NodeId to, const QByteArray& message) override;
    void setPeers(const QList<QString>& addresses) override;

    int linkCount() const;
    // Of all links, waiting to be written.
    qint64 queuedBytes() const;
    // Links and what is on its way to become one, accepted or dialled.
    int connectionCount() const;

private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace ringmaster
