// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/repair/record_healer.h"

#include <algorithm>

namespace ringmaster {

RecordHealer::RecordHealer(Ports ports, Ask ask, RetireActor retireActor)
    : m_ports(ports)
    , m_ask(std::move(ask))
    , m_retireActor(std::move(retireActor))
{}

void RecordHealer::wake()
{
    if (m_isBusy)
        m_isAwake = true;
    else
        wakeAfter(Duration{0});
}

void RecordHealer::wakeAfter(Duration delay)
{
    m_ports.timers.cancel(m_timer);
    m_timer = m_ports.timers.startAt(m_ports.clock.now() + delay, [this] {
        m_isBusy = true;
        m_isAwake = false;
        m_last.reset();
        next();
    });
}

bool RecordHealer::mustRetire() const
{
    const auto& damaged = m_ports.replica.integrity().damaged();
    return m_ports.hints.hasDamaged() ||
           std::any_of(damaged.begin(), damaged.end(), [this](const auto& entry) {
               return entry.second.how == Soundness::Damaged && entry.second.actor == m_ports.replica.actor();
           });
}

// The records go on meanwhile: those that need a new actor are left for later. On a full disk there is none,
// and nobody says so: it is tried again.
void RecordHealer::retire()
{
    const MonoTime now = m_ports.clock.now();
    if (m_retiringSince && now - *m_retiringSince < retry)
        return;
    m_retiringSince = now;
    m_retireActor([this] {
        m_retiringSince.reset();
        saveHints();
    });
}

// Whoever owns them now: what a node holds of others' it gives back to the owners.
void RecordHealer::saveHints()
{
    struct Saving {
        std::vector<HintStore::Saved> held;
        size_t pending = 0;
    };
    const std::vector<HintStore::Saved> all = m_ports.hints.savedOfDamaged();
    const auto saving = std::make_shared<Saving>(Saving{{}, all.size() + 1});
    const auto end = [this, saving] {
        if (--saving->pending > 0)
            return;
        m_ports.hints.dropDamaged(saving->held); // the others are tried again
        wake();
    };
    for (const HintStore::Saved& saved : all) {
        m_ports.replica.merge(saved.key, saved.set, [saving, saved, end](const Result<void>& merged) {
            if (merged)
                saving->held.push_back(saved);
            end();
        });
    }
    end();
}

void RecordHealer::next()
{
    if (mustRetire())
        retire();
    const auto& damaged = m_ports.replica.integrity().damaged();
    const auto found = m_last ? damaged.upper_bound(*m_last) : damaged.begin();
    if (found == damaged.end())
        return endPass();
    m_last = found->first;
    heal(*m_last);
}

void RecordHealer::heal(const Key& key)
{
    m_tried.try_emplace(key, m_ports.clock.now());
    m_ask(key, [this, key](const Heard& heard) {
        const bool isLate = m_ports.clock.now() - m_tried[key] >= patience;
        const bool all = heard.all || (heard.allButDamaged && isLate);
        m_ports.replica.heal(key, heard.merged, all, [this, key](bool healed) {
            if (healed)
                m_tried.erase(key);
            // By a timer, so that many that are healed at once are no deep recursion.
            m_timer = m_ports.timers.startAt(m_ports.clock.now(), [this] { next(); });
        });
    });
}

void RecordHealer::endPass()
{
    m_isBusy = false;
    const auto& damaged = m_ports.replica.integrity().damaged();
    std::erase_if(m_tried, [&damaged](const auto& tried) { return damaged.count(tried.first) == 0; });
    if (m_isAwake)
        wakeAfter(Duration{0});
    else if (!damaged.empty() || m_ports.hints.hasDamaged())
        wakeAfter(retry);
}

} // namespace ringmaster
