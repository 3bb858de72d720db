// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/repair/anti_entropy.h"

#include "nodecore/repair/slot_listing.h"

#include <algorithm>

namespace ringmaster {

namespace {

// Of one message: enough to be quick, few enough that a client's request never waits long behind it.
constexpr size_t slotsAtOnce = 256;
constexpr size_t itemsAtOnce = 256;
constexpr qsizetype bytesAtOnce = 256 * 1024;

} // namespace

// What one comparison with one peer has found so far, and has yet to do.
struct AntiEntropy::Round {
    NodeId peer;
    quint64 rings = 0;
    MonoTime began;
    std::vector<std::pair<Slot, quint64>>
        owed; // slots that the peer is to have, and their hashes at the start
    wire::RequestId waitingFor = 0;
    HashTree tree;
    int level = 0;
    std::vector<quint16> asked;     // nodes of that level whose children were asked for
    std::deque<quint16> nodesToAsk; // of that level
    std::vector<quint16> differing; // nodes of the next level
    std::deque<Slot> slots;         // to be compared key by key
    std::vector<Slot> askedSlots;
    std::deque<Key> keys; // to be synchronised
};

AntiEntropy::AntiEntropy(Ports ports, std::function<void(const Compared&)> compared)
    : m_ports(ports)
    , m_compared(std::move(compared))
{}

AntiEntropy::~AntiEntropy() = default;

void AntiEntropy::start()
{
    m_started = true;
    beginLater();
}

void AntiEntropy::beginLater()
{
    const Duration usual = m_ports.peers.rings().isChanging() ? changeInterval : interval;
    const Duration delay = m_hurried.empty() ? usual : Duration{0};
    m_timer = m_ports.timers.startAt(m_ports.clock.now() + delay, [this] { beginNext(); });
}

void AntiEntropy::hurry(NodeId peer)
{
    if (std::find(m_hurried.begin(), m_hurried.end(), peer) == m_hurried.end())
        m_hurried.push_back(peer);
    if (m_round || !m_started)
        return;
    m_ports.timers.cancel(m_timer);
    beginLater();
}

void AntiEntropy::hurryAll()
{
    for (const NodeId peer : partners())
        hurry(peer);
}

int AntiEntropy::compareAll(std::optional<Slot> slot)
{
    const std::vector<NodeId> peers = partners();
    for (const NodeId peer : peers) {
        if (slot && m_ports.peers.rings().holds(peer, *slot))
            m_slotsAsked.emplace(peer, *slot);
        hurry(peer);
    }
    return static_cast<int>(peers.size());
}

// Every other node of the ring that can be reached: with each there may be common slots, or slots to give
// back.
std::vector<NodeId> AntiEntropy::partners() const
{
    std::vector<NodeId> partners;
    for (const NodeId node : m_ports.peers.rings().nodes()) {
        if (node != m_ports.peers.self() && m_ports.peers.isReachable(node))
            partners.push_back(node);
    }
    return partners;
}

HashTree AntiEntropy::treeSharedWith(NodeId peer) const
{
    const RingView& rings = m_ports.peers.rings();
    const NodeId self = m_ports.peers.self();
    std::vector<HashTree::Leaf> leaves;
    m_ports.store.forEachSlot([&](Slot slot, const SlotSummary& held) {
        if (rings.holds(self, slot) && rings.holds(peer, slot))
            leaves.emplace_back(slot, held.hash);
    });
    return HashTree(leaves);
}

// Slots of the peer's that this node holds objects of without being their replica, and their hashes.
std::vector<std::pair<Slot, quint64>> AntiEntropy::slotsOwedTo(NodeId peer) const
{
    std::vector<std::pair<Slot, quint64>> owed;
    const RingView& rings = m_ports.peers.rings();
    m_ports.store.forEachSlot([&](Slot slot, const SlotSummary& held) {
        if (!rings.holds(m_ports.peers.self(), slot) && rings.holds(peer, slot))
            owed.emplace_back(slot, held.hash);
    });
    return owed;
}

// As it is compared between nodes.
QByteArray AntiEntropy::ringsWord() const
{
    return QByteArray::number(m_ports.peers.rings().digest(), 16);
}

void AntiEntropy::beginNext()
{
    const std::vector<NodeId> candidates = partners();
    std::optional<NodeId> peer;
    while (!peer && !m_hurried.empty()) {
        const NodeId next = m_hurried.front();
        m_hurried.pop_front();
        if (std::find(candidates.begin(), candidates.end(), next) != candidates.end())
            peer = next;
    }
    if (!peer && !candidates.empty()) {
        const auto after = std::upper_bound(candidates.begin(), candidates.end(), m_last);
        peer = after == candidates.end() ? candidates.front() : *after;
    }
    if (!peer)
        return beginLater();
    m_last = *peer;
    m_round.reset(new Round{*peer,
                            m_ports.peers.rings().digest(),
                            m_ports.clock.now(),
                            slotsOwedTo(*peer),
                            0,
                            treeSharedWith(*peer),
                            0,
                            {},
                            {0},
                            {},
                            {},
                            {},
                            {}});
    for (const auto& [slot, hash] : m_round->owed)
        m_round->slots.push_back(slot);
    const auto [first, last] = m_slotsAsked.equal_range(*peer);
    for (auto asked = first; asked != last; ++asked)
        m_round->slots.push_back(asked->second);
    m_slotsAsked.erase(first, last);
    askTree(0, {0});
}

void AntiEntropy::send(const wire::Message& message)
{
    const Duration rest = m_ports.pacing.restAfter(m_exchange);
    if (m_exchange == Duration{0} || rest == Duration{0})
        return sendNow(wire::encode(message));
    m_ports.timers.cancel(m_timer);
    m_timer = m_ports.timers.startAt(m_ports.clock.now() + rest,
                                     [this, bytes = wire::encode(message)] { sendNow(bytes); });
}

void AntiEntropy::sendNow(const QByteArray& message)
{
    m_sent = m_ports.clock.now();
    m_ports.timers.cancel(m_timer);
    m_timer = m_ports.timers.startAt(m_sent + patience, [this] { endRound(false); });
    if (m_ports.transport.send(m_round->peer, message) != SendResult::Queued)
        endRound(false);
}

bool AntiEntropy::isAnswer(NodeId from, wire::RequestId id)
{
    if (!m_round || m_round->peer != from || m_round->waitingFor != id)
        return false;
    m_exchange = m_ports.clock.now() - m_sent;
    return true;
}

void AntiEntropy::askTree(int level, std::vector<quint16> indices)
{
    m_round->level = level;
    m_round->asked = std::move(indices);
    m_round->nodesToAsk.erase(m_round->nodesToAsk.begin(),
                              m_round->nodesToAsk.begin() + static_cast<ptrdiff_t>(m_round->asked.size()));
    m_round->waitingFor = ++m_lastId;
    send(wire::TreeRequest{m_lastId, ringsWord(), static_cast<quint8>(level), m_round->asked});
}

void AntiEntropy::handle(NodeId from, const wire::TreeRequest& request)
{
    wire::TreeReply reply{request.id, false, {}};
    const bool sound = request.level < HashTree::leafLevel &&
                       std::all_of(request.indices.begin(), request.indices.end(),
                                   [&](quint16 index) { return index < HashTree::widthOf(request.level); });
    if (m_started && sound && request.ringDigest == ringsWord()) {
        reply.sameRing = true;
        const HashTree tree = treeSharedWith(from);
        for (const quint16 index : request.indices) {
            for (int child = 0; child < HashTree::fanOut; ++child)
                reply.hashes.push_back(tree.at(request.level + 1, index * HashTree::fanOut + child));
        }
    }
    (void)m_ports.transport.send(from, wire::encode(reply)); // a lost answer ends the asker's round
}

void AntiEntropy::handle(NodeId from, const wire::TreeReply& reply)
{
    if (!isAnswer(from, reply.id))
        return;
    Round& round = *m_round;
    if (!reply.sameRing || reply.hashes.size() != round.asked.size() * HashTree::fanOut)
        return endRound(false);
    for (size_t i = 0; i < reply.hashes.size(); ++i) {
        const int index = round.asked[i / HashTree::fanOut] * HashTree::fanOut + int(i % HashTree::fanOut);
        if (round.tree.at(round.level + 1, index) != reply.hashes[i])
            round.differing.push_back(static_cast<quint16>(index));
    }
    if (round.nodesToAsk.empty()) {
        if (round.level + 1 == HashTree::leafLevel) {
            m_counters.divergentSlots = round.differing.size();
            for (const quint16 slot : round.differing)
                round.slots.push_back(Slot{slot});
            return askSlots();
        }
        ++round.level;
        round.nodesToAsk.assign(round.differing.begin(), round.differing.end());
        round.differing.clear();
    }
    if (round.nodesToAsk.empty()) { // nothing differs
        m_counters.divergentSlots = 0;
        return askSlots();
    }
    const auto n = static_cast<ptrdiff_t>(std::min<size_t>(round.nodesToAsk.size(), wire::maxTreeNodes));
    askTree(round.level, {round.nodesToAsk.begin(), round.nodesToAsk.begin() + n});
}

void AntiEntropy::askSlots()
{
    Round& round = *m_round;
    if (round.slots.empty())
        return endRound(true);
    const auto n = static_cast<ptrdiff_t>(std::min(round.slots.size(), slotsAtOnce));
    round.askedSlots.assign(round.slots.begin(), round.slots.begin() + n);
    std::sort(round.askedSlots.begin(), round.askedSlots.end());
    round.slots.erase(round.slots.begin(), round.slots.begin() + n);
    round.waitingFor = ++m_lastId;
    send(wire::SlotsRequest{m_lastId, round.askedSlots});
}

void AntiEntropy::handle(NodeId from, const wire::SlotsRequest& request)
{
    (void)m_ports.transport.send(from, wire::encode(listSlots(m_ports.store, request)));
}

void AntiEntropy::handle(NodeId from, const wire::SlotsReply& reply)
{
    if (!isAnswer(from, reply.id))
        return;
    if (reply.error || reply.complete == 0 || reply.complete > m_round->askedSlots.size())
        return endRound(false);
    compareSlots(reply);
}

// The keys that the two hold differently, by one ordered walk through both listings.
void AntiEntropy::compareSlots(const wire::SlotsReply& theirs)
{
    Round& round = *m_round;
    const std::vector<Slot> listed(round.askedSlots.begin(), round.askedSlots.begin() + theirs.complete);
    round.slots.insert(round.slots.begin(), round.askedSlots.begin() + theirs.complete,
                       round.askedSlots.end());
    const wire::SlotsReply ours = listSlots(m_ports.store, {0, listed});
    if (ours.error || ours.complete == 0)
        return endRound(false);
    if (ours.complete < listed.size()) // ours is the longer listing: the rest comes again
        round.slots.insert(round.slots.begin(), listed.begin() + ours.complete, listed.end());

    const Slot last = listed[size_t(ours.complete) - 1];
    m_counters.keysCompared += ours.items.size() + theirs.items.size();
    for (Key& key : differingKeys(ours.items, theirs.items, last))
        round.keys.push_back(std::move(key));
    sync();
}

void AntiEntropy::sync()
{
    Round& round = *m_round;
    if (round.keys.empty())
        return askSlots();
    wire::SyncRequest request{++m_lastId, {}};
    qsizetype bytes = 0;
    while (!round.keys.empty() && request.items.size() < itemsAtOnce && bytes < bytesAtOnce) {
        Result<QByteArray> held = m_ports.replica.read(round.keys.front());
        if (!held)
            return endRound(false);
        bytes += held->size() + round.keys.front().bytes().size();
        m_counters.objectsGiven += held->isEmpty() ? 0 : 1;
        request.items.push_back({std::move(round.keys.front()), std::move(*held)});
        round.keys.pop_front();
    }
    round.waitingFor = request.id;
    send(request);
}

void AntiEntropy::handle(NodeId from, const wire::SyncRequest& request)
{
    const auto reply = [this, from](const wire::SyncReply& message) {
        (void)m_ports.transport.send(from, wire::encode(message));
    };
    std::vector<Replica::Received> received;
    for (const wire::SyncRequest::Item& item : request.items)
        received.push_back({item.key, item.set});
    m_ports.replica.mergeAll(received, [this, reply, request](const Result<void>& merged) {
        wire::SyncReply answer{request.id, std::nullopt, {}};
        if (!merged)
            answer.error = merged.error();
        for (const wire::SyncRequest::Item& item : request.items) {
            if (answer.error)
                break;
            Result<QByteArray> held = m_ports.replica.read(item.key);
            if (!held)
                answer.error = held.error();
            else if (*held != item.set)
                answer.items.push_back({item.key, std::move(*held)});
        }
        reply(answer);
    });
}

void AntiEntropy::handle(NodeId from, const wire::SyncReply& reply)
{
    if (!isAnswer(from, reply.id))
        return;
    if (reply.error)
        return endRound(false);
    const bool owned = !reply.items.empty();
    std::vector<Replica::Received> received;
    for (const wire::SyncRequest::Item& item : reply.items) {
        // What this node holds only for others needs no news.
        if (m_ports.peers.rings().holds(m_ports.peers.self(), m_ports.replica.slot(item.key)))
            received.push_back({item.key, item.set});
    }
    m_counters.objectsTaken += received.size();
    if (!owned)
        return sync();
    m_ports.replica.mergeAll(received, [this, from, id = reply.id](const Result<void>& merged) {
        if (!isAnswer(from, id))
            return;
        if (merged)
            sync();
        else
            endRound(false);
    });
}

void AntiEntropy::linkLost(NodeId peer)
{
    if (m_round && m_round->peer == peer)
        endRound(false);
}

void AntiEntropy::endRound(bool completed)
{
    const std::unique_ptr<Round> round = std::move(m_round);
    if (completed && round->rings == m_ports.peers.rings().digest())
        m_compared({round->peer, round->rings, round->began, round->owed});
    m_exchange = Duration{0};
    m_counters.rounds += completed ? 1 : 0;
    m_ports.timers.cancel(m_timer);
    beginLater();
}

} // namespace ringmaster
