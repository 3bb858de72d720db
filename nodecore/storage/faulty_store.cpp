// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/storage/faulty_store.h"

#include <algorithm>

namespace ringmaster {

namespace {

QString fullMessage()
{
    return QStringLiteral("The disk is full (an injected fault): nothing more is written, what was "
                          "acknowledged is kept. Take the fault away.");
}

} // namespace

FaultyStore::FaultyStore(Store& under, const Clock& clock)
    : m_under(under)
    , m_clock(clock)
{}

void FaultyStore::setFault(const DiskFault& fault)
{
    m_fault = fault;
    const MonoTime latest = m_clock.now() + fault.slow;
    for (Held& each : m_held)
        each.due = std::min(each.due, latest);
}

void FaultyStore::write(WriteBatch batch, WriteDone done)
{
    // Without a fault it costs nothing; but no callback may overtake one that is held back.
    const bool isFaultless = m_fault == DiskFault{} && m_watched == 0 && m_held.empty();
    if (isFaultless) {
        m_under.write(std::move(batch), std::move(done));
        return;
    }
    ++m_watched;
    // A refused write goes down as an empty batch, which comes back in its turn.
    const bool isRefused = m_fault.full;
    m_under.write(isRefused ? WriteBatch{} : std::move(batch),
                  [this, isRefused, done = std::move(done)](Result<void> outcome) mutable {
                      --m_watched;
                      if (isRefused && outcome)
                          outcome = failure(ErrorCode::ReadOnly, fullMessage());
                      finish(std::move(done), std::move(outcome));
                  });
}

void FaultyStore::finish(WriteDone done, Result<void> outcome)
{
    if (m_fault.slow <= Duration{0} && m_held.empty()) {
        if (done)
            done(std::move(outcome));
        return;
    }
    MonoTime due = m_clock.now() + m_fault.slow;
    if (!m_held.empty())
        due = std::max(due, m_held.back().due);
    m_held.push_back({due, std::move(done), std::move(outcome)});
}

void FaultyStore::timePassed()
{
    const MonoTime now = m_clock.now();
    // What comes meanwhile waits for the next call, so that a callback that writes again ends.
    for (size_t left = m_held.size(); left > 0 && !m_held.empty() && m_held.front().due <= now; --left) {
        const Held next = std::move(m_held.front());
        m_held.pop_front();
        if (next.done)
            next.done(next.outcome);
    }
}

std::optional<MonoTime> FaultyStore::nextDue() const
{
    return m_held.empty() ? std::nullopt : std::optional(m_held.front().due);
}

StoreHealth FaultyStore::health() const
{
    StoreHealth health = m_under.health();
    if (m_fault.full && health.state == StoreHealth::State::Ok)
        health = {StoreHealth::State::ReadOnly, fullMessage()};
    return health;
}

} // namespace ringmaster
