// SPDX-License-Identifier: GPL-3.0-or-later
// All connections of one node to others: the handshake on each, which of them is the link with a member, and
// the traffic over the links.
//
// Of two members the one with the smaller NodeId decides which connection is their link, so both always
// agree: it says its welcome last, and over one connection at a time. It prefers one that it dialled itself
// to one that it accepted, if it knows of both at that moment. A link that is up is given up for another
// connection only where the other side has started anew (another Hello::process) or has evidently lost it:
// a member does not finish a handshake that it dialled while it has a link.
#pragma once

#include "nodecore/env/transport.h"
#include "nodecore/net/peer_handler.h"
#include "nodecore/net/peer_link.h"
#include "nodecore/net/peer_transport.h"
#include "nodecore/net/system_turn_end.h"

#include <QHash>
#include <QSet>

#include <vector>

namespace ringmaster {

class PeerLinks final : public QObject, private PeerConnection::Owner {
    Q_OBJECT
public:
    // handler must outlive this. Destroying it closes all connections without a word to the handler.
    PeerLinks(const PeerTransportOptions& options, PeerHandler& handler);

    // Takes over a connected descriptor; dialledAddress is empty where it was accepted.
    void adopt(int descriptor, const QString& dialledAddress);
    [[nodiscard]] SendResult send(NodeId to, const QByteArray& message);

    // False for our own address, and where there is a link with the member there already.
    bool isWorthDialling(const QString& address) const;
    int linkCount() const { return static_cast<int>(m_up.size()); }
    int connectionCount() const { return static_cast<int>(m_links.size()); }
    qint64 queuedBytes() const;

Q_SIGNALS:
    // The connection that was dialled is gone. lasted: it was a link for longer than a moment.
    void dialledConnectionEnded(const QString& address, bool lasted);
    void linkLost();

private:
    using Stage = PeerLink::Stage;

    void frameArrived(PeerConnection& from, QByteArrayView frame) override;
    void connectionLost(PeerConnection& from, const QString& why) override;

    void helloArrived(PeerLink& link, QByteArrayView frame);
    std::optional<Error> judge(const Hello& peer) const;
    void welcomeArrived(PeerLink& link, QByteArrayView frame);
    void refusalArrived(PeerLink& link, const Refusal& refusal);
    void refuse(PeerLink& link, const Error& error);

    bool decidesFor(const PeerLink& link) const { return m_self.node < link.peer.node; }
    bool isSameProcessUp(const Hello& peer) const;
    void decide(NodeId member);
    PeerLink* preferred(NodeId member) const;
    bool keepsExisting(const PeerLink& candidate) const;
    void goUp(PeerLink& link);
    void forgetRefusalsOf(const PeerLink& link);

    bool makeRoom();
    void push(PeerLink& link, const QByteArray& message);
    void flushTurn();
    void dropBroken(PeerLink& link, const QString& why);
    void remove(PeerLink& link, const QString& why);
    bool report(QHash<QString, QString>& last, const PeerLink& link, const QString& line);

    const PeerTransportOptions m_options;
    PeerHandler& m_handler;
    const Hello m_self;
    std::vector<PeerLink*> m_links; // in order of adoption; children of this
    QHash<NodeId, PeerLink*> m_up;
    QHash<QString, NodeId> m_memberAt; // by the address that was dialled
    QSet<QString> m_ownAddresses;
    QHash<QString, QString> m_lastRefusal;   // what was logged last, by PeerLink::identity()
    QHash<QString, QString> m_lastRefusedBy; // likewise
    std::vector<PeerLink*> m_dirty;
    std::vector<PeerLink*> m_flushing; // kept for its memory
    SystemTurnEnd m_turnEnd;
};

} // namespace ringmaster
