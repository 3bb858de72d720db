// SPDX-License-Identifier: GPL-3.0-or-later
// The Transport of a real node: one TCP connection a pair of nodes, multiplexed.
//
// Either side may dial. When two connections with the same member come up at once, both sides keep the one
// that the smaller NodeId dialled. Frames are a 4-byte big-endian length and that many bytes; a length over
// the bound closes the connection before anything is allocated. What is sent in one turn of the event loop is
// written in one call. A link whose queue is over its bound takes nothing more until it has drained. Dialling
// is retried with a delay that grows from 100 ms to 2 s, with jitter.
#pragma once

#include "nodecore/base/result.h"
#include "nodecore/env/transport.h"
#include "nodecore/node/node.h"

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
    // what to do where it cannot be had.
    [[nodiscard]] Result<void> listen(const QString& address);
    QString listeningAddress() const;

    // Begins to accept and dial for node, which must outlive this or be detached with attach(nullptr).
    void attach(Node* node);

    [[nodiscard]] SendResult send(NodeId to, const QByteArray& message) override;
    void setPeers(const QList<QString>& addresses) override;

    int linkCount() const;
    qint64 queuedBytes() const;

Q_SIGNALS:
    // The doors of the node were used, so its nextDue() may have moved.
    void nodeTouched();

private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace ringmaster
