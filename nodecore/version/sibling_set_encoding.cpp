// SPDX-License-Identifier: GPL-3.0-or-later
// The bytes of a sibling set, the same on disk and between nodes:
//
//   set    = varint number of entries, entry...              by actor, strictly ascending
//   entry  = actor (8 bytes), varint counter, time minted, varint number of values, value...
//   value  = age, kind (1 byte), if a value: varint length, the bytes    newest first
//   time   = zigzag varint of milliseconds since 1970
//   age    = zigzag varint of (entry's minted - value's written): 0, one byte, in a newest value
//   kind   = 0 for a value, 1 for a tombstone
//
// Varints are of the shortest form, so a set has one encoding only.
#include "nodecore/version/sibling_set.h"

namespace ringmaster {

namespace {

constexpr qsizetype leastEntryBytes = 8 + 1 + 1 + 1;
constexpr qsizetype leastValueBytes = 1 + 1;

enum Kind : quint8 { KindValue = 0, KindTombstone = 1 };

// Maps 0, -1, 1, -2, ... to 0, 1, 2, 3, ...; every 64-bit pattern has its own.
quint64 zigzag(quint64 twosComplement)
{
    return (twosComplement << 1) ^ (quint64{0} - (twosComplement >> 63));
}

quint64 unzigzag(quint64 encoded)
{
    return (encoded >> 1) ^ (quint64{0} - (encoded & 1));
}

quint64 bitsOf(WallTime time)
{
    return static_cast<quint64>(time.msSinceEpoch);
}

WallTime timeOf(quint64 bits)
{
    return WallTime{static_cast<qint64>(bits)};
}

} // namespace

void SiblingSet::encodeEntry(const Entry& entry, ByteWriter& to)
{
    to.u64(entry.actor.value);
    to.varint(entry.counter);
    to.varint(zigzag(bitsOf(entry.minted)));
    to.varint(entry.values.size());
    for (const Stored& stored : entry.values) {
        to.varint(zigzag(bitsOf(entry.minted) - bitsOf(stored.written)));
        to.u8(stored.tombstone ? KindTombstone : KindValue);
        if (!stored.tombstone)
            to.bytes(stored.value);
    }
}

void SiblingSet::encode(ByteWriter& to) const
{
    to.varint(m_entries.size());
    for (const Entry& entry : m_entries)
        encodeEntry(entry, to);
}

QByteArray SiblingSet::encoded() const
{
    constexpr qsizetype mostEntryHead = 8 + 10 + 10 + 5;
    constexpr qsizetype mostValueHead = 10 + 1 + 5;
    qsizetype size = 5;
    for (const Entry& entry : m_entries) {
        size += mostEntryHead;
        for (const Stored& stored : entry.values)
            size += mostValueHead + stored.value.size();
    }
    ByteWriter to(size);
    encode(to);
    return to.take();
}

SiblingSet::Entry SiblingSet::decodeEntry(ByteReader& from, quint64& siblingsLeft)
{
    Entry entry;
    entry.actor.value = from.u64();
    entry.counter = from.varint();
    entry.minted = timeOf(unzigzag(from.varint()));
    const quint64 values = from.count(leastValueBytes, siblingsLeft);
    if (entry.counter == 0 || entry.counter > maxCounter || values > entry.counter)
        from.fail();
    if (from.failed())
        return entry;
    siblingsLeft -= values;
    entry.values.reserve(values);
    for (quint64 i = 0; i < values && !from.failed(); ++i) {
        Stored stored;
        stored.written = timeOf(bitsOf(entry.minted) - unzigzag(from.varint()));
        const quint8 kind = from.u8();
        stored.tombstone = kind == KindTombstone;
        if (kind == KindValue)
            stored.value = from.bytes(maxValueBytes);
        else if (kind != KindTombstone)
            from.fail();
        entry.values.push_back(std::move(stored));
    }
    return entry;
}

Result<SiblingSet> SiblingSet::decode(QByteArrayView bytes)
{
    ByteReader from(bytes);
    SiblingSet set;
    const quint64 entries = from.count(leastEntryBytes, maxActors);
    quint64 siblingsLeft = maxSiblings;
    set.m_entries.reserve(entries);
    for (quint64 i = 0; i < entries && !from.failed(); ++i) {
        Entry entry = decodeEntry(from, siblingsLeft);
        if (!set.m_entries.empty() && entry.actor <= set.m_entries.back().actor)
            from.fail();
        set.m_entries.push_back(std::move(entry));
    }
    if (!from.finished()) {
        return failure(
            ErrorCode::Damaged,
            QStringLiteral("The stored versions of a key (%1 bytes) are damaged: they are not what "
                           "a node writes. They were left as they are; use another replica's copy.")
                .arg(bytes.size()));
    }
    return set;
}

std::vector<Dot> SiblingSet::dotsIn(QByteArrayView bytes, size_t most)
{
    std::vector<Dot> dots;
    ByteReader from(bytes);
    const quint64 entries = from.count(leastEntryBytes, maxActors);
    for (quint64 i = 0; i < entries && !from.failed() && dots.size() < most; ++i) {
        Dot dot{ActorId{from.u64()}, from.varint()};
        from.varint(); // minted
        const quint64 values = from.count(leastValueBytes, maxSiblings);
        for (quint64 j = 0; j < values && dots.size() < most; ++j, --dot.counter) {
            from.varint(); // age
            if (from.u8() == KindValue)
                from.view(maxValueBytes);
            if (from.failed())
                break;
            dots.push_back(dot);
        }
    }
    return dots;
}

} // namespace ringmaster
