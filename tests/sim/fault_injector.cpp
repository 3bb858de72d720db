// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/fault_injector.h"

#include <algorithm>

namespace ringmaster::sim {

namespace {

constexpr quint64 mostUnsyncedLeft = 20; // batches
constexpr Duration downAfterRestore = std::chrono::milliseconds(100);

} // namespace

FaultInjector::FaultInjector(VirtualCluster& cluster, const Mixture& mixture, SeededRandom& random,
                             Trace& trace, Events events)
    : m_cluster(cluster)
    , m_mixture(mixture)
    , m_random(random)
    , m_trace(trace)
    , m_events(std::move(events))
{}

void FaultInjector::say(const QString& what)
{
    m_trace.line(m_cluster.queue(), QStringLiteral("FAULT ") + what);
}

void FaultInjector::begin()
{
    m_cluster.network().faults() = m_mixture.network;
    for (size_t i = 0; i < m_mixture.faults.size(); ++i) {
        const Fault& fault = m_mixture.faults[i];
        m_cluster.queue().after(fault.begins, [this, i] {
            if (!m_healed)
                faultBegins(i);
        });
        m_cluster.queue().after(fault.begins + fault.lasts, [this, i] {
            if (!m_healed)
                faultEnds(i);
        });
    }
}

// Each direction that the fault lies on.
void FaultInjector::setWays(const Fault& fault, bool faulty)
{
    VirtualNetwork& network = m_cluster.network();
    const auto set = [&](int from, int to) {
        const QString a = m_cluster.address(from);
        const QString b = m_cluster.address(to);
        if (fault.kind == FaultKind::Clog)
            faulty ? network.clog(a, b) : network.unclog(a, b);
        else
            faulty ? network.cut(a, b) : network.heal(a, b);
    };
    if (fault.kind != FaultKind::Partition)
        return set(fault.node, fault.other);
    for (const int inside : fault.side) {
        for (int other = 0; other < m_cluster.size(); ++other) {
            if (std::find(fault.side.begin(), fault.side.end(), other) != fault.side.end())
                continue;
            set(inside, other);
            set(other, inside);
        }
    }
}

void FaultInjector::faultBegins(size_t index)
{
    const Fault& fault = m_mixture.faults[index];
    const int victim = m_victims[index] = chooseVictim(fault);
    const bool isUp = m_cluster.isUp(victim);
    say(describe(fault) + (victim == fault.node ? QString() : QStringLiteral(": ") + nodeName(victim)));
    switch (fault.kind) {
    case FaultKind::Partition:
    case FaultKind::OneWayCut:
    case FaultKind::Clog:
        return setWays(fault, true);
    case FaultKind::ResetLink:
        return m_cluster.network().reset(m_cluster.address(fault.node), m_cluster.address(fault.other));
    case FaultKind::Pause:
        if (isUp)
            m_cluster.pause(fault.node);
        return;
    case FaultKind::RestoreStore:
    case FaultKind::RollBack:
        m_backups[index] = m_cluster.disk(fault.node).backup();
        return;
    case FaultKind::Crash:
    case FaultKind::TornCrash:
    case FaultKind::LoseStore:
    case FaultKind::LosePower:
        if (isUp)
            crash(index);
        return;
    case FaultKind::RotDisk:
        return rotDisk(fault.node);
    case FaultKind::FailSync:
        if (isUp)
            failSync(index);
        return;
    case FaultKind::ClockJump:
        return m_cluster.clock(fault.node).jump(fault.jump);
    case FaultKind::FullDisk:
        m_cluster.disk(fault.node).becomeReadOnly(QStringLiteral("The disk is full."));
        return m_cluster.touched(fault.node);
    case FaultKind::SlowDisk:
        return m_cluster.setCommitDelay(fault.node, fault.commitDelay);
    }
}

int FaultInjector::chooseVictim(const Fault& fault) const
{
    if (fault.victim == Victim::AsDrawn)
        return fault.node;
    int victim = fault.node;
    for (int i = 0; i < m_cluster.size(); ++i) {
        const bool isBetter = fault.victim == Victim::Youngest
                                  ? m_cluster.startedAt(i) > m_cluster.startedAt(victim)
                                  : m_events.requestsAt(i) > m_events.requestsAt(victim);
        if (m_cluster.isUp(i) && (!m_cluster.isUp(victim) || isBetter))
            victim = i;
    }
    return victim;
}

// What waited for it hears of it first; then the program ends.
void FaultInjector::failSync(size_t index)
{
    const int node = m_victims.at(index);
    VirtualDisk& disk = m_cluster.disk(node);
    disk.failSync(QStringLiteral("A sync failed."), m_random.below(disk.pending() + 1));
    m_cluster.touched(node);
    m_cluster.queue().after(std::chrono::microseconds(500), [this, node, index] {
        if (!m_healed && m_cluster.isUp(node) && hasFailed(node))
            crash(index);
    });
}

bool FaultInjector::hasFailed(int node) const
{
    return m_cluster.disk(node).store().health().state == StoreHealth::State::Failed;
}

void FaultInjector::crash(size_t index)
{
    const Fault& fault = m_mixture.faults[index];
    const int node = m_victims.at(index);
    if (fault.kind == FaultKind::TornCrash)
        m_cluster.crash(node, m_random.below(m_cluster.disk(node).pending() + 1));
    else if (fault.kind == FaultKind::LoseStore)
        m_cluster.loseStore(node);
    else if (fault.kind == FaultKind::RestoreStore)
        m_cluster.restoreStore(node, *m_backups.at(index), VirtualDisk::Restored::Copied);
    else if (fault.kind == FaultKind::RollBack)
        m_cluster.restoreStore(node, *m_backups.at(index), VirtualDisk::Restored::RolledBack);
    else if (fault.kind == FaultKind::LosePower)
        m_cluster.losePower(node, m_random.below(mostUnsyncedLeft));
    else
        m_cluster.crash(node);
    m_downBy[node] = index;
    m_events.crashed(node);
    if (fault.takesAStore())
        m_events.storeTaken(node);
}

void FaultInjector::faultEnds(size_t index)
{
    const Fault& fault = m_mixture.faults[index];
    switch (fault.kind) {
    case FaultKind::Partition:
    case FaultKind::OneWayCut:
    case FaultKind::Clog:
        say(QStringLiteral("over: ") + describe(fault));
        return setWays(fault, false);
    case FaultKind::Pause:
        say(nodeName(fault.node) + QStringLiteral(" goes on"));
        return m_cluster.resume(fault.node);
    case FaultKind::RestoreStore:
    case FaultKind::RollBack:
        if (!m_cluster.isUp(fault.node))
            return;
        say(nodeName(fault.node) + QStringLiteral(" down, its old disk put back"));
        crash(index);
        m_cluster.queue().after(downAfterRestore, [this, index] { comeBack(index); });
        return;
    case FaultKind::Crash:
    case FaultKind::TornCrash:
    case FaultKind::LoseStore:
    case FaultKind::LosePower:
    case FaultKind::FailSync:
        return comeBack(index);
    case FaultKind::FullDisk:
        say(QStringLiteral("room again on the disk of ") + nodeName(fault.node));
        return m_cluster.disk(fault.node).recover();
    case FaultKind::SlowDisk:
        return m_cluster.setCommitDelay(fault.node, m_mixture.commitDelays[size_t(fault.node)]);
    case FaultKind::ResetLink:
    case FaultKind::ClockJump:
    case FaultKind::RotDisk:
        return;
    }
}

// In some of the records, whichever they are.
void FaultInjector::rotDisk(int node)
{
    constexpr int looked = 64;
    constexpr quint64 mostRotten = 3;
    const Result<ObjectPage> page =
        m_cluster.disk(node).store().scan({Slot{0}, std::nullopt}, lastSlot, looked, 1024 * 1024);
    if (!page || page->records.empty())
        return;
    for (quint64 left = 1 + m_random.below(mostRotten); left > 0; --left) {
        const ObjectRecord& record = page->records[m_random.below(page->records.size())];
        m_cluster.disk(node).flipBit(record.slot, record.key, m_random.next());
        say(nodeName(node) + QStringLiteral(" holds a damaged ") + QString::fromUtf8(record.key.bytes()));
    }
    m_events.storeTaken(node);
}

void FaultInjector::comeBack(size_t index)
{
    const int node = m_victims.at(index);
    const auto down = m_downBy.find(node);
    if (m_healed || down == m_downBy.end() || down->second != index)
        return;
    m_downBy.erase(down);
    if (m_events.isKeptDown(node))
        return;
    say(nodeName(node) + QStringLiteral(" comes back"));
    m_cluster.start(node);
}

void FaultInjector::heal()
{
    m_healed = true;
    say(QStringLiteral("none any more: everything heals"));
    m_cluster.network().healAll();
    m_cluster.network().faults() = {};
    for (int i = 0; i < m_cluster.size(); ++i) {
        m_cluster.disk(i).recover();
        m_cluster.setCommitDelay(i, m_mixture.commitDelays[size_t(i)]);
        if (m_cluster.isUp(i) && hasFailed(i)) {
            m_cluster.crash(i);
            m_events.crashed(i);
        }
        if (m_cluster.isUp(i))
            m_cluster.resume(i);
        else if (!m_events.isKeptDown(i))
            m_cluster.start(i);
    }
}

} // namespace ringmaster::sim
