// SPDX-License-Identifier: GPL-3.0-or-later
// The datagrams between simulated nodes: delayed each by itself, lost by chance, cut one way or both. A
// paused node's datagrams wait for it, as in a socket's buffer, and what the buffer cannot take is lost.
#pragma once

#include "nodecore/env/datagrams.h"
#include "tests/support/virtual_time.h"

#include <QHash>

#include <memory>
#include <set>
#include <vector>

namespace ringmaster {

class VirtualDatagrams {
public:
    using Receiver = std::function<void(const QString& from, const QByteArray& datagram)>;

    VirtualDatagrams(EventQueue& queue, quint64 seed);
    ~VirtualDatagrams();

    // A port for the node at that address; it lives as long as the network.
    Datagrams& portAt(const QString& address);
    // From now on the receiver gets what comes; an empty one gets nothing.
    void plugIn(const QString& address, Receiver receiver);
    void unplug(const QString& address) { plugIn(address, {}); }

    void setLoss(double loss) { m_loss = loss; }
    void setDelay(Duration least, Duration most);
    void cut(const QString& from, const QString& to);
    void heal(const QString& from, const QString& to);
    void healAll() { m_cuts.clear(); }
    void pause(const QString& address);
    void resume(const QString& address);

    quint64 sent() const { return m_sent; }
    quint64 bytesSent() const { return m_bytesSent; }
    qsizetype largest() const { return m_largest; }

private:
    static constexpr qsizetype bufferBytes = 200 * 1024;

    class Endpoint;
    Endpoint& endpoint(const QString& address);
    void send(const Endpoint& from, const QString& to, const QByteArray& datagram);
    void arrive(const Endpoint& from, Endpoint& to, const QByteArray& datagram);

    EventQueue& m_queue;
    SeededRandom m_random;
    double m_loss = 0;
    Duration m_leastDelay = std::chrono::microseconds(100);
    Duration m_mostDelay = std::chrono::microseconds(500);
    std::vector<std::unique_ptr<Endpoint>> m_endpoints;
    QHash<QString, Endpoint*> m_byAddress;
    std::set<std::pair<const Endpoint*, const Endpoint*>> m_cuts; // looked up, never iterated
    quint64 m_sent = 0;
    quint64 m_bytesSent = 0;
    qsizetype m_largest = 0;
};

} // namespace ringmaster
