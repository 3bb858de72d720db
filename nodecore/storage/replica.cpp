// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/storage/replica.h"

#include <QSet>

namespace ringmaster {

Replica::Replica(Store& store, HintStore& hints, const Clock& clock, Partitioner partitioner)
    : m_store(store)
    , m_hints(hints)
    , m_clock(clock)
    , m_partitioner(partitioner)
{}

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

Result<Replica::Minted> Replica::mintOnto(SiblingSet held, SiblingSet::Content content,
                                          const VersionVector& context) const
{
    Minted minted;
    minted.set = std::move(held);
    minted.dot = minted.set.write(context, std::move(content), m_actor, m_clock.wallNow());
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
    Result<SiblingSet> held = latest(at, key);
    if (!held)
        return done(tl::make_unexpected(held.error()));
    Result<Minted> minted = mintOnto(std::move(*held), std::move(content), context);
    if (!minted)
        return done(std::move(minted));
    WriteBatch batch;
    batch.putObject(at, key, minted->encoded, minted->set.hasValue());
    m_store.write(std::move(batch), afterCommit(std::move(*minted), std::move(done)));
}

void Replica::mintAsHint(NodeId owner, const Key& key, SiblingSet::Content content,
                         const VersionVector& context, std::function<void(Result<Minted>)> done)
{
    const Slot at = slot(key);
    Result<SiblingSet> held = latest(at, key);
    const Result<SiblingSet> kept = m_hints.latestFor(key);
    if (!held || !kept)
        return done(tl::make_unexpected(held ? kept.error() : held.error()));
    held->merge(*kept);
    Result<Minted> minted = mintOnto(std::move(*held), std::move(content), context);
    if (!minted)
        return done(std::move(minted));
    const QByteArray encoded = minted->encoded;
    m_hints.keep(owner, at, key, encoded, afterCommit(std::move(*minted), std::move(done)));
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
    if (held->isEmpty())
        batch.putObject(at, key, encoded, incoming->hasValue());
    else if (held->merge(*incoming))
        batch.putObject(at, key, held->encoded(), held->hasValue());
    return {};
}

void Replica::merge(const Key& key, const QByteArray& encoded, std::function<void(Result<void>)> done)
{
    WriteBatch batch;
    const Result<void> added = addMerge(batch, key, encoded);
    if (!added)
        return done(added);
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
