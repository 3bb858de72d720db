// SPDX-License-Identifier: GPL-3.0-or-later
// How a replica notices that its actor's dots were handed out before, by a store that it has forgotten, and
// how another actor takes over.
#include "nodecore/base/mutant.h"
#include "nodecore/storage/replica.h"

#include <QSet>

#include <algorithm>

namespace ringmaster {

// Every dot of this actor that anybody knows was minted on this store, durable here before it was shown. So
// it is in the key's set, in a hint of the key, or below the floor that reaping left; or else was forgotten.
bool Replica::hasForgotten(const Key& key, const SiblingSet& held, const SiblingSet& seen)
{
    const quint64 counter = seen.counterOf(m_actor);
    if (counter == 0 || isMutant(Mutant::ReuseActor))
        return false;
    if (counter <= held.counterOf(m_actor))
        return held.contradicts(seen, m_actor);
    if (counter <= m_counterFloor)
        return false;
    const Result<SiblingSet> kept = m_hints.holds(key) ? m_hints.latestFor(key) : Result<SiblingSet>();
    return kept && kept->counterOf(m_actor) < counter;
}

bool Replica::knowsMoreOf(ActorId minter, const Key& key, const SiblingSet& fresh)
{
    const quint64 minted = fresh.counterOf(minter);
    const Result<Held> held = minted == 0 ? Result<Held>() : latest(slot(key), key);
    return held && (held->set.counterOf(minter) > minted || held->set.contradicts(fresh, minter));
}

void Replica::noteSeen(const Key& key, const SiblingSet& seen)
{
    if (m_isSpent || seen.counterOf(m_actor) == 0)
        return; // as mostly
    const Result<Held> held = latest(slot(key), key);
    if (held && hasForgotten(key, held->set, seen))
        actorIsSpent();
}

void Replica::actorIsSpent()
{
    if (isMutant(Mutant::KeepRolledBackActor))
        return;
    if (!std::exchange(m_isSpent, true) && m_tellOfSpent)
        m_tellOfSpent();
}

void Replica::mintStored(UnderWayList::iterator mint, const Result<void>& stored)
{
    const bool isSpent = m_isSpent && mint->minted.dot.actor == m_actor;
    if (stored && isSpent) {
        mint->isStored = true; // handed out by nobody; see setActor()
        return;
    }
    const UnderWay over = std::move(*mint);
    m_underWay.erase(mint);
    if (stored)
        over.done(over.minted);
    else
        over.done(tl::make_unexpected(stored.error()));
}

void Replica::setActor(ActorId actor)
{
    const ActorId spent = std::exchange(m_actor, actor);
    m_whyNoActor.reset();
    if (!std::exchange(m_isSpent, false))
        return;
    UnderWayList again;
    for (auto mint = m_underWay.begin(); mint != m_underWay.end();) {
        const auto next = std::next(mint);
        if (mint->isStored)
            again.splice(again.end(), m_underWay, mint);
        mint = next;
    }
    takeBack(spent, again);
    for (UnderWay& one : again)
        mint(one.key, std::move(one.content), one.context, std::move(one.done));
    for (const std::function<void()>& one : std::exchange(m_waiting, {}))
        one();
}

// Nobody has seen the dots of these mints, and others may hold other writes under them: the sets of their
// keys become what they were, as far as the spent actor goes. The mints come anew.
void Replica::takeBack(ActorId spent, const UnderWayList& mints)
{
    WriteBatch batch;
    m_healed.clear();
    QSet<Key> seen;
    for (const UnderWay& first : mints) {
        if (seen.contains(first.key))
            continue;
        seen.insert(first.key);
        const auto last = std::find_if(mints.rbegin(), mints.rend(),
                                       [&](const UnderWay& other) { return other.key == first.key; });
        const Slot at = slot(first.key);
        Result<Held> held = latest(at, first.key);
        // Where another's set was merged meanwhile its entry stands.
        if (!held || held->set.counterOf(spent) != last->minted.dot.counter ||
            held->set.contradicts(last->minted.set, spent))
            continue;
        held->set.adoptEntry(spent, first.before);
        if (held->set.isEmpty())
            batch.removeObject(at, first.key);
        else
            put(batch, at, first.key, *held);
    }
    m_store.write(std::move(batch), noting(std::exchange(m_healed, {}), [](const Result<void>&) {}));
}

void Replica::refuseMints(const Error& why)
{
    m_whyNoActor = why;
    for (const std::function<void()>& one : std::exchange(m_waiting, {}))
        one(); // and hears of it
}

} // namespace ringmaster
