// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/version/version_vector.h"

#include "nodecore/base/mutant.h"

#include <algorithm>
#include <tuple>

namespace ringmaster {

namespace {

using Entry = VersionVector::Entry;

bool byActor(const Entry& entry, ActorId actor)
{
    return entry.actor < actor;
}

// The later dot of one actor; for one and the same dot, the later time.
bool isLater(const Entry& a, const Entry& b)
{
    return std::tie(a.counter, a.minted) > std::tie(b.counter, b.minted);
}

} // namespace

quint64 VersionVector::counterOf(ActorId actor) const
{
    const auto at = std::lower_bound(m_entries.begin(), m_entries.end(), actor, byActor);
    return at != m_entries.end() && at->actor == actor ? at->counter : 0;
}

bool VersionVector::descends(const VersionVector& other) const
{
    return std::all_of(other.m_entries.begin(), other.m_entries.end(), [this](const Entry& seen) {
        return covers(Dot{seen.actor, seen.counter});
    });
}

void VersionVector::raise(ActorId actor, quint64 counter, WallTime minted)
{
    if (counter == 0)
        return;
    const Entry raised{actor, counter, minted};
    const auto at = std::lower_bound(m_entries.begin(), m_entries.end(), actor, byActor);
    if (at == m_entries.end() || at->actor != actor)
        m_entries.insert(at, raised);
    else if (isLater(raised, *at))
        *at = raised;
}

void VersionVector::merge(const VersionVector& other)
{
    std::vector<Entry> merged;
    merged.reserve(m_entries.size() + other.m_entries.size());
    auto mine = m_entries.cbegin();
    auto theirs = other.m_entries.cbegin();
    while (mine != m_entries.cend() && theirs != other.m_entries.cend()) {
        if (mine->actor < theirs->actor) {
            merged.push_back(*mine++);
        } else if (theirs->actor < mine->actor) {
            merged.push_back(*theirs++);
        } else {
            merged.push_back(isLater(*theirs, *mine) ? *theirs : *mine);
            ++mine;
            ++theirs;
        }
    }
    merged.insert(merged.end(), mine, m_entries.cend());
    merged.insert(merged.end(), theirs, other.m_entries.cend());
    m_entries = std::move(merged);
}

VersionVector VersionVector::trimmed(size_t maxEntries, const std::vector<ActorId>& needed) const
{
    VersionVector kept;
    std::vector<Entry> spare;
    for (const Entry& entry : m_entries) {
        const bool isNeeded = std::binary_search(needed.begin(), needed.end(), entry.actor) &&
                              !isMutant(Mutant::TrimNeededEntries);
        (isNeeded ? kept.m_entries : spare).push_back(entry);
    }
    const auto newestFirst = [](const Entry& a, const Entry& b) {
        return std::tie(b.minted, b.actor) < std::tie(a.minted, a.actor);
    };
    const size_t room = maxEntries > kept.m_entries.size() ? maxEntries - kept.m_entries.size() : 0;
    std::sort(spare.begin(), spare.end(), newestFirst);
    spare.resize(std::min(room, spare.size()));
    kept.m_entries.insert(kept.m_entries.end(), spare.begin(), spare.end());
    std::sort(kept.m_entries.begin(), kept.m_entries.end(),
              [](const Entry& a, const Entry& b) { return a.actor < b.actor; });
    return kept;
}

} // namespace ringmaster
