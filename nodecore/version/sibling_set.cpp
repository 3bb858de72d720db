// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/version/sibling_set.h"

#include <algorithm>
#include <tuple>

namespace ringmaster {

namespace {

// The counters of an entry above this one have values; those up to it have none.
template <class Entry>
quint64 withoutValueUpTo(const Entry& entry)
{
    return entry.counter - entry.values.size();
}

} // namespace

bool SiblingSet::Stored::precedes(const Stored& other) const
{
    return std::tie(written, tombstone, value, metadata) <
           std::tie(other.written, other.tombstone, other.value, other.metadata);
}

size_t SiblingSet::siblingCount() const
{
    size_t count = 0;
    for (const Entry& entry : m_entries)
        count += entry.values.size();
    return count;
}

bool SiblingSet::hasValue() const
{
    return std::any_of(m_entries.begin(), m_entries.end(), [](const Entry& entry) {
        return std::any_of(entry.values.begin(), entry.values.end(),
                           [](const Stored& stored) { return !stored.tombstone; });
    });
}

std::vector<Sibling> SiblingSet::siblings() const
{
    std::vector<Sibling> all;
    all.reserve(siblingCount());
    for (const Entry& entry : m_entries) {
        Dot dot{entry.actor, entry.counter};
        for (const Stored& stored : entry.values) {
            all.push_back(Sibling{dot, stored.written, stored.tombstone, stored.value, stored.metadata,
                                  stored.checksum});
            --dot.counter;
        }
    }
    return all;
}

const SiblingSet::Entry* SiblingSet::find(ActorId actor) const
{
    const auto at = std::lower_bound(m_entries.begin(), m_entries.end(), actor,
                                     [](const Entry& entry, ActorId a) { return entry.actor < a; });
    return at != m_entries.end() && at->actor == actor ? &*at : nullptr;
}

quint64 SiblingSet::counterOf(ActorId actor) const
{
    const Entry* entry = find(actor);
    return entry ? entry->counter : 0;
}

namespace {

// A context token names whole seconds.
bool isSameTime(WallTime a, WallTime b)
{
    const auto isWhole = [](WallTime time) { return time.msSinceEpoch % 1000 == 0; };
    return a == b || ((isWhole(a) || isWhole(b)) && a.msSinceEpoch / 1000 == b.msSinceEpoch / 1000);
}

} // namespace

bool SiblingSet::contradicts(const SiblingSet& other, ActorId actor) const
{
    const Entry* mine = find(actor);
    const Entry* theirs = other.find(actor);
    if (!mine || !theirs || mine->counter != theirs->counter)
        return false;
    // A context that a client made need not know the time.
    const bool timesDiffer = !isSameTime(mine->minted, theirs->minted) && mine->minted != WallTime{} &&
                             theirs->minted != WallTime{};
    if (timesDiffer || mine->values.empty() || theirs->values.empty())
        return timesDiffer;
    const Stored& a = mine->values.front();
    const Stored& b = theirs->values.front();
    return !a.damaged && !b.damaged &&
           std::tie(a.written, a.tombstone, a.value) != std::tie(b.written, b.tombstone, b.value);
}

void SiblingSet::adoptEntry(ActorId actor, const SiblingSet& other)
{
    const Entry* theirs = other.find(actor);
    if (theirs) {
        entryOf(actor) = *theirs;
        return;
    }
    std::erase_if(m_entries, [actor](const Entry& entry) { return entry.actor == actor; });
}

VersionVector SiblingSet::context() const
{
    VersionVector seen;
    for (const Entry& entry : m_entries)
        seen.raise(entry.actor, entry.counter, entry.minted);
    return seen;
}

VersionVector SiblingSet::clockOf(const Sibling& sibling) const
{
    VersionVector clock;
    for (const Entry& entry : m_entries) {
        // Only the time of an entry's newest dot is known.
        const WallTime minted = entry.values.empty() ? entry.minted : WallTime{};
        clock.raise(entry.actor, withoutValueUpTo(entry), minted);
    }
    clock.raise(sibling.dot.actor, sibling.dot.counter, sibling.written);
    return clock;
}

SiblingSet::Entry& SiblingSet::entryOf(ActorId actor)
{
    const auto at = std::lower_bound(m_entries.begin(), m_entries.end(), actor,
                                     [](const Entry& entry, ActorId a) { return entry.actor < a; });
    if (at != m_entries.end() && at->actor == actor)
        return *at;
    return *m_entries.insert(at, Entry{actor, 0, {}, {}});
}

// Merges a set that has seen all of context and holds nothing.
void SiblingSet::discard(const VersionVector& context)
{
    const VersionVector own = this->context();
    SiblingSet seen;
    seen.m_entries.reserve(context.entries().size());
    for (const VersionVector::Entry& entry : context.entries()) {
        const quint64 most = std::max(maxContextCounter, own.counterOf(entry.actor));
        seen.m_entries.push_back(Entry{entry.actor, std::min(entry.counter, most), entry.minted, {}});
    }
    merge(seen);
}

// At the end of all counters a write gives the older values other dots: they become other versions.
void SiblingSet::renameOlder(const Key& key, Entry& entry)
{
    quint64 counter = entry.counter;
    for (Stored& stored : entry.values) {
        const Dot dot{entry.actor, --counter};
        if (!stored.damaged)
            stored.checksum = checksumOf(
                key, Sibling{dot, stored.written, stored.tombstone, stored.value, stored.metadata, 0});
    }
}

Dot SiblingSet::write(const Key& key, const VersionVector& context, Content content, ActorId actor,
                      WallTime now, quint64 counterFloor)
{
    discard(context);
    Entry& entry = entryOf(actor);
    const quint64 last = entry.values.empty() ? std::max(entry.counter, counterFloor) : entry.counter;
    entry.counter = std::min(last, maxCounter - 1) + 1;
    if (last >= maxCounter)
        renameOlder(key, entry);
    entry.minted = now;
    Sibling fresh{Dot{actor, entry.counter}, now, !content.has_value(), {}, {}, 0};
    if (content)
        fresh.value = std::move(*content);
    fresh.checksum = checksumOf(key, fresh);
    entry.values.insert(entry.values.begin(), Stored{.written = now,
                                                     .tombstone = fresh.tombstone,
                                                     .damaged = false,
                                                     .checksum = fresh.checksum,
                                                     .value = std::move(fresh.value),
                                                     .metadata = {}});
    return fresh.dot;
}

// Both entries are of one actor. Returns whether mine changed.
bool SiblingSet::join(Entry& mine, const Entry& theirs, std::vector<Dot>* contradictions)
{
    const quint64 seenByBoth = std::min(mine.counter, theirs.counter);
    // A counter without a value, on either side, was superseded there or is too old to be heard of again.
    const quint64 gone = std::max(withoutValueUpTo(mine), withoutValueUpTo(theirs));
    bool changed = false;
    if (std::tie(theirs.counter, theirs.minted) > std::tie(mine.counter, mine.minted)) {
        mine.minted = theirs.minted;
        changed = true;
    }
    if (theirs.counter > mine.counter) {
        const quint64 news = std::min<quint64>(theirs.values.size(), theirs.counter - mine.counter);
        mine.values.insert(mine.values.begin(), theirs.values.begin(),
                           theirs.values.begin() + static_cast<std::ptrdiff_t>(news));
        mine.counter = theirs.counter;
    }
    const quint64 kept = mine.counter - gone;
    if (mine.values.size() > kept) {
        mine.values.resize(kept);
        changed = true;
    }
    for (quint64 counter = seenByBoth; counter > gone; --counter) {
        Stored& ours = mine.values[mine.counter - counter];
        const Stored& other = theirs.values[theirs.counter - counter];
        if (ours.checksum == other.checksum && ours.damaged == other.damaged)
            continue;
        const bool contradict = !ours.damaged && !other.damaged;
        if (contradict && contradictions != nullptr)
            contradictions->push_back(Dot{mine.actor, counter});
        if (contradict ? ours.precedes(other) : ours.damaged && !other.damaged) {
            ours = other;
            changed = true;
        }
    }
    return changed;
}

bool SiblingSet::hasDamagedVersion() const
{
    return std::any_of(m_entries.begin(), m_entries.end(), [](const Entry& entry) {
        return std::any_of(entry.values.begin(), entry.values.end(),
                           [](const Stored& stored) { return stored.damaged; });
    });
}

std::optional<VersionVector> SiblingSet::contextOfDamaged() const
{
    VersionVector seen;
    for (const Entry& entry : m_entries) {
        // A context that has seen a dot has seen all smaller ones of the actor.
        bool isSoundBelow = false;
        for (auto stored = entry.values.rbegin(); stored != entry.values.rend(); ++stored) {
            const auto older = static_cast<quint64>(entry.values.rend() - stored) - 1;
            if (!stored->damaged)
                isSoundBelow = true;
            else if (isSoundBelow)
                return std::nullopt;
            else
                seen.raise(entry.actor, entry.counter - older, stored->written);
        }
    }
    return seen;
}

bool SiblingSet::merge(const SiblingSet& other, std::vector<Dot>* contradictions)
{
    if (this == &other)
        return false;
    bool changed = false;
    std::vector<Entry> merged;
    merged.reserve(std::max(m_entries.size(), other.m_entries.size()));
    auto mine = m_entries.begin();
    for (const Entry& theirs : other.m_entries) {
        while (mine != m_entries.end() && mine->actor < theirs.actor)
            merged.push_back(std::move(*mine++));
        if (mine == m_entries.end() || mine->actor != theirs.actor) {
            merged.push_back(theirs);
            changed = true;
            continue;
        }
        changed |= join(*mine, theirs, contradictions);
        merged.push_back(std::move(*mine++));
    }
    std::move(mine, m_entries.end(), std::back_inserter(merged));
    m_entries = std::move(merged);
    return changed;
}

} // namespace ringmaster
