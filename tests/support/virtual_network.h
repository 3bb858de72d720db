// SPDX-License-Identifier: GPL-3.0-or-later
// The links between simulated nodes: handshakes, delays, cuts. Each end is a Transport.
//
// A link carries messages in order, each after a delay of its own; a break loses what is under way and tells
// both ends. A one-way cut loses what is sent in that direction and tells nobody.
#pragma once

#include "nodecore/env/transport.h"
#include "nodecore/node/node.h"
#include "tests/support/virtual_time.h"

#include <map>
#include <memory>
#include <set>

namespace ringmaster {

struct NetworkFaults {
    Duration leastDelay = std::chrono::microseconds(100);
    Duration mostDelay = std::chrono::microseconds(500);
    double loss = 0;        // of messages, one by one
    double duplication = 0; // a second copy, later
};

class VirtualNetwork {
public:
    // Told that a node's doors were used.
    using Touched = std::function<void(const QString& address)>;

    VirtualNetwork(EventQueue& queue, quint64 seed, Touched touched);
    ~VirtualNetwork();

    // A transport for the node at that address; it lives as long as the network.
    Transport& transportAt(const QString& address);
    // The process behind the address begins or ends: links are dialled, or break.
    void plugIn(const QString& address, Node& node);
    void unplug(const QString& address);

    // A cut in one direction.
    void cut(const QString& from, const QString& to);
    void heal(const QString& from, const QString& to);
    void healAll();
    NetworkFaults& faults() { return m_faults; }
    // Paused nodes take nothing from the network until they go on; then they get all of it.
    void pause(const QString& address) { m_paused.insert(address); }
    void resume(const QString& address);

    quint64 messagesSent() const { return m_messages; }

private:
    class Endpoint;
    struct Link {
        NodeId peer;
        quint64 epoch = 0;
        MonoTime lastArrival; // keeps the order
    };
    using Direction = std::pair<QString, QString>;

    void dialLater(const QString& from, const QString& to, Duration delay);
    void dial(const QString& from, const QString& to);
    void breakLink(const QString& a, const QString& b);
    void deliver(const QString& from, const QString& to, quint64 epoch, const QByteArray& message);
    bool bothWaysOpen(const QString& a, const QString& b) const;

    EventQueue& m_queue;
    SeededRandom m_random;
    Touched m_touched;
    NetworkFaults m_faults;
    std::map<QString, std::unique_ptr<Endpoint>> m_endpoints;
    std::map<Direction, Link> m_links; // both directions of a living link
    std::set<Direction> m_cuts;
    std::set<QString> m_paused;
    std::map<QString, std::vector<std::function<void()>>> m_held; // for paused nodes
    quint64 m_epoch = 0;
    quint64 m_messages = 0;
};

} // namespace ringmaster
