// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/request/keys_operation.h"

#include <algorithm>

namespace ringmaster {

namespace {

constexpr int maxObjectsLookedAt = 4096;
constexpr qsizetype maxBytesLookedAt = 4 * 1024 * 1024;
constexpr size_t maxHintsLookedAt = 1000;
constexpr qsizetype maxKeyBytesInReply = 256 * 1024; // but for the last key

// Where a listing has come to: everything before it has been seen.
struct Frontier {
    int slot = 0;             // slotCount: beyond the end
    std::optional<Key> after; // nothing: at the slot's beginning

    friend bool operator<(const Frontier& a, const Frontier& b)
    {
        if (a.slot != b.slot)
            return a.slot < b.slot;
        if (!a.after || !b.after)
            return !a.after && b.after;
        return *a.after < *b.after;
    }
    // The item lies before the frontier.
    bool covers(const wire::KeysReply::Item& item) const
    {
        return item.slot.value < slot || (item.slot.value == slot && after && item.key <= *after);
    }
};

Frontier frontierOf(const wire::KeysReply& reply, Slot last)
{
    if (!reply.more)
        return {last.value + 1, std::nullopt};
    return {reply.nextSlot.value, reply.nextAfter};
}

bool before(const wire::KeysReply::Item& a, const wire::KeysReply::Item& b)
{
    return a.slot != b.slot ? a.slot < b.slot : a.key < b.key;
}

// The slots from `from` on, not around the top, that have the same set of replicas.
Slot lastWithSameReplicas(const HashRing& ring, Slot from)
{
    const auto sorted = [&ring](Slot slot) {
        std::vector<NodeId> nodes = ring.preferenceList(slot);
        std::sort(nodes.begin(), nodes.end());
        return nodes;
    };
    const std::vector<NodeId> wanted = sorted(from);
    Slot last = from;
    while (true) {
        const Slot end = ring.rangeOf(last).last;
        last = end < last ? lastSlot : end;
        if (last == lastSlot || sorted(Slot{static_cast<quint16>(last.value + 1)}) != wanted)
            return last;
        last = Slot{static_cast<quint16>(last.value + 1)};
    }
}

} // namespace

namespace {

wire::KeysReply listObjects(Store& store, const wire::KeysRequest& request)
{
    wire::KeysReply reply;
    const Result<ObjectPage> page =
        store.scan({request.slot, request.after}, request.last, maxObjectsLookedAt, maxBytesLookedAt);
    if (!page) {
        reply.error = page.error();
        return reply;
    }
    const auto limit = std::min<quint64>(request.limit, wire::maxKeysInPage);
    qsizetype keyBytes = 0;
    for (const ObjectRecord& record : page->records) {
        if (!record.live || !record.key.bytes().startsWith(request.prefix))
            continue;
        reply.items.push_back({record.slot, record.key});
        keyBytes += record.key.bytes().size();
        if (reply.items.size() == limit || keyBytes >= maxKeyBytesInReply) {
            reply.more = true;
            reply.nextSlot = record.slot;
            reply.nextAfter = record.key;
            return reply;
        }
    }
    reply.more = page->next.has_value();
    if (page->next) {
        reply.nextSlot = page->next->slot;
        reply.nextAfter = page->next->after;
    }
    return reply;
}

// Whether a hint holds a value is in its set, which is in the store: only so many are read.
wire::KeysReply listHints(HintStore& hints, const wire::KeysRequest& request)
{
    wire::KeysReply reply;
    const std::vector<HintStore::Place> places =
        hints.keysIn({request.slot, request.after}, request.last, maxHintsLookedAt + 1);
    const auto limit = std::min<quint64>(request.limit, wire::maxKeysInPage);
    size_t looked = 0;
    qsizetype keyBytes = 0;
    for (const HintStore::Place& place : places) {
        if (looked == maxHintsLookedAt || reply.items.size() == limit || keyBytes >= maxKeyBytesInReply) {
            reply.more = true;
            return reply;
        }
        ++looked;
        reply.nextSlot = place.slot;
        reply.nextAfter = place.key;
        if (!place.key.bytes().startsWith(request.prefix))
            continue;
        const Result<SiblingSet> kept = hints.durableFor(place.key);
        if (!kept) {
            reply.error = kept.error();
            return reply;
        }
        if (!kept->hasValue())
            continue;
        reply.items.push_back({place.slot, place.key});
        keyBytes += place.key.bytes().size();
    }
    return reply;
}

} // namespace

wire::KeysReply listKeys(Store& store, HintStore& hints, const wire::KeysRequest& request)
{
    wire::KeysReply reply = request.ofHints ? listHints(hints, request) : listObjects(store, request);
    reply.to = wire::replyTo(request);
    return reply;
}

KeysOperation::KeysOperation(wire::RequestId id, const OperationPorts& ports, Store& store, Page page,
                             int quorum, OperationTime time, KeysCallback done)
    : m_ports(ports)
    , m_store(store)
    , m_message{id,
                time.budget(ports.clock),
                false,
                page.from.slot,
                std::move(page.from.after),
                lastSlot,
                std::move(page.prefix),
                static_cast<quint16>(page.limit)}
    , m_limit(page.limit)
    , m_time(time)
    , m_tally(quorum)
    , m_done(std::move(done))
{}

void KeysOperation::start()
{
    const RingView& rings = m_ports.peers.rings();
    std::vector<NodeId> order = replicasOf(rings, m_message.slot);
    m_n = static_cast<int>(rings.current().preferenceList(m_message.slot).size());
    const auto self = std::find(order.begin(), order.end(), m_ports.peers.self());
    if (self != order.end())
        std::iter_swap(order.begin(), self);
    m_message.last = std::min(lastWithSameReplicas(rings.current(), m_message.slot),
                              lastWithSameReplicas(rings.next(), m_message.slot));
    m_hintsMessage = m_message;
    m_hintsMessage.ofHints = true;
    addPrimaries(m_tally, order, m_message.slot, m_ports.peers);
    askKeepersOfHints();
    askForShortfall();
    conclude();
}

void KeysOperation::askKeepersOfHints()
{
    const QByteArray message = wire::encode(m_hintsMessage);
    for (const NodeId node : m_ports.peers.rings().nodes()) {
        if (node == m_ports.peers.self())
            takeHinted(node, listKeys(m_store, m_ports.hints, m_hintsMessage));
        else if (m_ports.peers.isReachable(node) &&
                 m_ports.transport.send(node, message) == SendResult::Queued)
            m_keepers.insert(node);
    }
}

// One that cannot read its hints is like one that cannot be reached.
void KeysOperation::takeHinted(NodeId from, const wire::KeysReply& reply)
{
    m_keepers.erase(from);
    if (!reply.error)
        m_replies.push_back(reply);
}

void KeysOperation::askForShortfall()
{
    while (m_tally.verdict() == QuorumTally::Verdict::Pending && m_tally.shortfall() > 0) {
        const std::optional<NodeId> next = m_tally.nextToAsk();
        if (!next)
            return;
        m_tally.markAsked(*next);
        if (*next == m_ports.peers.self())
            take(*next, listKeys(m_store, m_ports.hints, m_message));
        else
            sendOrMarkMissing(m_tally, m_ports.transport, *next, wire::encode(m_message));
    }
}

void KeysOperation::take(NodeId from, const wire::KeysReply& reply)
{
    if (reply.error)
        m_tally.markMissing(from, MissingReason::Refused, reply.error->message);
    else if (m_tally.markAnswered(from, m_time.since(m_ports.clock)))
        m_replies.push_back(reply);
}

bool KeysOperation::replied(NodeId from, const wire::KeysReply& reply)
{
    if (reply.to == wire::replyTo(m_hintsMessage) && m_keepers.contains(from)) {
        takeHinted(from, reply);
        conclude();
        return true;
    }
    if (reply.to != wire::replyTo(m_message) || !m_tally.isWaiting(from))
        return false;
    take(from, reply);
    askForShortfall();
    conclude();
    return true;
}

void KeysOperation::lost(NodeId node)
{
    const bool wasKeeper = m_keepers.erase(node) > 0;
    const bool wasAsked = m_tally.isWaiting(node);
    if (!wasKeeper && !wasAsked)
        return;
    m_tally.markMissing(node, MissingReason::Unreachable);
    askForShortfall();
    conclude();
}

void KeysOperation::deadlineReached()
{
    fail(deadlinePassed(m_tally, m_n, m_ports.peers, false, false));
}

void KeysOperation::conclude()
{
    if (finished())
        return;
    switch (m_tally.verdict()) {
    case QuorumTally::Verdict::Pending:
        return;
    case QuorumTally::Verdict::Met:
        if (m_keepers.empty())
            answer();
        return;
    case QuorumTally::Verdict::Impossible:
        return fail(quorumNotMet(m_tally, m_n, m_ports.peers, false, false));
    }
}

void KeysOperation::answer()
{
    // The page reaches as far as every replica has been looked through.
    Frontier reached{m_message.last.value + 1, std::nullopt};
    std::vector<wire::KeysReply::Item> items;
    for (const wire::KeysReply& reply : m_replies) {
        reached = std::min(reached, frontierOf(reply, m_message.last));
        items.insert(items.end(), reply.items.begin(), reply.items.end());
    }
    std::sort(items.begin(), items.end(), before);
    items.erase(std::unique(items.begin(), items.end()), items.end());

    KeysPage page;
    for (wire::KeysReply::Item& item : items) {
        if (!reached.covers(item))
            break;
        if (static_cast<int>(page.keys.size()) == m_limit) {
            reached = {items[page.keys.size() - 1].slot.value, page.keys.back()};
            break;
        }
        page.keys.push_back(item.key);
    }
    if (reached.slot < slotCount)
        page.next = ObjectCursor{Slot{static_cast<quint16>(reached.slot)}, reached.after};
    std::exchange(m_done, nullptr)(std::move(page));
}

void KeysOperation::fail(RequestFailure failure)
{
    if (!finished())
        std::exchange(m_done, nullptr)(tl::make_unexpected(std::move(failure)));
}

} // namespace ringmaster
