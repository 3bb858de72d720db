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
{
    m_hints.reportTo(m_integrity);
}

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

Result<Replica::HeldHashes> Replica::heldHashes(const Key& key)
{
    const Slot at = slot(key);
    const auto durable = m_store.durableObject(at, key);
    if (!durable)
        return tl::make_unexpected(durable.error());
    const auto latest = m_store.latestObject(at, key);
    if (!latest)
        return tl::make_unexpected(latest.error());
    HeldHashes hashes;
    if (*durable)
        hashes.durable = recordHash(key, **durable);
    if (*latest)
        hashes.latest = *latest == *durable ? hashes.durable : recordHash(key, **latest);
    return hashes;
}

size_t Replica::forget(const std::vector<Reaped>& keys, bool evenValues)
{
    WriteBatch batch;
    quint64 floor = m_counterFloor;
    for (const Reaped& one : keys) {
        const Slot at = slot(one.key);
        const auto bytes = m_store.latestObject(at, one.key);
        if (!bytes || !*bytes || recordHash(one.key, **bytes) != one.hash)
            continue;
        const Result<Held> held = latest(at, one.key);
        if (!held || held->wasUnsound || (held->set.hasValue() && !evenValues))
            continue;
        floor = std::max(floor, held->set.context().counterOf(m_actor));
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

quint64 Replica::counterHeld(const Key& key)
{
    const Result<Held> held = latest(slot(key), key);
    return held ? held->set.context().counterOf(m_actor) : 0;
}

// All that anybody has seen of this actor is durable here, or was reaped below the floor. What is not was
// never minted, or was forgotten by a store that was put back: then this actor must mint no more.
Result<void> Replica::checkContext(const Held& held, const VersionVector& context)
{
    const quint64 seen = context.counterOf(m_actor);
    if (seen <= m_counterFloor || seen <= held.set.context().counterOf(m_actor) ||
        isMutant(Mutant::ReuseActor))
        return {};
    actorIsSpent();
    return failure(
        ErrorCode::Malformed,
        QStringLiteral("The context names a version that this node does not know to have made. "
                       "Nothing was written. Read the key again and write with the context of that "
                       "read."));
}

Result<Replica::Minted> Replica::mintOnto(const Key& key, Held& held, SiblingSet::Content content,
                                          const VersionVector& context) const
{
    Minted minted;
    const bool forgetful = isMutant(content ? Mutant::SkipContextOnWrite : Mutant::SkipContextOnDelete);
    VersionVector seen = forgetful ? VersionVector() : context;
    // What nobody has an undamaged copy of is superseded by what is written in its place.
    if (const IntegrityLog::Damaged* damaged = m_integrity.find(key); damaged && damaged->isBeyondRepair)
        seen.merge(held.set.contextOfDamaged().value_or(VersionVector()));
    minted.dot = held.set.write(key, seen, std::move(content), m_actor, m_clock.wallNow(), m_counterFloor);
    if (held.set.hasDamagedVersion()) {
        return failure(
            ErrorCode::Damaged,
            QStringLiteral("This node's copy of the key is damaged and is being repaired. Nothing was "
                           "written; try again."));
    }
    // To the others it is a set like any other.
    minted.set = held.set;
    minted.set.markComplete();
    minted.encoded = minted.set.encoded();
    return minted;
}

namespace {

qsizetype valueBytes(const SiblingSet& set)
{
    qsizetype bytes = 0;
    for (const Sibling& sibling : set.siblings())
        bytes += sibling.value.size();
    return bytes;
}

} // namespace

Result<void> Replica::checkBounds(Slot at, const Key& key, const Minted& minted)
{
    const size_t siblings = minted.set.siblingCount();
    const bool isWithin = siblings <= maxSiblingsWritten && minted.encoded.size() <= maxSiblingBytesWritten;
    if (siblings <= 1 || isWithin)
        return {};
    const Result<Held> held = latestWithHints(at, key);
    if (!held)
        return tl::make_unexpected(held.error());
    const qsizetype bytes = valueBytes(held->set);
    if (siblings <= std::max(maxSiblingsWritten, held->set.siblingCount()) &&
        valueBytes(minted.set) <= std::max(maxSiblingBytesWritten, bytes))
        return {}; // no more than may be, or no more than there was
    return failure(
        ErrorCode::Conflict,
        QStringLiteral("This key has %1 siblings of %2 bytes together; with this write they would be "
                       "more than a key may have (%3 siblings, %4 bytes). Nothing was written. Read "
                       "it, decide between them, and write the result with the context of that "
                       "read, which replaces them.")
            .arg(held->set.siblingCount())
            .arg(bytes)
            .arg(maxSiblingsWritten)
            .arg(maxSiblingBytesWritten));
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

QString spentWhileWriting()
{
    return QStringLiteral(
        "This node's store is older than what it wrote before, so it changes its actor. This write "
        "was kept here and sent to nobody; read the key and write it again.");
}

} // namespace

void Replica::mint(const Key& key, SiblingSet::Content content, const VersionVector& context,
                   std::function<void(Result<Minted>)> done)
{
    if (m_whyNoActor)
        return done(tl::make_unexpected(*m_whyNoActor));
    if (m_isSpent) {
        m_waiting.push_back([this, key, content = std::move(content), context, done = std::move(done)] {
            mint(key, content, context, done);
        });
        return;
    }
    const Slot at = slot(key);
    Result<Held> held = latestWithHints(at, key);
    if (!held)
        return done(tl::make_unexpected(held.error()));
    if (const Result<void> known = checkContext(*held, context); !known)
        return done(tl::make_unexpected(known.error()));
    const size_t siblingsBefore = held->set.siblingCount();
    SiblingSet before;
    before.adoptEntry(m_actor, held->set);
    Result<Minted> minted = mintOnto(key, *held, content, context);
    if (!minted)
        return done(std::move(minted));
    if (const Result<void> fits = checkBounds(at, key, *minted); !fits)
        return done(tl::make_unexpected(fits.error()));
    watch(key, siblingsBefore, minted->set.siblingCount());
    WriteBatch batch;
    m_healed.clear();
    put(batch, at, key, *held);
    if (isMutant(Mutant::AckBeforeCommit)) {
        m_store.write(std::move(batch), nullptr);
        return done(std::move(minted));
    }
    const auto mint =
        m_underWay.insert(m_underWay.end(), {key, std::move(content), context, std::move(before),
                                             std::move(*minted), std::move(done)});
    m_store.write(std::move(batch),
                  noting(std::exchange(m_healed, {}),
                         [this, mint](const Result<void>& stored) { mintStored(mint, stored); }));
}

void Replica::mintAsHint(NodeId owner, const Key& key, SiblingSet::Content content,
                         const VersionVector& context, HintOrigin origin,
                         std::function<void(Result<Minted>)> done)
{
    if (m_whyNoActor)
        return done(tl::make_unexpected(*m_whyNoActor));
    if (m_isSpent) {
        m_waiting.push_back(
            [this, owner, key, content = std::move(content), context, origin, done = std::move(done)] {
                mintAsHint(owner, key, content, context, origin, done);
            });
        return;
    }
    const Slot at = slot(key);
    Result<Held> held = latestWithHints(at, key);
    if (!held)
        return done(tl::make_unexpected(held.error()));
    if (const Result<void> known = checkContext(*held, context); !known)
        return done(tl::make_unexpected(known.error()));
    Result<Minted> minted = mintOnto(key, *held, std::move(content), context);
    if (!minted)
        return done(std::move(minted));
    if (const Result<void> fits = checkBounds(at, key, *minted); !fits)
        return done(tl::make_unexpected(fits.error()));
    const QByteArray encoded = minted->encoded;
    const auto stored = [this, minted = std::move(*minted),
                         done = std::move(done)](const Result<void>& kept) {
        if (!kept)
            done(tl::make_unexpected(kept.error()));
        else if (m_isSpent && minted.dot.actor == m_actor)
            done(failure(ErrorCode::Unavailable, spentWhileWriting()));
        else
            done(minted);
    };
    m_hints.keep(owner, at, key, encoded, origin, stored);
}

void Replica::confirm(std::optional<NodeId> owner, const Key& key, Minted earlier, HintOrigin origin,
                      std::function<void(Result<Minted>)> done)
{
    const Slot at = slot(key);
    Result<Held> held = latestWithHints(at, key);
    if (!held)
        return done(tl::make_unexpected(held.error()));
    if (held->set.hasDamagedVersion())
        return done(
            failure(ErrorCode::Damaged,
                    QStringLiteral("This node's copy of the key is damaged and is being repaired. The write "
                                   "may exist; try again.")));
    if (!held->set.context().covers(earlier.dot))
        return done(
            failure(ErrorCode::Conflict,
                    QStringLiteral("This write was made by an earlier attempt, and has been replaced and "
                                   "cleaned up since. Nothing was written again. Read the key.")));
    held->set.markComplete(); // to the others it is a set like any other
    earlier.encoded = held->set.encoded();
    const QByteArray encoded = earlier.encoded;
    Store::WriteDone stored = afterCommit(std::move(earlier), std::move(done));
    if (owner)
        m_hints.keep(*owner, at, key, encoded, origin, std::move(stored));
    else
        merge(key, encoded, std::move(stored));
}

namespace {

// About what its encoding has, without making it.
qsizetype sizeOf(const SiblingSet& set)
{
    qsizetype bytes = 0;
    for (const Sibling& sibling : set.siblings())
        bytes += sibling.value.size();
    return bytes;
}

} // namespace

Result<qsizetype> Replica::addMerge(WriteBatch& batch, const Key& key, const QByteArray& encoded)
{
    const Slot at = slot(key);
    const Result<SiblingSet> incoming = SiblingSet::decode(key, encoded);
    if (!incoming) {
        m_integrity.foundDamagedMessage(key, QStringLiteral("to be merged"));
        return tl::make_unexpected(incoming.error());
    }
    Result<Held> held = latest(at, key);
    if (!held)
        return tl::make_unexpected(held.error());
    const size_t before = held->set.siblingCount();
    bool changed = held->hasOtherBytes;
    const ActorId actor = m_actor;
    if (!isMutant(Mutant::KeepRolledBackActor) && (m_isSpent || hasForgotten(key, held->set, *incoming))) {
        actorIsSpent();
        // What this store holds under dots that it minted twice must not win over what others hold there.
        const bool isOlder = held->set.contradicts(*incoming, actor) ||
                             held->set.counterOf(actor) < incoming->counterOf(actor);
        if (isOlder)
            held->set.adoptEntry(actor, *incoming);
        changed |= isOlder;
    }
    std::vector<Dot> contradictions;
    const bool isNews = held->set.merge(*incoming, &contradictions) || changed;
    m_integrity.foundContradictions(key, contradictions);
    if (isMutant(Mutant::MergeForgetsOwn))
        held->set = *incoming;
    else if (!isNews)
        return encoded.size() + sizeOf(held->set);
    const auto healed = static_cast<ptrdiff_t>(m_healed.size());
    put(batch, at, key, *held);
    const qsizetype bytes = batch.objects.back().bytes->size();
    if (bytes > m_maxSetBytes && isNews) {
        batch.objects.pop_back();
        m_healed.erase(m_healed.begin() + healed, m_healed.end());
        return failure(
            ErrorCode::TooLarge,
            QStringLiteral("the siblings of the key have %1 bytes together, more than are stored (%2)")
                .arg(bytes)
                .arg(m_maxSetBytes));
    }
    watch(key, before, held->set.siblingCount());
    return bytes;
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
    m_healed.clear();
    const Result<qsizetype> added = addMerge(batch, key, encoded);
    if (!added)
        return done(tl::make_unexpected(added.error()));
    if (isMutant(Mutant::AckMergeBeforeCommit)) {
        m_store.write(std::move(batch), nullptr);
        return done({});
    }
    // Where nothing changed the batch is empty, and its callback still follows every earlier commit: what the
    // key holds already may not be durable yet.
    m_store.write(std::move(batch), noting(std::exchange(m_healed, {}), std::move(done)));
}

void Replica::mergeAll(const std::vector<Received>& received, std::function<void(Result<Merged>)> done,
                       qsizetype mostBytes)
{
    WriteBatch batch;
    m_healed.clear();
    Merged merged;
    qsizetype bytes = 0;
    QSet<Key> seen;
    for (const Received& one : received) {
        if (merged.complete > 0 && bytes >= mostBytes)
            break;
        // The second would be merged with what the store holds, without the first.
        if (seen.contains(one.key))
            return done(failure(ErrorCode::Malformed, QStringLiteral("A key comes twice in one message.")));
        seen.insert(one.key);
        const Result<qsizetype> added =
            one.set.isEmpty() ? Result<qsizetype>(0) : addMerge(batch, one.key, one.set);
        if (added) {
            bytes += *added;
        } else if (added.error().code == ErrorCode::TooLarge || added.error().code == ErrorCode::Damaged) {
            merged.skipped.push_back(merged.complete);
            if (m_tellOfSkipped && added.error().code == ErrorCode::TooLarge)
                m_tellOfSkipped(one.key, added.error());
        } else {
            return done(tl::make_unexpected(added.error()));
        }
        ++merged.complete;
    }
    const auto stored = [merged = std::move(merged), done = std::move(done)](const Result<void>& written) {
        if (written)
            done(merged);
        else
            done(tl::make_unexpected(written.error()));
    };
    m_store.write(std::move(batch), noting(std::exchange(m_healed, {}), stored));
}

} // namespace ringmaster
