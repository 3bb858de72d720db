// SPDX-License-Identifier: GPL-3.0-or-later
// The links between simulated nodes: handshakes, delays, cuts. Each end is a Transport.
//
// A link carries messages in order, each after a delay of its own; a break loses what is under way and tells
// both ends. A one-way cut loses what is sent in that direction and tells nobody; a clogged direction holds
// it back until it is unclogged. Endpoints are numbered in the order in which they were first named.
#pragma once

#include "nodecore/env/transport.h"
#include "nodecore/node/node.h"
#include "tests/support/virtual_datagrams.h"
#include "tests/support/virtual_time.h"

#include <QByteArrayView>

#include <memory>
#include <set>

namespace ringmaster {

struct NetworkFaults {
    Duration leastDelay = std::chrono::microseconds(100);
    Duration mostDelay = std::chrono::microseconds(500);
    double loss = 0; // of messages, one by one
    // A second copy, later. Not of a forwarded write: that is sent once and never again, over a link that
    // delivers at most once, and two copies are two writes. Every other message may come twice.
    double duplication = 0;
    // Messages under way in one direction of a link beyond which send() says Overloaded.
    size_t queue = SIZE_MAX;
};

class VirtualNetwork {
public:
    // Told that a node's doors were used.
    using Touched = std::function<void(int endpoint)>;
    enum class Fate { Arrived, Lost, Duplicated };
    // Sees each message when it arrives, or when it is lost or doubled on its way.
    using Watcher = std::function<void(int from, int to, Fate fate, QByteArrayView message)>;

    VirtualNetwork(EventQueue& queue, quint64 seed, Touched touched);
    ~VirtualNetwork();

    // A transport for the node at that address; it lives as long as the network.
    Transport& transportAt(const QString& address);
    // The same for datagrams. A cut and a pause are theirs too; loss is not: see datagrams().
    Datagrams& datagramsAt(const QString& address) { return m_datagrams.portAt(address); }
    VirtualDatagrams& datagrams() { return m_datagrams; }
    // The process behind the address begins or ends: links are dialled, or break.
    void plugIn(const QString& address, Node& node);
    void unplug(const QString& address);

    // A cut in one direction.
    void cut(const QString& from, const QString& to);
    void heal(const QString& from, const QString& to);
    // What is sent in this direction waits, in order, until it is unclogged.
    void clog(const QString& from, const QString& to);
    void unclog(const QString& from, const QString& to);
    // The link breaks, and is dialled again.
    void reset(const QString& a, const QString& b);
    void healAll(); // cuts and clogs
    NetworkFaults& faults() { return m_faults; }
    // Paused nodes take nothing from the network until they go on; then they get all of it.
    void pause(const QString& address);
    void resume(const QString& address);

    // May change a message on its way: bit rot in flight. Called before watch() sees the arrival.
    using Tamper = std::function<void(int from, int to, QByteArray& message)>;
    void tamper(Tamper tamper) { m_tamper = std::move(tamper); }
    void watch(Watcher watcher) { m_watcher = std::move(watcher); }
    quint64 messagesSent() const { return m_messages; }
    qsizetype largestMessage() const { return m_largest; } // so far, in bytes

private:
    class Endpoint;
    // One direction between two endpoints.
    struct Way {
        bool linked = false; // both directions of a link are linked together, with one epoch
        bool cut = false;
        bool clogged = false;
        NodeId peer; // at the far end
        quint64 epoch = 0;
        size_t underWay = 0;                      // messages, of this epoch
        MonoTime lastArrival;                     // keeps the order
        std::vector<std::function<void()>> stuck; // while clogged
    };

    int indexOf(const QString& address);
    Endpoint& endpoint(int index) { return *m_endpoints[size_t(index)]; }
    Way& way(int from, int to);
    void unclogWay(Way& way);
    void dialLater(int from, int to, Duration delay);
    void dial(int from, int to);
    void breakLink(int a, int b);
    void tellLinkDown(int at, NodeId peer);
    void send(int from, int to, const QByteArray& message);
    void carry(int from, int to, quint64 epoch, const QByteArray& message);
    void arrive(int from, int to, quint64 epoch, const QByteArray& message);
    bool isOpen(int a, int b);
    void note(int from, int to, Fate fate, const QByteArray& message) const;

    EventQueue& m_queue;
    SeededRandom m_random;
    VirtualDatagrams m_datagrams;
    Touched m_touched;
    Watcher m_watcher;
    Tamper m_tamper;
    NetworkFaults m_faults;
    std::vector<std::unique_ptr<Endpoint>> m_endpoints;
    quint64 m_epoch = 0;
    quint64 m_messages = 0;
    qsizetype m_largest = 0;
};

} // namespace ringmaster
