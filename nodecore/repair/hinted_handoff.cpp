// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/repair/hinted_handoff.h"

#include "nodecore/base/mutant.h"

#include <QSet>

#include <algorithm>
#include <utility>

namespace ringmaster {

namespace {

// Of one message: a few commits' worth, so that a client's request never waits long behind it.
constexpr size_t hintsAtOnce = 512;
constexpr qsizetype handoffBytesAtOnce = 512 * 1024;

} // namespace

HintedHandoff::HintedHandoff(Ports ports, BeforeForgetting beforeForgetting, Returned returned)
    : m_ports(ports)
    , m_beforeForgetting(std::move(beforeForgetting))
    , m_returned(std::move(returned))
{}

void HintedHandoff::start()
{
    look();
}

void HintedHandoff::look()
{
    std::vector<NodeId> owners;
    for (const auto& [owner, tally] : m_ports.hints.owed())
        owners.push_back(owner);
    for (const NodeId owner : owners)
        deliverTo(owner);
    m_ports.timers.startAt(m_ports.clock.now() + interval, [this] { look(); });
}

// Of two for one key, the second goes with the next message.
Result<std::vector<HintStore::Hint>> HintedHandoff::nextHints(NodeId owner)
{
    const MonoTime now = m_ports.clock.now();
    std::erase_if(m_resting, [now](const auto& resting) { return resting.second <= now; });
    Result<std::vector<HintStore::Hint>> hints =
        m_ports.hints.oldest(owner, hintsAtOnce, handoffBytesAtOnce,
                             [this](HintStore::HintNumber number) { return m_resting.contains(number); });
    if (!hints)
        return hints;
    QSet<Key> seen;
    std::erase_if(*hints, [&seen](const HintStore::Hint& hint) {
        const bool twice = seen.contains(hint.key);
        seen.insert(hint.key);
        return twice;
    });
    return hints;
}

void HintedHandoff::deliverTo(NodeId owner)
{
    if (m_underWay.contains(owner) || owner == m_ports.peers.self())
        return;
    if (m_ports.peers.rings().isOutside(owner))
        return takeIn(owner);
    if (!m_ports.peers.isReachable(owner))
        return;
    Result<std::vector<HintStore::Hint>> hints = nextHints(owner);
    if (!hints || hints->empty())
        return; // an unreadable hint stays where it is; health tells of the store
    wire::HandoffRequest request{m_ports.ids.next(), {}};
    for (const HintStore::Hint& hint : *hints)
        request.items.push_back({hint.key, hint.set});
    const QByteArray bytes = wire::encode(request);
    if (m_ports.transport.send(owner, bytes) != SendResult::Queued)
        return;
    m_ports.bandwidth.spend(bytes.size(), m_ports.clock.now());
    const TimerId timer =
        m_ports.timers.startAt(m_ports.clock.now() + patience, [this, owner] { end(owner); });
    if (isMutant(Mutant::DropHintEarly)) {
        for (const HintStore::Hint& hint : *hints)
            m_ports.hints.forget({hint.number}, [](const Result<void>&) {});
    }
    m_underWay[owner] = {wire::replyTo(request), std::move(*hints), timer, m_ports.clock.now(), false};
}

void HintedHandoff::takeIn(NodeId owner)
{
    Result<std::vector<HintStore::Hint>> hints = nextHints(owner);
    if (!hints || hints->empty())
        return;
    std::vector<Replica::Received> received;
    for (const HintStore::Hint& hint : *hints)
        received.push_back({hint.key, hint.set});
    if (isMutant(Mutant::ForgetHintsOfRemoved))
        received.clear();
    const MonoTime now = m_ports.clock.now();
    const TimerId timer = m_ports.timers.startAt(now + patience, [this, owner] { end(owner); });
    const wire::RequestId id = m_ports.ids.next(); // no message carries it
    m_underWay[owner] = {{id, 0}, std::move(*hints), timer, now, true};
    m_ports.replica.mergeAll(received, [this, owner, id](const Result<Replica::Merged>& merged) {
        const auto found = m_underWay.find(owner);
        if (merged && found != m_underWay.end() && found->second.awaited.id == id)
            heldDurably(owner, merged->complete, merged->skipped);
    });
}

void HintedHandoff::end(NodeId owner)
{
    const auto found = m_underWay.find(owner);
    if (found == m_underWay.end())
        return;
    m_ports.timers.cancel(found->second.patience);
    m_underWay.erase(found);
}

void HintedHandoff::linkLost(NodeId owner)
{
    end(owner);
}

void HintedHandoff::handle(NodeId from, const wire::HandoffRequest& request)
{
    std::vector<Replica::Received> received;
    for (const wire::SyncRequest::Item& item : request.items)
        received.push_back({item.key, item.set});
    m_ports.replica.mergeAll(
        received, [this, from, to = wire::replyTo(request)](const Result<Replica::Merged>& merged) {
            wire::HandoffReply reply{to, std::nullopt, 0, {}};
            if (merged) {
                reply.complete = static_cast<quint16>(merged->complete);
                reply.skipped.assign(merged->skipped.begin(), merged->skipped.end());
            } else {
                reply.error = merged.error();
            }
            (void)m_ports.transport.send(from, wire::encode(reply)); // lost: the keeper sends them again
        });
}

void HintedHandoff::handle(NodeId from, const wire::HandoffReply& reply)
{
    const auto found = m_underWay.find(from);
    if (found == m_underWay.end() || found->second.awaited.id != reply.to.id)
        return m_ports.ids.droppedAsUnknown(reply.to.id);
    if (found->second.awaited != reply.to)
        return m_ports.ids.droppedAsMismatched();
    if (reply.error || reply.complete == 0 || reply.complete > found->second.hints.size())
        return; // its patience runs out, and then they are sent again
    heldDurably(from, reply.complete, {reply.skipped.begin(), reply.skipped.end()});
}

// By the owner, or here as a copy of this node's own.
void HintedHandoff::heldDurably(NodeId owner, size_t complete, const std::vector<size_t>& skipped)
{
    Delivery& delivery = m_underWay.at(owner);
    const std::vector<HintStore::Hint> given = std::exchange(delivery.hints, {});
    const MonoTime now = m_ports.clock.now();
    const Duration exchange = now - delivery.sent;
    std::vector<HintStore::Hint> held;
    std::vector<HintStore::HintNumber> numbers;
    for (size_t i = 0; i < complete; ++i) {
        if (std::binary_search(skipped.begin(), skipped.end(), i)) {
            m_resting[given[i].number] = now + rest;
            continue;
        }
        held.push_back(given[i]);
        numbers.push_back(given[i].number);
    }
    if (!delivery.isTakenIn) {
        m_delivered += held.size();
        m_returned(owner, held);
    }
    m_beforeForgetting(held, [this, owner, numbers, exchange] { forget(owner, numbers, exchange); });
}

void HintedHandoff::forget(NodeId owner, const std::vector<HintStore::HintNumber>& numbers, Duration exchange)
{
    m_ports.hints.forget(numbers, [this, owner, exchange](const Result<void>&) {
        end(owner);
        const Duration pause =
            std::max(m_ports.pacing.restAfter(exchange), m_ports.bandwidth.wait(m_ports.clock.now()));
        if (pause == Duration{0})
            return deliverTo(owner);
        m_ports.timers.startAt(m_ports.clock.now() + pause, [this, owner] { deliverTo(owner); });
    });
}

} // namespace ringmaster
