// SPDX-License-Identifier: GPL-3.0-or-later
// A PeerHandler for tests: one "node" with a transport, which writes down what happens to it.
#pragma once

#include "nodecore/net/peer_transport.h"

#include <QHash>
#include <QStringList>

#include <functional>

namespace ringmaster {

class PeerRecorder final : public PeerHandler {
public:
    explicit PeerRecorder(quint64 id, quint64 process = 1, PeerTransportOptions options = {})
        : transport(options)
    {
        self.cluster = QStringLiteral("test");
        self.node = NodeId{id};
        self.name = QStringLiteral("n%1").arg(id);
        self.process = process;
    }

    // Listens on a free port and begins.
    void start(const QString& address = QStringLiteral("127.0.0.1:0"))
    {
        const auto listening = transport.listen(address);
        if (!listening)
            qFatal("%s", qPrintable(listening.error().message));
        self.peerAddress = transport.listeningAddress();
        transport.attach(this);
    }
    QString address() const { return transport.listeningAddress(); }
    bool isLinkedWith(const PeerRecorder& other) const { return links.value(other.self.node, 0) == 1; }
    int count(const QString& part) const { return static_cast<int>(log.filter(part).size()); }

    Hello hello() const override { return self; }
    std::optional<Error> judge(const Hello& peer) const override
    {
        ++judged;
        if (peer.cluster != self.cluster && !isLenient)
            return Error{ErrorCode::Foreign, QStringLiteral("This is cluster %1.").arg(self.cluster)};
        return std::nullopt;
    }
    void linkUp(const Hello& peer) override
    {
        ++links[peer.node];
        ++ups;
        if (onUp)
            onUp(peer.node);
    }
    void linkDown(NodeId peer) override
    {
        --links[peer];
        ++downs;
    }
    bool receive(NodeId from, QByteArrayView message) override
    {
        ++receivedCount;
        if (onMessage)
            return onMessage(from, message);
        received.append(message.toByteArray());
        return true;
    }
    void refused(const QString&, const Refusal& why) override { refusals.append(why.message); }
    void logged(const char*, const QString& line) override { log.append(line); }

    Hello self;
    std::function<void(NodeId)> onUp;
    std::function<bool(NodeId, QByteArrayView)> onMessage;
    QHash<NodeId, int> links; // must only ever be 0 or 1
    bool isLenient = false;   // takes nodes of other clusters
    int ups = 0;
    int downs = 0;
    mutable int judged = 0;
    int receivedCount = 0;
    QList<QByteArray> received;
    QStringList refusals;
    QStringList log;
    PeerTransport transport; // last: it goes first, and knows this
};

} // namespace ringmaster
