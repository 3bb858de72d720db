// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/storage/replica.h"

#include "nodecore/base/mutant.h"

#include <QSet>

namespace ringmaster {

Replica::Replica(Store& store, HintStore& hints, const Clock& clock, Partitioner partitioner)
    : m_store(store)
    , m_hints(hints)
    , m_clock(clock)
    , m_partitioner(partitioner)
{}

namespace {

QByteArray counterFloorName()
{
    return QByteArrayLiteral("counter floor");
}

} // namespace

Result<void> Replica::load()
{
    const auto stored = m_store.side(SideTable::Meta, counterFloorName());
    if (!stored)
        return tl::make_unexpected(stored.error());
    if (!*stored)
        return {};
    ByteReader from(**stored);
    m_counterFloor = from.varint();
    if (!from.finished())
        return failure(ErrorCode::Damaged,
                       QStringLiteral("What the data folder remembers of reaped keys cannot be read."));
    return {};
}

std::optional<quint64> Replica::latestHash(const Key& key)
{
    const auto held = m_store.latestObject(slot(key), key);
    return held && *held ? std::optional(recordHash(key, **held)) : std::nullopt;
}

size_t Replica::forget(const std::vector<Reaped>& keys, bool evenValues)
{
    WriteBatch batch;
    quint64 floor = m_counterFloor;
    for (const Reaped& one : keys) {
        const Slot at = slot(one.key);
        const Result<SiblingSet> held = latest(at, one.key);
        if (!held || (held->hasValue() && !evenValues) || latestHash(one.key) != one.hash)
            continue;
        floor = std::max(floor, held->context().counterOf(m_actor));
        batch.removeObject(at, one.key);
    }
    const size_t reaped = batch.objects.size();
    if (reaped == 0)
        return 0;
    if (floor > m_counterFloor && !isMutant(Mutant::ForgetReapedCounters)) {
        m_counterFloor = floor;
        ByteWriter to;
        to.varint(floor);
        batch.put(SideTable::Meta, counterFloorName(), to.take());
    }
    m_store.write(std::move(batch), [](const Result<void>&) {}); // refused: they are still there, as before
    return reaped;
}

Result<QByteArray> Replica::read(const Key& key)
{
    Result<std::optional<QByteArray>> held = m_store.durableObject(slot(key), key);
    if (!held)
        return tl::make_unexpected(held.error());
    return held->value_or(QByteArray());
}

quint64 Replica::counterHeld(const Key& key)
{
    const Result<SiblingSet> held = latest(slot(key), key);
    return held ? held->context().counterOf(m_actor) : 0;
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
        const Result<SiblingSet> set = SiblingSet::decode(*own);
        if (!set)
            return tl::make_unexpected(set.error());
        kept->merge(*set);
    }
    return kept->encoded();
}

Result<SiblingSet> Replica::latest(Slot at, const Key& key)
{
    const Result<std::optional<QByteArray>> held = m_store.latestObject(at, key);
    if (!held)
        return tl::make_unexpected(held.error());
    if (!*held)
        return SiblingSet();
    return SiblingSet::decode(**held);
}

// What a write starts from: a dot of this node's may be in a hint only, kept when the key was another's.
Result<SiblingSet> Replica::latestWithHints(Slot at, const Key& key)
{
    Result<SiblingSet> held = latest(at, key);
    if (!held || !m_hints.holds(key))
        return held;
    const Result<SiblingSet> kept = m_hints.latestFor(key);
    if (!kept)
        return tl::make_unexpected(kept.error());
    held->merge(*kept);
    return held;
}

Result<Replica::Minted> Replica::mintOnto(SiblingSet held, SiblingSet::Content content,
                                          const VersionVector& context) const
{
    Minted minted;
    minted.set = std::move(held);
    const bool forgetful = isMutant(content ? Mutant::SkipContextOnWrite : Mutant::SkipContextOnDelete);
    minted.dot = minted.set.write(forgetful ? VersionVector() : context, std::move(content), m_actor,
                                  m_clock.wallNow(), m_counterFloor);
    if (minted.set.siblingCount() > maxSiblingsWritten) {
        return failure(
            ErrorCode::Conflict,
            QStringLiteral(
                "This key has %1 siblings, as many as it may. Nothing was written. Read it, decide "
                "between them, and write the result with the context of that read.")
                .arg(maxSiblingsWritten));
    }
    minted.encoded = minted.set.encoded();
    return minted;
}

