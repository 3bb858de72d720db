// SPDX-License-Identifier: GPL-3.0-or-later
// Brings replicas together in the background, whatever they have missed.
//
// A round compares this node with one peer: hash trees over the slots that both hold, descending only where
// they differ; then the keys of the slots that differ; then the objects that differ, both ways, each merged
// where it arrives. Slots of which this node holds nothing come whole, with the listing. Two equal replicas
// need one request and one reply. Slots that this node holds without being their replica (the ring has
// changed since) are compared too, and what an owner lacks is given to it; nothing is dropped here.
//
// One round at a time, and in it a few messages under way where nobody else needs the nodes, else one, with
// Pacing's rests between. Of two nodes that would compare themselves with each other at the same time the one
// that holds less goes on, since whole slots come to it; the other one tries again later. A round that is cut
// short is simply forgotten; the next one starts from what is true then.
#pragma once

#include "nodecore/env/clock.h"
#include "nodecore/env/timers.h"
#include "nodecore/env/transport.h"
#include "nodecore/repair/anti_entropy_answers.h"
#include "nodecore/repair/pacing.h"
#include "nodecore/repair/skipped_keys.h"
#include "nodecore/repair/slot_listing.h"
#include "nodecore/ring/peer_directory.h"
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
        wire::RequestIds& ids;
        BandwidthLimit& bandwidth;
        SkippedKeys& skipped;
        Pacing pacing = {};
    };
    // Between the end of a round and the next one.
    static constexpr Duration interval = std::chrono::seconds(5);
    // The same while the ring changes: its end waits for rounds that both sides begin with the same rings.
    static constexpr Duration changeInterval = std::chrono::milliseconds(100);
    // A peer that is silent for so long in the middle of a round ends it.
    static constexpr Duration patience = std::chrono::seconds(10);
    // Until a peer that compared itself with this node is tried again.
    static constexpr Duration deferral = std::chrono::seconds(2);

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
        // False where keys were skipped: of the slots of both nothing is shown then, and givenBack has only
        // those without such keys.
        bool isWhole = true;
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
    void handle(NodeId from, const wire::TreeRequest& request) { m_answers.answer(from, request, m_started); }
    void handle(NodeId from, const wire::SlotsRequest& request);
    void handle(NodeId from, const wire::SyncRequest& request) { m_answers.answer(from, request); }
    // As the one who asks.
    void handle(NodeId from, const wire::TreeReply& reply);
    void handle(NodeId from, const wire::SlotsReply& reply);
    void handle(NodeId from, const wire::SyncReply& reply);

    const Counters& counters() const { return m_counters; }
    bool isBusy() const { return m_round != nullptr || !m_hurried.empty(); }
    // What is copied now, either way, by peer.
    std::vector<TransferView> transfers() const { return m_meter.view(m_ports.clock.now()); }

private:
    struct Round;
    struct Exchange;
    std::vector<NodeId> partners() const;
    std::optional<NodeId> nextPeer();
    void beginLater();
    void beginNext();
    // Asks for what is next, as far as the window, the rests and the bandwidth allow, or ends the round.
    void goOn();
    Duration restNow() const;
    void askNext();
    void askTree();
    void askSlots();
    bool holdsNothingBeyond(const ObjectCursor& place) const;
    void askSync();
    template <class Request>
    void ask(const Request& request, Exchange exchange);
    void compareSlots(const Exchange& exchange, const wire::SlotsReply& theirs);
    // To be synchronised, but where that failed not long ago and both still hold the same.
    void synchroniseLater(const Difference& found);
    void askAgainFor(const std::vector<Key>& keys, size_t from);
    void skip(const Key& key);
    void took(TransferView::Moved moved);
    // Merges them, which belong to the exchange that began then, and goes on meanwhile.
    void store(std::vector<Replica::Received> received, MonoTime asked);
    void endRound(bool completed);
    bool isCurrent(wire::RequestId round) const;
    // The exchange that this answers, which is no more under way. Nothing, and the reply is counted as
    // dropped, where it answers none.
    std::optional<Exchange> answered(NodeId from, const wire::ReplyTo& to);
    void rested(MonoTime asked);
    void beginPatience(Duration rest);

    Ports m_ports;
    std::function<void(const Compared&)> m_compared;
    TransferMeter m_meter;
    AntiEntropyAnswers m_answers;
    Counters m_counters;
    bool m_started = false;
    std::unique_ptr<Round> m_round;
    std::deque<NodeId> m_hurried;
    std::map<NodeId, MonoTime> m_deferred;    // not to be tried before
    std::multimap<NodeId, Slot> m_slotsAsked; // with the next round, whatever their hashes
    NodeId m_last;                            // peer of the last round
    MonoTime m_restUntil{};
    TimerId m_next; // the next round, or the patience with this one
    TimerId m_rest;
};

} // namespace ringmaster
