// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/repair/anti_entropy_answers.h"

#include "nodecore/base/mutant.h"
#include "nodecore/repair/shared_slots.h"
#include "nodecore/repair/slot_listing.h"

#include <algorithm>
#include <limits>

namespace ringmaster {

namespace {

constexpr qsizetype mostBytesInOne = 512 * 1024; // of one answer, but for the last object

qsizetype mostBytesInAnswer()
{
    return isMutant(Mutant::AnswerWithoutBound) ? std::numeric_limits<qsizetype>::max() : mostBytesInOne;
}

template <class Items>
TransferView::Moved objectsAmong(const Items& items)
{
    TransferView::Moved moved;
    for (const auto& item : items) {
        if (item.set.isEmpty())
            continue;
        ++moved.keys;
        moved.bytes += static_cast<quint64>(item.key.bytes().size() + item.set.size());
    }
    return moved;
}

} // namespace

TransferView::Moved objectsIn(const std::vector<wire::SyncRequest::Item>& items)
{
    return objectsAmong(items);
}
TransferView::Moved objectsIn(const std::vector<wire::SlotsReply::Item>& items)
{
    return objectsAmong(items);
}

void AntiEntropyAnswers::whenAllowed(NodeId to, std::function<void()> answer)
{
    const MonoTime now = m_ports.clock.now();
    if (m_ports.bandwidth.wait(now) == Duration{0})
        return answer();
    if (m_waiting[to] >= mostWaiting)
        return;
    ++m_waiting[to];
    waitForBandwidth(to, now + longestDelay, std::move(answer));
}

// Others may have spent it meanwhile.
void AntiEntropyAnswers::waitForBandwidth(NodeId to, MonoTime until, std::function<void()> answer)
{
    const MonoTime now = m_ports.clock.now();
    const MonoTime due = std::min(now + m_ports.bandwidth.wait(now), until);
    m_ports.timers.startAt(due, [this, to, until, answer = std::move(answer)] {
        const MonoTime reached = m_ports.clock.now();
        if (reached < until && m_ports.bandwidth.wait(reached) > Duration{0})
            return waitForBandwidth(to, until, answer);
        if (--m_waiting[to] == 0)
            m_waiting.erase(to);
        answer();
    });
}

void AntiEntropyAnswers::send(NodeId to, const wire::Message& answer, TransferView::Moved objects)
{
    const QByteArray bytes = wire::encode(answer);
    m_ports.bandwidth.spend(bytes.size(), m_ports.clock.now());
    m_ports.meter.given(to, objects, m_ports.clock.now());
    (void)m_ports.transport.send(to, bytes);
}

void AntiEntropyAnswers::answer(NodeId from, const wire::TreeRequest& request, bool isReady)
{
    whenAllowed(from, [this, from, request, isReady] { answerTree(from, request, isReady); });
}

void AntiEntropyAnswers::answerTree(NodeId from, const wire::TreeRequest& request, bool isReady)
{
    wire::TreeReply reply{wire::replyTo(request), false, {}};
    const bool sound = request.level < HashTree::leafLevel &&
                       std::all_of(request.indices.begin(), request.indices.end(),
                                   [&](quint16 index) { return index < HashTree::widthOf(request.level); });
    if (isReady && sound && request.ringDigest == ringsWord(m_ports.peers.rings())) {
        reply.sameRing = true;
        const HashTree tree = slotsSharedWith(from, m_ports.store, m_ports.peers).tree;
        for (const quint16 index : request.indices) {
            for (int child = 0; child < HashTree::fanOut; ++child)
                reply.hashes.push_back(tree.at(request.level + 1, index * HashTree::fanOut + child));
        }
    }
    send(from, reply);
}

void AntiEntropyAnswers::answer(NodeId from, const wire::SlotsRequest& request)
{
    whenAllowed(from, [this, from, request] {
        const wire::SlotsReply reply =
            listSlots(m_ports.store, request, m_ports.bandwidth.atMost(mostBytesInAnswer()));
        const size_t unlisted = request.slots.size() - reply.complete;
        m_ports.meter.compared(from, reply.complete, request.slotsLeft + unlisted, m_ports.clock.now());
        send(from, reply, objectsIn(reply.items));
    });
}

void AntiEntropyAnswers::answer(NodeId from, const wire::SyncRequest& request)
{
    std::vector<Replica::Received> received;
    std::vector<Sent> sent;
    for (const wire::SyncRequest::Item& item : request.items) {
        received.push_back({item.key, item.set});
        sent.push_back({item.key, item.set.isEmpty() ? 0 : recordHash(item.key, item.set)});
    }
    const TransferView::Moved moved = objectsIn(request.items);
    m_ports.meter.taken(from, moved, m_ports.clock.now());
    m_ports.bandwidth.spend(static_cast<qint64>(moved.bytes), m_ports.clock.now());
    m_ports.replica.mergeAll(received, [this, from, to = wire::replyTo(request),
                                        sent = std::move(sent)](const Result<Replica::Merged>& merged) {
        if (!merged)
            return send(from, wire::SyncReply{to, merged.error(), 0, {}, {}});
        whenAllowed(from, [this, from, to, sent, merged = *merged] { answerMerged(from, to, sent, merged); });
    });
}

void AntiEntropyAnswers::answerMerged(NodeId from, const wire::ReplyTo& to, const std::vector<Sent>& sent,
                                      const Replica::Merged& merged)
{
    wire::SyncReply reply{to, std::nullopt, 0, {}, {}};
    const qsizetype most = m_ports.bandwidth.atMost(mostBytesInAnswer());
    qsizetype bytes = 0;
    for (size_t i = 0; i < merged.complete && bytes < most; ++i) {
        const Sent& one = sent[i];
        const auto number = static_cast<quint16>(i);
        ++reply.complete;
        if (std::binary_search(merged.skipped.begin(), merged.skipped.end(), i)) {
            reply.skipped.push_back(number);
            continue;
        }
        Result<QByteArray> held = m_ports.replica.read(one.key);
        if (!held && held.error().code == ErrorCode::Damaged) {
            reply.items.push_back({one.key, {}});
            continue;
        }
        if (!held) {
            reply.skipped.push_back(number);
            continue;
        }
        const quint64 hash = held->isEmpty() ? 0 : recordHash(one.key, *held);
        if (hash == one.hash)
            continue;
        bytes += one.key.bytes().size() + held->size();
        reply.items.push_back({one.key, std::move(*held)});
    }
    send(from, reply, objectsIn(reply.items));
}

} // namespace ringmaster
