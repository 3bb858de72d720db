// SPDX-License-Identifier: GPL-3.0-or-later
// AntiEntropy as the one who asks: the messages of a round, and what their answers lead to.
#include "nodecore/base/mutant.h"
#include "nodecore/repair/anti_entropy_round.h"
#include "nodecore/repair/slot_listing.h"

#include <QSet>

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
void AntiEntropy::ask(const Request& request, Exchange exchange)
{
    const QByteArray bytes = wire::encode(request);
    const MonoTime now = m_ports.clock.now();
    m_ports.bandwidth.spend(bytes.size(), now);
    exchange.subject = wire::subjectOf(request);
    exchange.asked = now;
    m_round->underWay.emplace(request.id, std::move(exchange));
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
        Exchange{});
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
            round.slots.push_back({Slot{slot}, std::nullopt});
        round.nodesToAsk.clear();
        round.level = HashTree::leafLevel;
    }
    goOn();
}

namespace {

// Ascending, each slot once, from the earlier of two places on.
std::map<Slot, std::optional<Key>> takeSlots(std::deque<ObjectCursor>& from, size_t most)
{
    std::map<Slot, std::optional<Key>> taken;
    for (size_t i = 0; i < most && !from.empty(); ++i) {
        const ObjectCursor& place = from.front();
        const auto [known, isNew] = taken.try_emplace(place.slot, place.after);
        if (!isNew && place.after < known->second)
            known->second = place.after;
        from.pop_front();
    }
    return taken;
}

} // namespace

bool AntiEntropy::holdsNothingBeyond(const ObjectCursor& place) const
{
    if (m_ports.store.slotSummary(place.slot).objects == 0)
        return true;
    if (!place.after)
        return false;
    const Result<ObjectPage> page = m_ports.store.scan(place, place.slot, 1, 1);
    return page && page->records.empty();
}

void AntiEntropy::askSlots()
{
    Round& round = *m_round;
    Exchange exchange;
    wire::SlotsRequest& request = exchange.listing;
    const std::map<Slot, std::optional<Key>> places = takeSlots(round.slots, round.gait.slotsInOne);
    request = {m_ports.ids.next(),
               round.shared.objects,
               static_cast<quint32>(round.slots.size()),
               round.gait.itemsInOne,
               {}};
    for (const auto& [slot, after] : places) {
        const bool wants =
            m_ports.peers.rings().holds(m_ports.peers.self(), slot) && holdsNothingBeyond({slot, after});
        request.slots.push_back({slot, wants, after});
    }
    const wire::SlotsRequest sent = request;
    ask(sent, std::move(exchange));
}

void AntiEntropy::handle(NodeId from, const wire::SlotsRequest& request)
{
    const bool isComparing = m_round && m_round->peer == from; // also where it has not come as far
    const bool goesFirst = isComparing && std::pair(m_round->shared.objects, m_ports.peers.self()) <
                                              std::pair(request.held, from);
    if (goesFirst)
        m_answers.refuse(from, request);
    else
        m_answers.answer(from, request);
}

void AntiEntropy::handle(NodeId from, const wire::SlotsReply& reply)
{
    const std::optional<Exchange> exchange = answered(from, reply.to);
    if (!exchange)
        return;
    if (reply.error || reply.complete > exchange->listing.slots.size())
        return endRound(false);
    if (reply.complete == 0 && !reply.upTo) {
        m_deferred[from] = m_ports.clock.now() + deferral;
        return endRound(false);
    }
    took(objectsIn(reply.items));
    compareSlots(*exchange, reply);
}

// By one ordered walk through both listings, as far as both have come; the rest comes again.
void AntiEntropy::compareSlots(const Exchange& exchange, const wire::SlotsReply& theirs)
{
    Round& round = *m_round;
    wire::SlotsRequest request = exchange.listing;
    request.enoughItems = std::numeric_limits<quint16>::max();
    for (wire::SlotsRequest::Item& slot : request.slots)
        slot.wantsObjects = false;
    const wire::SlotsReply ours = listSlots(m_ports.store, request, round.gait.bytesInOne);
    if (ours.error)
        return endRound(false);
    const ListedUpTo reached = std::min(listedUpTo(request, ours), listedUpTo(request, theirs));
    const std::vector<ObjectCursor> left = slotsBeyond(request, reached);
    if (!isMutant(Mutant::ForgetUnlistedSlots))
        round.slots.insert(round.slots.begin(), left.begin(), left.end());
    m_counters.keysCompared += ours.items.size() + theirs.items.size();
    m_meter.compared(round.peer, request.slots.size() - left.size(), round.slotsLeft(), m_ports.clock.now());

    std::vector<Replica::Received> whole;
    for (const Difference& found : differences(ours.items, theirs.items, reached)) {
        if (found.ours || found.theirs->set.isEmpty()) {
            synchroniseLater(found);
            continue;
        }
        whole.push_back({found.theirs->key, found.theirs->set});
    }
    store(std::move(whole), exchange.asked);
}

