// SPDX-License-Identifier: GPL-3.0-or-later
// A Transport over another whose links can be slow, lossy or cut, one way or both.
//
// Nothing tells the node of a fault, as nothing would tell it of a bad network: what is lost was Queued. What
// arrives keeps its order. Faults on what is sent are worked here; of what comes in its owner asks admits()
// before it hands a message on.
//
// Nothing happens by itself: the owner calls timePassed() at nextDue(), which moves with send() and
// setFault(). Single-threaded, like every Transport.
#pragma once

#include "nodecore/env/clock.h"
#include "nodecore/env/random.h"
#include "nodecore/env/transport.h"

#include <deque>
#include <map>
#include <optional>

namespace ringmaster {

// Of the link with one peer, as this node sees it.
struct LinkFault {
    Duration delay{0};            // of each message that is sent
    double loss = 0;              // 0..1: of the messages that are sent, one by one
    bool cutOut = false;          // what is sent is lost
    bool cutIn = false;           // what comes is lost
    bool datagramsCutOut = false; // the same of datagrams alone; see FaultyDatagrams
    bool datagramsCutIn = false;
    friend bool operator==(const LinkFault&, const LinkFault&) = default;
};

class FaultyTransport final : public Transport {
public:
    // A link's delayed messages; above it the link is Overloaded. One message alone may be larger.
    static constexpr qsizetype maxDelayedBytes = 16 * 1024 * 1024;

    // All must outlive this.
    FaultyTransport(Transport& under, const Clock& clock, Random& random);

    [[nodiscard]] SendResult send(NodeId to, const QByteArray& message) override;
    void setPeers(const QList<QString>& addresses) override { m_under.setPeers(addresses); }

    // Replaces the fault of that link; a LinkFault{} heals it. What is delayed already goes out no later
    // than it would with the new delay, and is lost where the link is cut now.
    void setFault(NodeId peer, const LinkFault& fault);
    LinkFault faultOf(NodeId peer) const;
    const std::map<NodeId, LinkFault>& faults() const { return m_faults; }
    void healAll();

    // Whether a message that came from that peer reaches the node.
    bool admits(NodeId from) const { return m_faults.empty() || !faultOf(from).cutIn; }
    // The link has broken: what was delayed on it is lost, and not sent over the next one.
    void linkLost(NodeId peer) { m_delayed.erase(peer); }

    // Draws whether one message is.
    bool isLost(double loss);

    void timePassed();
    std::optional<MonoTime> nextDue() const;

private:
    struct Delayed {
        MonoTime due;
        QByteArray message;
    };
    struct Queue {
        std::deque<Delayed> messages; // by due time
        qsizetype bytes = 0;
    };

    SendResult delay(NodeId to, const QByteArray& message, Duration delay);

    Transport& m_under;
    const Clock& m_clock;
    Random& m_random;
    std::map<NodeId, LinkFault> m_faults; // those that are one
    std::map<NodeId, Queue> m_delayed;    // none is empty
};

} // namespace ringmaster
