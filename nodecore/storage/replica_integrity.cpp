// SPDX-License-Identifier: GPL-3.0-or-later
// Replica: reading with checksums, and what becomes of a damaged copy.
#include "nodecore/storage/replica.h"

namespace ringmaster {

namespace {

tl::unexpected<Error> damagedCopy()
{
    return failure(ErrorCode::Damaged,
                   QStringLiteral("this node's copy of the key is damaged and is being repaired"));
}

} // namespace

void Replica::foundUnsound(Slot at, const Key& key, Soundness how)
{
    m_integrity.foundDamaged(key, {at, how, m_actor, false});
}

Result<QByteArray> Replica::usable(Slot at, const Key& key, const QByteArray& bytes)
{
    const Soundness soundness = SiblingSet::verify(key, bytes);
    if (soundness == Soundness::Sound)
        return bytes;
    if (soundness == Soundness::Unchecked)
        return SiblingSet::decode(key, bytes)->encoded();
    foundUnsound(at, key, soundness);
    return damagedCopy();
}

Result<QByteArray> Replica::read(const Key& key)
{
    const Slot at = slot(key);
    const Result<std::optional<QByteArray>> held = m_store.durableObject(at, key);
    if (!held)
        return tl::make_unexpected(held.error());
    return *held ? usable(at, key, **held) : QByteArray();
}

Result<QByteArray> Replica::readWithHints(const Key& key)
{
    Result<QByteArray> own = read(key);
    if (!own || m_hints.isEmpty())
        return own;
    Result<SiblingSet> kept = m_hints.durableFor(key);
    if (!kept)
        return tl::make_unexpected(kept.error());
    if (kept->isEmpty())
        return own;
    if (!own->isEmpty()) {
        const Result<SiblingSet> set = SiblingSet::decode(key, *own);
        if (!set)
            return tl::make_unexpected(set.error());
        std::vector<Dot> contradictions;
        kept->merge(*set, &contradictions);
        m_integrity.foundContradictions(key, contradictions);
    }
    return kept->encoded();
}

Result<Replica::Held> Replica::latest(Slot at, const Key& key)
{
    const Result<std::optional<QByteArray>> bytes = m_store.latestObject(at, key);
    if (!bytes)
        return tl::make_unexpected(bytes.error());
    Held held;
    if (!*bytes)
        return held;
    Result<SiblingSet> set = SiblingSet::decodeForRepair(key, **bytes);
    if (!set)
        return startAfresh(at, key);
    held.set = std::move(*set);
    held.isDamaged = held.set.hasDamagedVersion();
    held.wasUnsound = !held.set.isSound();
    held.hasOtherBytes = held.isDamaged || !SiblingSet::hasChecksums(**bytes);
    if (held.wasUnsound)
        foundUnsound(at, key, held.isDamaged ? Soundness::DamagedVersion : Soundness::Incomplete);
    return held;
}

// In the place of a record of which nothing can be believed.
Result<Replica::Held> Replica::startAfresh(Slot at, const Key& key)
{
    foundUnsound(at, key, Soundness::Damaged);
    const IntegrityLog::Damaged* damaged = m_integrity.find(key);
    if (damaged == nullptr || damaged->actor == m_actor)
        return damagedCopy();
    Held held;
    held.set.markIncomplete();
    held.hasOtherBytes = held.isDamaged = held.wasUnsound = true;
    return held;
}

// What a write starts from: a dot of this node's may be in a hint only, kept when the key was another's.
Result<Replica::Held> Replica::latestWithHints(Slot at, const Key& key)
{
    // The dots of a damaged hint are unknown.
    if (m_hints.hasDamaged()) {
        return failure(
            ErrorCode::Unavailable,
            QStringLiteral("This node has found a damaged hint and changes its actor before it writes "
                           "again. Nothing was written; try again."));
    }
    Result<Held> held = latest(at, key);
    if (!held || !m_hints.holds(key))
        return held;
    const Result<SiblingSet> kept = m_hints.latestFor(key);
    if (!kept)
        return tl::make_unexpected(kept.error());
    std::vector<Dot> contradictions;
    held->set.merge(*kept, &contradictions);
    m_integrity.foundContradictions(key, contradictions);
    return held;
}

bool Replica::canMint(const Key& key)
{
    const Slot at = slot(key);
    const Result<std::optional<QByteArray>> bytes = m_store.latestObject(at, key);
    if (!bytes || m_hints.hasDamaged())
        return false;
    if (!*bytes)
        return true;
    const Soundness soundness = SiblingSet::verify(key, **bytes);
    if (soundness <= Soundness::Incomplete)
        return true;
    foundUnsound(at, key, soundness);
    const IntegrityLog::Damaged* damaged = m_integrity.find(key);
    const bool startsAfresh = soundness == Soundness::Damaged && damaged && damaged->actor != m_actor;
    return startsAfresh || (damaged && damaged->isBeyondRepair);
}

void Replica::put(WriteBatch& batch, Slot at, const Key& key, const Held& held)
{
    batch.putObject(at, key, held.set.encoded(), held.set.hasValue());
    batch.objects.back().replacesDamaged = held.isDamaged;
    if (held.wasUnsound && held.set.isSound())
        m_healed.push_back(key);
}

std::function<void(Result<void>)> Replica::noting(std::vector<Key> healed,
                                                  std::function<void(Result<void>)> done)
{
    if (healed.empty())
        return done;
    return [this, healed = std::move(healed), done = std::move(done)](Result<void> stored) {
        for (const Key& key : healed) {
            if (stored)
                m_integrity.foundRepaired(key);
        }
        done(std::move(stored));
    };
}

void Replica::heal(const Key& key, const SiblingSet& others, bool all, std::function<void(bool)> done)
{
    const Slot at = slot(key);
    Result<Held> held = latest(at, key);
    if (!held)
        return done(false);
    std::vector<Dot> contradictions;
    bool changed = held->set.merge(others, &contradictions);
    m_integrity.foundContradictions(key, contradictions);
    // An empty set says that nothing was ever written. That is not known.
    if (all && held->set.isIncomplete() && !held->set.isEmpty()) {
        held->set.markComplete();
        changed = true;
    }
    const bool isSound = held->set.isSound() && !held->set.isEmpty();
    if (all && !isSound)
        m_integrity.beyondRepair(key);
    if (held->wasUnsound && !changed)
        return done(false);
    WriteBatch batch;
    m_healed.clear();
    if (held->wasUnsound)
        put(batch, at, key, *held);
    else
        m_healed.push_back(key); // something else has repaired it, which is durable before this is
    m_store.write(std::move(batch), noting(std::exchange(m_healed, {}),
                                           [isSound, done = std::move(done)](const Result<void>& stored) {
                                               done(stored && isSound);
                                           }));
}

void Replica::renewFormat(const Key& key)
{
    const Slot at = slot(key);
    const Result<std::optional<QByteArray>> bytes = m_store.latestObject(at, key);
    if (!bytes || !*bytes || SiblingSet::hasChecksums(**bytes))
        return;
    const Result<Held> held = latest(at, key);
    if (!held || held->wasUnsound)
        return;
    WriteBatch batch;
    put(batch, at, key, *held);
    m_integrity.foundUnchecked();
    m_store.write(std::move(batch), [](const Result<void>&) {}); // refused: it is as it was
}

namespace {

// Whether the record has a value stands beside the set, without a checksum. Listings go by it.
bool isMislabelled(const ObjectRecord& record)
{
    const Result<SiblingSet> set = SiblingSet::decode(record.key, record.bytes);
    return set && set->hasValue() != record.live;
}

} // namespace

void Replica::labelAnew(Slot at, const Key& key)
{
    Result<Held> held = latest(at, key);
    if (!held || held->wasUnsound || held->set.isEmpty())
        return;
    foundUnsound(at, key, Soundness::DamagedVersion);
    WriteBatch batch;
    put(batch, at, key, *held);
    batch.objects.back().replacesDamaged = true;
    m_store.write(std::move(batch), noting({key}, [](const Result<void>&) {}));
}

void Replica::inspect(const ObjectRecord& onDisk)
{
    const Soundness soundness = SiblingSet::verify(onDisk.key, onDisk.bytes);
    if (soundness == Soundness::Sound && !isMislabelled(onDisk))
        return;
    if (soundness == Soundness::Sound)
        return labelAnew(onDisk.slot, onDisk.key);
    if (soundness == Soundness::Unchecked)
        return renewFormat(onDisk.key);
    const Result<std::optional<QByteArray>> bytes = m_store.latestObject(onDisk.slot, onDisk.key);
    if (!bytes || !*bytes)
        return;
    foundUnsound(onDisk.slot, onDisk.key, soundness);
    Result<Held> held = latest(onDisk.slot, onDisk.key);
    if (!held || held->wasUnsound)
        return;
    WriteBatch batch;
    put(batch, onDisk.slot, onDisk.key, *held);
    m_store.write(std::move(batch), noting({onDisk.key}, [](const Result<void>&) {}));
}

} // namespace ringmaster