namespace {

// Hands the minted set out when it is durable.
Store::WriteDone afterCommit(Replica::Minted minted, std::function<void(Result<Replica::Minted>)> done)
{
    return [minted = std::move(minted), done = std::move(done)](const Result<void>& stored) {
        if (stored)
            done(minted);
        else
            done(tl::make_unexpected(stored.error()));
    };
}

} // namespace

void Replica::mint(const Key& key, SiblingSet::Content content, const VersionVector& context,
                   std::function<void(Result<Minted>)> done)
{
    const Slot at = slot(key);
    Result<SiblingSet> held = latestWithHints(at, key);
    if (!held)
        return done(tl::make_unexpected(held.error()));
    const size_t before = held->siblingCount();
    Result<Minted> minted = mintOnto(std::move(*held), std::move(content), context);
    if (!minted)
        return done(std::move(minted));
    watch(key, before, minted->set.siblingCount());
    WriteBatch batch;
    batch.putObject(at, key, minted->encoded, minted->set.hasValue());
    if (isMutant(Mutant::AckBeforeCommit)) {
        m_store.write(std::move(batch), nullptr);
        return done(std::move(minted));
    }
    m_store.write(std::move(batch), afterCommit(std::move(*minted), std::move(done)));
}

void Replica::mintAsHint(NodeId owner, const Key& key, SiblingSet::Content content,
                         const VersionVector& context, HintOrigin origin,
                         std::function<void(Result<Minted>)> done)
{
    const Slot at = slot(key);
    Result<SiblingSet> held = latestWithHints(at, key);
    if (!held)
        return done(tl::make_unexpected(held.error()));
    Result<Minted> minted = mintOnto(std::move(*held), std::move(content), context);
    if (!minted)
        return done(std::move(minted));
    const QByteArray encoded = minted->encoded;
    m_hints.keep(owner, at, key, encoded, origin, afterCommit(std::move(*minted), std::move(done)));
}

Result<void> Replica::addMerge(WriteBatch& batch, const Key& key, const QByteArray& encoded)
{
    const Slot at = slot(key);
    const Result<SiblingSet> incoming = SiblingSet::decode(encoded);
    if (!incoming)
        return tl::make_unexpected(incoming.error());
    Result<SiblingSet> held = latest(at, key);
    if (!held)
        return tl::make_unexpected(held.error());
    const size_t before = held->siblingCount();
    if (held->isEmpty() || isMutant(Mutant::MergeForgetsOwn))
        batch.putObject(at, key, encoded, incoming->hasValue());
    else if (held->merge(*incoming))
        batch.putObject(at, key, held->encoded(), held->hasValue());
    watch(key, before, std::max(held->siblingCount(), incoming->siblingCount()));
    return {};
}

void Replica::watch(const Key& key, size_t before, size_t after)
{
    m_siblings.most = std::max<quint64>(m_siblings.most, after);
    if (before > siblingsWarnedOf || after <= siblingsWarnedOf)
        return;
    ++m_siblings.keysAbove;
    if (m_tellOfMany)
        m_tellOfMany(key, after);
}

void Replica::merge(const Key& key, const QByteArray& encoded, std::function<void(Result<void>)> done)
{
    WriteBatch batch;
    const Result<void> added = addMerge(batch, key, encoded);
    if (!added)
        return done(added);
    if (isMutant(Mutant::AckMergeBeforeCommit)) {
        m_store.write(std::move(batch), nullptr);
        return done({});
    }
    // Where nothing changed the batch is empty, and its callback still follows every earlier commit: what the
    // key holds already may not be durable yet.
    m_store.write(std::move(batch), std::move(done));
}

void Replica::mergeAll(const std::vector<Received>& received, std::function<void(Result<void>)> done)
{
    WriteBatch batch;
    QSet<Key> seen;
    for (const Received& one : received) {
        // The second would be merged with what the store holds, without the first.
        if (seen.contains(one.key))
            return done(failure(ErrorCode::Malformed, QStringLiteral("A key comes twice in one message.")));
        seen.insert(one.key);
        const Result<void> added = one.set.isEmpty() ? Result<void>() : addMerge(batch, one.key, one.set);
        if (!added)
            return done(added);
    }
    m_store.write(std::move(batch), std::move(done));
}

} // namespace ringmaster