void AntiEntropy::synchroniseLater(const Difference& found)
{
    const Key& key = (found.ours ? found.ours : found.theirs)->key;
    if (m_ports.skipped.isResting(key, found.ours ? found.ours->hash : 0, m_ports.clock.now()))
        m_round->skipped.insert(m_ports.replica.slot(key));
    else
        m_round->keys.push_back(key);
}

void AntiEntropy::askSync()
{
    Round& round = *m_round;
    wire::SyncRequest request{m_ports.ids.next(), {}};
    Exchange exchange;
    qsizetype bytes = 0;
    QSet<Key> seen;
    const size_t mostKeys = std::min<size_t>(round.gait.itemsInOne, round.keysInOne);
    while (!round.keys.empty() && request.items.size() < mostKeys && bytes < round.gait.bytesInOne) {
        const Key key = round.keys.front();
        round.keys.pop_front();
        if (seen.contains(key))
            continue; // its slot was to be compared twice
        seen.insert(key);
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
        exchange.keys.push_back(key);
        request.items.push_back({key, std::move(*held)});
    }
    const TransferView::Moved moved = objectsIn(request.items);
    m_counters.objectsGiven += moved.keys;
    m_meter.given(round.peer, moved, m_ports.clock.now());
    ask(request, std::move(exchange));
}

void AntiEntropy::handle(NodeId from, const wire::SyncReply& reply)
{
    const std::optional<Exchange> exchange = answered(from, reply.to);
    if (!exchange)
        return;
    const std::vector<Key>& keys = exchange->keys;
    if (reply.error || reply.complete == 0 || reply.complete > keys.size())
        return endRound(false);
    askAgainFor(keys, reply.complete);
    for (const quint16 number : reply.skipped) {
        if (number < reply.complete)
            skip(keys[number]);
    }
    took(objectsIn(reply.items));
    std::vector<Replica::Received> received;
    for (const wire::SyncRequest::Item& item : reply.items) {
        if (item.set.isEmpty())
            m_round->hasDamage = true; // the peer's copy is
        received.push_back({item.key, item.set});
    }
    store(std::move(received), exchange->asked);
}

// What the peer holds of the keys was too much for one answer: about as many keys fit into the next one.
void AntiEntropy::askAgainFor(const std::vector<Key>& keys, size_t from)
{
    Round& round = *m_round;
    round.keys.insert(round.keys.begin(), keys.begin() + static_cast<ptrdiff_t>(from), keys.end());
    if (from < keys.size())
        round.keysInOne = from;
    else if (round.keysInOne < round.gait.itemsInOne)
        round.keysInOne *= 2;
}

void AntiEntropy::skip(const Key& key)
{
    m_round->skipped.insert(m_ports.replica.slot(key));
    const Result<Replica::HeldHashes> held = m_ports.replica.heldHashes(key);
    m_ports.skipped.skip(
        key, held ? held->durable.value_or(0) : 0,
        QStringLiteral("%1 cannot merge it with what it holds").arg(m_ports.peers.nameOf(m_round->peer)),
        m_ports.clock.now());
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
    ++m_round->storing;
    m_ports.replica.mergeAll(received, [this, round, asked, received](const Result<Replica::Merged>& merged) {
        if (merged)
            m_counters.objectsTaken += merged->complete - merged->skipped.size();
        if (!isCurrent(round))
            return;
        --m_round->storing;
        if (!merged)
            return endRound(false);
        for (const size_t number : merged->skipped)
            m_round->skipped.insert(m_ports.replica.slot(received[number].key));
        for (size_t i = merged->complete; i < received.size(); ++i)
            m_round->keys.push_back(received[i].key);
        rested(asked);
        goOn();
    });
    if (isCurrent(round))
        goOn();
}

} // namespace ringmaster
