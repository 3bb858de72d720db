// SPDX-License-Identifier: GPL-3.0-or-later
// AntiEntropy as the one who asks: the messages of a round, and what their answers lead to.
#include "nodecore/base/mutant.h"
#include "nodecore/repair/anti_entropy_round.h"
#include "nodecore/repair/slot_listing.h"

#include <algorithm>
#include <limits>

namespace ringmaster {

void AntiEntropy::askNext()
{
    if (m_round->isDescending())
        askTree();
    else if (!m_round->keys.empty())
        askSync();
    else
        askSlots();
}

template <class Request>
void AntiEntropy::ask(const Request& request, std::vector<Slot> slots)
{
    const QByteArray bytes = wire::encode(request);
    const MonoTime now = m_ports.clock.now();
    m_ports.bandwidth.spend(bytes.size(), now);
    m_round->underWay.emplace(request.id, Exchange{wire::subjectOf(request), now, std::move(slots)});
    beginPatience(Duration{0});
    if (m_ports.transport.send(m_round->peer, bytes) != SendResult::Queued)
        endRound(false);
}

std::optional<AntiEntropy::Exchange> AntiEntropy::answered(NodeId from, const wire::ReplyTo& to)
{
    if (!m_round || !m_round->underWay.contains(to.id)) {
        m_ports.ids.droppedAsUnknown(to.id);
        return std::nullopt;
    }
    const auto found = m_round->underWay.find(to.id);
    if (m_round->peer != from || found->second.subject != to.subject) {
        m_ports.ids.droppedAsMismatched();
        return std::nullopt;
    }
    Exchange exchange = std::move(found->second);
    m_round->underWay.erase(found);
    rested(exchange.asked);
    beginPatience(Duration{0});
    return exchange;
}

void AntiEntropy::askTree()
{
    Round& round = *m_round;
    const auto n = static_cast<ptrdiff_t>(std::min<size_t>(round.nodesToAsk.size(), wire::maxTreeNodes));
    round.askedNodes.assign(round.nodesToAsk.begin(), round.nodesToAsk.begin() + n);
    round.nodesToAsk.erase(round.nodesToAsk.begin(), round.nodesToAsk.begin() + n);
    ask(wire::TreeRequest{m_ports.ids.next(), ringsWord(m_ports.peers.rings()),
                          static_cast<quint8>(round.level), round.askedNodes},
        {});
}

void AntiEntropy::handle(NodeId from, const wire::TreeReply& reply)
{
    if (!answered(from, reply.to))
        return;
    Round& round = *m_round;
    if (!round.isDescending() || !reply.sameRing ||
        reply.hashes.size() != round.askedNodes.size() * HashTree::fanOut)
        return endRound(false);
    for (size_t i = 0; i < reply.hashes.size(); ++i) {
        const int index =
            round.askedNodes[i / HashTree::fanOut] * HashTree::fanOut + int(i % HashTree::fanOut);
        if (round.shared.tree.at(round.level + 1, index) != reply.hashes[i])
            round.unequal.push_back(static_cast<quint16>(index));
    }
    if (round.nodesToAsk.empty()) {
        ++round.level;
        round.nodesToAsk.assign(round.unequal.begin(), round.unequal.end());
        round.unequal.clear();
    }
    if (round.nodesToAsk.empty() || !round.isDescending()) {
        m_counters.divergentSlots = round.nodesToAsk.size();
        for (const quint16 slot : round.nodesToAsk)
            round.slots.push_back(Slot{slot});
        round.nodesToAsk.clear();
        round.level = HashTree::leafLevel;
    }
    goOn();
}

void AntiEntropy::askSlots()
{
    Round& round = *m_round;
    const auto n = static_cast<ptrdiff_t>(std::min(round.slots.size(), round.gait.slotsInOne));
    std::vector<Slot> asked(round.slots.begin(), round.slots.begin() + n);
    std::sort(asked.begin(), asked.end());
    round.slots.erase(round.slots.begin(), round.slots.begin() + n);
    wire::SlotsRequest request{m_ports.ids.next(),
                               round.shared.objects,
                               static_cast<quint32>(round.slots.size()),
                               round.gait.itemsInOne,
                               {}};
    for (const Slot slot : asked) {
        const bool wants = m_ports.peers.rings().holds(m_ports.peers.self(), slot) &&
                           m_ports.store.slotSummary(slot).objects == 0;
        request.slots.push_back({slot, wants});
    }
    ask(request, std::move(asked));
}

void AntiEntropy::handle(NodeId from, const wire::SlotsRequest& request)
{
    const bool isComparing = m_round && m_round->peer == from && !m_round->isDescending();
    const bool goesFirst = isComparing && std::pair(m_round->shared.objects, m_ports.peers.self()) <
                                              std::pair(request.held, from);
    if (goesFirst)
        m_answers.refuse(from, request);
    else
        m_answers.answer(from, request);
}

void AntiEntropy::handle(NodeId from, const wire::SlotsReply& reply)
{
    std::optional<Exchange> exchange = answered(from, reply.to);
    if (!exchange)
        return;
    std::vector<Slot>& slots = exchange->slots;
    if (reply.error || reply.complete > slots.size())
        return endRound(false);
    if (reply.complete == 0) {
        m_deferred[from] = m_ports.clock.now() + deferral;
        return endRound(false);
    }
    Round& round = *m_round;
    if (!isMutant(Mutant::ForgetUnlistedSlots))
        round.slots.insert(round.slots.begin(), slots.begin() + reply.complete, slots.end());
    slots.resize(reply.complete);
    took(objectsIn(reply.items));
    compareSlots(slots, reply, exchange->asked);
}

// By one ordered walk through both listings.
void AntiEntropy::compareSlots(const std::vector<Slot>& listed, const wire::SlotsReply& theirs,
                               MonoTime asked)
{
    Round& round = *m_round;
    wire::SlotsRequest request{{}, 0, 0, std::numeric_limits<quint16>::max(), {}};
    for (const Slot slot : listed)
        request.slots.push_back({slot, false});
    const wire::SlotsReply ours = listSlots(m_ports.store, request, round.gait.bytesInOne);
    if (ours.error || ours.complete == 0)
        return endRound(false);
    // Where ours is the longer listing the rest comes again.
    round.slots.insert(round.slots.begin(), listed.begin() + ours.complete, listed.end());
    m_counters.keysCompared += ours.items.size() + theirs.items.size();
    m_meter.compared(round.peer, ours.complete, round.slotsLeft(), m_ports.clock.now());

    std::vector<Replica::Received> whole;
    for (const Difference& found : differences(ours.items, theirs.items, listed[size_t(ours.complete) - 1])) {
        if (found.ours || found.theirs->set.isEmpty()) {
            round.keys.push_back((found.ours ? found.ours : found.theirs)->key);
            continue;
        }
        whole.push_back({found.theirs->key, found.theirs->set});
    }
    store(std::move(whole), asked);
}

void AntiEntropy::askSync()
{
    Round& round = *m_round;
    wire::SyncRequest request{m_ports.ids.next(), {}};
    qsizetype bytes = 0;
    while (!round.keys.empty() && request.items.size() < round.gait.itemsInOne &&
           bytes < round.gait.bytesInOne) {
        const Key key = round.keys.front();
        Result<QByteArray> held = m_ports.replica.read(key);
        if (!held && held.error().code == ErrorCode::Damaged) {
            // As one that holds nothing it asks for what the peer holds; but it has not given what it had.
            round.hasDamage = true;
            held = QByteArray();
        }
        if (!held)
            return endRound(false);
        m_ports.replica.renewFormat(key);
        bytes += held->size() + key.bytes().size();
        request.items.push_back({key, std::move(*held)});
        round.keys.pop_front();
    }
    const TransferView::Moved moved = objectsIn(request.items);
    m_counters.objectsGiven += moved.keys;
    m_meter.given(round.peer, moved, m_ports.clock.now());
    ask(request, {});
}

void AntiEntropy::handle(NodeId from, const wire::SyncReply& reply)
{
    const std::optional<Exchange> exchange = answered(from, reply.to);
    if (!exchange)
        return;
    if (reply.error)
        return endRound(false);
    took(objectsIn(reply.items));
    std::vector<Replica::Received> received;
    for (const wire::SyncRequest::Item& item : reply.items) {
        if (item.set.isEmpty())
            m_round->hasDamage = true; // the peer's copy is
        received.push_back({item.key, item.set});
    }
    store(std::move(received), exchange->asked);
}

void AntiEntropy::took(TransferView::Moved moved)
{
    const MonoTime now = m_ports.clock.now();
    m_ports.bandwidth.spend(static_cast<qint64>(moved.bytes), now);
    m_meter.taken(m_round->peer, moved, now);
}

void AntiEntropy::store(std::vector<Replica::Received> received, MonoTime asked)
{
    // What this node holds only for others needs no news.
    received.erase(std::remove_if(received.begin(), received.end(),
                                  [this](const Replica::Received& one) {
                                      const Slot slot = m_ports.replica.slot(one.key);
                                      return !m_ports.peers.rings().holds(m_ports.peers.self(), slot);
                                  }),
                   received.end());
    if (received.empty())
        return goOn();
    const wire::RequestId round = m_round->id;
    m_counters.objectsTaken += received.size();
    ++m_round->storing;
    m_ports.replica.mergeAll(received, [this, round, asked](const Result<void>& merged) {
        if (!isCurrent(round))
            return;
        --m_round->storing;
        if (!merged)
            return endRound(false);
        rested(asked);
        goOn();
    });
    if (isCurrent(round))
        goOn();
}

} // namespace ringmaster
