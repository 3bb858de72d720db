// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/repair/anti_entropy.h"

#include "nodecore/repair/anti_entropy_round.h"

#include <algorithm>

namespace ringmaster {

namespace {

constexpr Gait besideClients{1, 256, 256, 256 * 1024};
constexpr Gait alone{4, wire::maxSlotsAsked, 1000, 512 * 1024};

} // namespace

AntiEntropy::AntiEntropy(Ports ports, std::function<void(const Compared&)> compared)
    : m_ports(ports)
    , m_compared(std::move(compared))
    , m_answers({ports.clock, ports.timers, ports.transport, ports.store, ports.replica, ports.peers,
                 ports.bandwidth, m_meter})
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
    m_next = m_ports.timers.startAt(m_ports.clock.now() + delay, [this] { beginNext(); });
}

void AntiEntropy::hurry(NodeId peer)
{
    if (std::find(m_hurried.begin(), m_hurried.end(), peer) == m_hurried.end())
        m_hurried.push_back(peer);
    if (m_round || !m_started)
        return;
    m_ports.timers.cancel(m_next);
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

std::optional<NodeId> AntiEntropy::nextPeer()
{
    std::vector<NodeId> candidates = partners();
    const MonoTime now = m_ports.clock.now();
    candidates.erase(std::remove_if(candidates.begin(), candidates.end(),
                                    [&](NodeId peer) {
                                        const auto deferred = m_deferred.find(peer);
                                        return deferred != m_deferred.end() && now < deferred->second;
                                    }),
                     candidates.end());
    while (!m_hurried.empty()) {
        const NodeId next = m_hurried.front();
        m_hurried.pop_front();
        if (std::find(candidates.begin(), candidates.end(), next) != candidates.end())
            return next;
    }
    if (candidates.empty())
        return std::nullopt;
    const auto after = std::upper_bound(candidates.begin(), candidates.end(), m_last);
    return after == candidates.end() ? candidates.front() : *after;
}

void AntiEntropy::beginNext()
{
    const std::optional<NodeId> peer = nextPeer();
    if (!peer)
        return beginLater();
    m_last = *peer;
    m_round.reset(new Round{.id = m_ports.ids.next(),
                            .peer = *peer,
                            .rings = m_ports.peers.rings().digest(),
                            .began = m_ports.clock.now(),
                            .owed = slotsOwedTo(*peer, m_ports.store, m_ports.peers),
                            .shared = slotsSharedWith(*peer, m_ports.store, m_ports.peers)});
    m_ports.skipped.expire(m_ports.clock.now());
    for (const auto& [slot, hash] : m_round->owed)
        m_round->slots.push_back({slot, std::nullopt});
    const auto [first, last] = m_slotsAsked.equal_range(*peer);
    for (auto asked = first; asked != last; ++asked)
        m_round->slots.push_back({asked->second, std::nullopt});
    m_slotsAsked.erase(first, last);
    beginPatience(Duration{0});
    goOn();
}

bool AntiEntropy::isCurrent(wire::RequestId round) const
{
    return m_round && m_round->id == round;
}

void AntiEntropy::goOn()
{
    const wire::RequestId round = m_round->id;
    m_round->gait = m_ports.pacing.isQuiet() ? alone : besideClients;
    m_round->gait.bytesInOne = m_ports.bandwidth.atMost(m_round->gait.bytesInOne);
    m_ports.timers.cancel(m_rest);
    while (isCurrent(round) && m_round->hasMore() && m_round->pending() < m_round->window()) {
        const Duration rest = restNow();
        if (rest > Duration{0}) {
            beginPatience(rest);
            m_rest = m_ports.timers.startAt(m_ports.clock.now() + rest, [this] { goOn(); });
            return;
        }
        askNext();
    }
    if (isCurrent(round) && m_round->pending() == 0)
        endRound(true);
}

Duration AntiEntropy::restNow() const
{
    const MonoTime now = m_ports.clock.now();
    return std::max(m_restUntil - now, m_ports.bandwidth.wait(now));
}

void AntiEntropy::rested(MonoTime asked)
{
    const MonoTime now = m_ports.clock.now();
    m_restUntil = now + m_ports.pacing.restAfter(now - asked);
}

void AntiEntropy::beginPatience(Duration rest)
{
    m_ports.timers.cancel(m_next);
    m_next = m_ports.timers.startAt(m_ports.clock.now() + rest + patience, [this] { endRound(false); });
}

void AntiEntropy::linkLost(NodeId peer)
{
    if (m_round && m_round->peer == peer)
        endRound(false);
}

void AntiEntropy::endRound(bool completed)
{
    const std::unique_ptr<Round> round = std::move(m_round);
    m_ports.timers.cancel(m_rest);
    if (completed && !round->hasDamage && round->rings == m_ports.peers.rings().digest()) {
        std::erase_if(round->owed,
                      [&round](const SlotHash& owed) { return round->skipped.contains(owed.first); });
        m_compared({round->peer, round->rings, round->began, round->owed, round->skipped.empty()});
    }
    m_counters.rounds += completed ? 1 : 0;
    m_ports.timers.cancel(m_next);
    beginLater();
}

} // namespace ringmaster
