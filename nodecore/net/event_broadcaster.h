// SPDX-License-Identifier: GPL-3.0-or-later
// Tells WebSocket listeners what happens (API.md, Events). Costs next to nothing while nobody listens.
//
// A listener's queue is what its socket has not sent yet. Where that is over its bound, events for it are
// dropped and counted, and it is told how many once it has caught up; its next members or stats then bring
// it up to date. A listener that answers no ping for a while is closed.
#pragma once

#include "nodecore/node/node.h"

#include <QObject>
#include <QTimer>
#include <QWebSocket>

#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace ringmaster {

class JsonWriter;

class EventBroadcaster : public QObject {
    Q_OBJECT
public:
    static constexpr int maxListeners = 256;
    static constexpr qint64 maxQueuedBytes = 256 * 1024;
    static constexpr int requestEventsASecond = 50;

    // node must outlive this.
    EventBroadcaster(const Node& node, std::function<qint64()> queuedPeerBytes, QObject* parent = nullptr);
    ~EventBroadcaster() override;

    bool isFull() const { return m_listeners.size() >= maxListeners; }
    int listenerCount() const { return static_cast<int>(m_listeners.size()); }
    void add(std::unique_ptr<QWebSocket> socket);

    // May be called inside the node: the node is only asked in a later turn of the event loop.
    void announceMembers();
    void announceRing();
    void announceRequest(const NodeObserver::RequestSummary& summary);
    // Those of one turn of the event loop are told as one.
    void announceHintsReturned(NodeId owner, quint64 hints);
    void announceRemoving(NodeId member, Duration absent);

private:
    struct Listener {
        std::unique_ptr<QWebSocket> socket;
        quint64 dropped = 0;
        int silentTicks = 0;
    };

    struct FinishedRequest {
        NodeObserver::RequestSummary summary;
        quint64 count = 1; // itself, and those before it that were not told
    };

    void tick();
    void sendSoon();
    void pingAll();
    void sendPending();
    QByteArray hello() const;
    QByteArray members() const;
    QByteArray ring() const;
    QByteArray stats() const;
    QByteArray transfers() const;
    QByteArray request(const FinishedRequest& finished) const;
    QByteArray hints(NodeId owner, quint64 count) const;
    QByteArray removal(NodeId member, Duration absent) const;
    void broadcast(const QByteArray& event);
    static void send(Listener& listener, const QByteArray& event);
    static void catchUp(Listener& listener);
    Listener* find(const QWebSocket* socket);
    void remove(const QWebSocket* socket);

    const Node& m_node;
    std::function<qint64()> m_queuedPeerBytes;
    std::vector<Listener> m_listeners;
    QTimer m_ticker; // once a second, while somebody listens
    bool m_membersChanged = false;
    bool m_ringChanged = false;
    bool m_isSendingSoon = false;
    bool m_wasTransferring = false; // and was told so
    std::vector<FinishedRequest> m_requests;
    std::map<NodeId, quint64> m_hintsReturned; // by owner
    std::map<NodeId, Duration> m_removing;     // how long they were absent
    int m_requestsThisSecond = 0;
    quint64 m_requestsNotTold = 0;
};

} // namespace ringmaster
