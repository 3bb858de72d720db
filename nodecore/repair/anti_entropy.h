// SPDX-License-Identifier: GPL-3.0-or-later
// Brings replicas together in the background, whatever they have missed.
//
// A round compares this node with one peer: hash trees over the slots that both hold, descending only where
// they differ; then the keys of the slots that differ; then the objects that differ, both ways, each merged
// where it arrives. Two equal replicas need one request and one reply. Slots that this node holds without
// being their replica (the ring has changed since) are compared too, and what an owner lacks is given to it;
// nothing is dropped here.
//
// One round at a time, one message under way: the peer's answers set the pace, and Pacing the rests between.
// A round that is cut short is simply forgotten; the next one starts from what is true then.
#pragma once

#include "nodecore/env/clock.h"
#include "nodecore/env/timers.h"
#include "nodecore/env/transport.h"
#include "nodecore/repair/pacing.h"
#include "nodecore/ring/peer_directory.h"
#include "nodecore/storage/hash_tree.h"
#include "nodecore/storage/replica.h"
#include "nodecore/wire/message.h"

#include <deque>
#include <functional>
#include <map>
#include <memory>

namespace ringmaster {

class AntiEntropy {
public:
    struct Ports {
        const Clock& clock;
        Timers& timers;
        Transport& transport;
        Store& store;
        Replica& replica;
        const PeerDirectory& peers;
        Pacing pacing = {};
    };
    // Between the end of a round and the next one.
    static constexpr Duration interval = std::chrono::seconds(5);
    // The same while the ring changes: its end waits for rounds that both sides begin with the same rings.
    static constexpr Duration changeInterval = std::chrono::milliseconds(100);
    // A peer that is silent for so long in the middle of a round ends it.
    static constexpr Duration patience = std::chrono::seconds(10);

    struct Counters {
        quint64 rounds = 0;       // that were completed
        quint64 keysCompared = 0; // in slots that differed
        quint64 objectsGiven = 0;
        quint64 objectsTaken = 0;   // that changed what is held here
        quint64 divergentSlots = 0; // found in the last round
    };

    // What a round has shown, once it is complete: peer holds at least what this node held when the round
    // began, and this node at least what peer did, in all slots that both are replicas of.
    struct Compared {
        NodeId peer;
        quint64 rings = 0; // digest of the rings that both saw
        MonoTime began;
        // Slots that this node is no replica of, and what they held: peer, which is one, holds that too.
        std::vector<std::pair<Slot, quint64>> givenBack;
    };
    AntiEntropy(Ports ports, std::function<void(const Compared&)> compared);
    ~AntiEntropy();

    // From here on the store's summaries are believed: rounds begin, and those of others are answered.
    void start();
    // Compare with this peer soon: it has come back, or the ring has changed.
    void hurry(NodeId peer);
    void hurryAll();
    // The same at somebody's request; a slot is compared key by key whatever its hash says. How many peers
    // that is.
    int compareAll(std::optional<Slot> slot);
    void linkLost(NodeId peer);

    // As the one who answers.
    void handle(NodeId from, const wire::TreeRequest& request);
    void handle(NodeId from, const wire::SlotsRequest& request);
    void handle(NodeId from, const wire::SyncRequest& request);
    // As the one who asks.
    void handle(NodeId from, const wire::TreeReply& reply);
    void handle(NodeId from, const wire::SlotsReply& reply);
    void handle(NodeId from, const wire::SyncReply& reply);

    const Counters& counters() const { return m_counters; }
    bool isBusy() const { return m_round != nullptr || !m_hurried.empty(); }

private:
    struct Round;
    std::vector<NodeId> partners() const;
    HashTree treeSharedWith(NodeId peer) const;
    std::vector<std::pair<Slot, quint64>> slotsOwedTo(NodeId peer) const;
    QByteArray ringsWord() const;
    void beginLater();
    void beginNext();
    void askTree(int level, std::vector<quint16> indices);
    void askSlots();
    void compareSlots(const wire::SlotsReply& reply);
    void sync();
    void endRound(bool completed);
    // Takes the time of it, where it is.
    bool isAnswer(NodeId from, wire::RequestId id);
    // After a rest, where clients are served.
    void send(const wire::Message& message);
    void sendNow(const QByteArray& message);

    Ports m_ports;
    std::function<void(const Compared&)> m_compared;
    Counters m_counters;
    bool m_started = false;
    std::unique_ptr<Round> m_round;
    std::deque<NodeId> m_hurried;
    std::multimap<NodeId, Slot> m_slotsAsked; // with the next round, whatever their hashes
    NodeId m_last;                            // peer of the last round
    wire::RequestId m_lastId = 0;
    MonoTime m_sent;        // the last message of the round
    Duration m_exchange{0}; // how long the last one took to be answered; 0 at the beginning of a round
    TimerId m_timer;        // the next message, the next round, or the patience with this one
};

} // namespace ringmaster
