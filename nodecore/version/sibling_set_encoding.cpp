// SPDX-License-Identifier: GPL-3.0-or-later
// The bytes of a sibling set, the same on disk and between nodes. Format 2:
//
//   set    = head, check, body...
//   head   = FF FF 42, flags (1 byte), varint number of entries, entry...    by actor, strictly ascending
//   entry  = actor (8 bytes), varint counter, time minted, varint number of values, value...
//   value  = age, kind (1 byte), varint length of the metadata, if a value: varint length of it,
//            its checksum (8 bytes)                          newest first
//   check  = checksum of the head (8 bytes)
//   flags  = 1: incomplete; 0 else
//   body   = metadata, the value's bytes                     of each value, in the order of the head
//   time   = zigzag varint of milliseconds since 1970
//   age    = zigzag varint of (entry's minted - value's written): 0, one byte, in a newest value
//   kind   = 0 for a value, 1 for a tombstone
//
// Metadata is a block of tagged fields: (varint tag, varint length, bytes)..., by tag, strictly ascending.
// No tag has a meaning yet; what a later build puts there is kept, checksummed and passed on.
//
// Format 1, which is read and never written, has no marker, no metadata and no checksums, and each value's
// bytes (varint length, bytes) follow its kind. The marker of format 2 would be a number of entries beyond
// maxActors there, also with any one of its bits changed or for want of so many entries: damage does not
// turn the one format into the other.
//
// Varints are of the shortest form, so a set has one encoding only in each format.
#include "nodecore/base/mutant.h"
#include "nodecore/version/checksum.h"
#include "nodecore/version/sibling_set.h"

#include <QtEndian>

namespace ringmaster {

namespace {

constexpr QByteArrayView marker("\xff\xff\x42", 3);
constexpr qsizetype checkBytes = 8;
constexpr qsizetype leastEntryBytes = 8 + 1 + 1 + 1;
constexpr qsizetype leastValueBytes = 1 + 1 + 1 + checkBytes;
constexpr qsizetype leastOldValueBytes = 1 + 1;

enum Flags : quint8 { FlagIncomplete = 1 };
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

// A value as the head describes it.
struct ValueHead {
    Dot dot;
    WallTime written;
    bool tombstone = false;
    qsizetype metadataBytes = 0;
    qsizetype valueBytes = 0;
    quint64 checksum = 0;
};

struct EntryHead {
    ActorId actor;
    quint64 counter = 0;
    WallTime minted;
    quint64 values = 0;
};

EntryHead readEntryHead(ByteReader& from, quint64& siblingsLeft, qsizetype leastBytesEach)
{
    EntryHead entry;
    entry.actor.value = from.u64();
    entry.counter = from.varint();
    entry.minted = timeOf(unzigzag(from.varint()));
    entry.values = from.count(leastBytesEach, siblingsLeft);
    if (entry.counter == 0 || entry.counter > SiblingSet::maxCounter || entry.values > entry.counter)
        from.fail();
    if (!from.failed())
        siblingsLeft -= entry.values;
    return entry;
}

qsizetype readLength(ByteReader& from, qsizetype most)
{
    const quint64 length = from.varint();
    if (length <= static_cast<quint64>(most))
        return static_cast<qsizetype>(length);
    from.fail();
    return 0;
}

ValueHead readValueHead(ByteReader& from, const EntryHead& entry, quint64 index)
{
    ValueHead value;
    value.dot = Dot{entry.actor, entry.counter - index};
    value.written = timeOf(bitsOf(entry.minted) - unzigzag(from.varint()));
    const quint8 kind = from.u8();
    if (kind > KindTombstone)
        from.fail();
    value.tombstone = kind == KindTombstone;
    value.metadataBytes = readLength(from, SiblingSet::maxMetadataBytes);
    if (!value.tombstone)
        value.valueBytes = readLength(from, SiblingSet::maxValueBytes);
    value.checksum = from.u64();
    return value;
}

// Visits a head of format 2 from behind its marker on, and returns its flags. Stops where a visitor fails the
// reader.
template <class OnEntry, class OnValue>
quint8 walkHead(ByteReader& from, OnEntry onEntry, OnValue onValue)
{
    const quint8 flags = from.u8();
    if (flags > FlagIncomplete)
        from.fail();
    const quint64 entries = from.count(leastEntryBytes, SiblingSet::maxActors);
    quint64 siblingsLeft = SiblingSet::maxSiblings;
    std::optional<ActorId> last;
    for (quint64 i = 0; i < entries && !from.failed(); ++i) {
        const EntryHead entry = readEntryHead(from, siblingsLeft, leastValueBytes);
        if (last && entry.actor <= *last)
            from.fail();
        if (from.failed())
            break;
        last = entry.actor;
        onEntry(entry);
        for (quint64 j = 0; j < entry.values && !from.failed(); ++j)
            onValue(readValueHead(from, entry, j));
    }
    return flags;
}

// Where the head ends and the body begins; nothing where the head is not what encode() made, or the body has
// another length than the head says.
struct Parts {
    QByteArrayView head; // without the marker
    QByteArrayView body;
};
std::optional<Parts> partsOf(QByteArrayView bytes)
{
    ByteReader from(bytes.sliced(marker.size()));
    quint64 bodyBytes = 0;
    walkHead(
        from, [](const EntryHead&) {},
        [&bodyBytes](const ValueHead& value) {
            bodyBytes += static_cast<quint64>(value.metadataBytes + value.valueBytes);
        });
    const qsizetype headBytes = bytes.size() - from.remaining();
    const quint64 check = from.u64();
    if (from.failed() || static_cast<quint64>(from.remaining()) != bodyBytes ||
        check != checksumOf(bytes.first(headBytes)))
        return std::nullopt;
    return Parts{bytes.first(headBytes).sliced(marker.size()), bytes.last(from.remaining())};
}

quint64 checksumOfKey(const Key& key)
{
    return checksumOf(QByteArrayView(key.bytes()));
}

// The metadata's length keeps (metadata "a", value "b") and (metadata "ab", value "") apart.
quint64 checksumOfVersion(quint64 ofKey, const ValueHead& version, QByteArrayView metadata,
                          QByteArrayView value)
{
    char fields[8 + 8 + 8 + 1 + 4];
    qToBigEndian(version.dot.actor.value, fields);
    qToBigEndian(version.dot.counter, fields + 8);
    qToBigEndian(bitsOf(version.written), fields + 16);
    fields[24] = static_cast<char>(version.tombstone ? KindTombstone : KindValue);
    qToBigEndian(static_cast<quint32>(metadata.size()), fields + 25);
    quint64 checksum = checksumOf(QByteArrayView(fields, sizeof fields), ofKey);
    if (!metadata.isEmpty())
        checksum = checksumOf(metadata, checksum);
    return checksumOf(value, checksum);
}

bool isMetadata(QByteArrayView block)
{
    ByteReader from(block);
    std::optional<quint64> last;
    while (from.remaining() > 0 && !from.failed()) {
        const quint64 tag = from.varint();
        if (last && tag <= *last)
            from.fail();
        last = tag;
        from.view(SiblingSet::maxMetadataBytes);
    }
    return from.finished();
}

// Takes the bytes of one value after the other from the body.
class Body {
public:
    Body(const Key& key, QByteArrayView whole)
        : m_ofKey(checksumOfKey(key))
        , m_rest(whole)
    {}
    void take(const ValueHead& value)
    {
        metadata = m_rest.first(value.metadataBytes);
        bytes = m_rest.sliced(value.metadataBytes, value.valueBytes);
        m_rest = m_rest.sliced(value.metadataBytes + value.valueBytes);
        isSound = checksumOfVersion(m_ofKey, value, metadata, bytes) == value.checksum ||
                  isMutant(Mutant::BelieveDamagedVersions);
    }
    QByteArrayView metadata;
    QByteArrayView bytes;
    bool isSound = false;

private:
    quint64 m_ofKey;
    QByteArrayView m_rest;
};

Error damage(QByteArrayView bytes)
{
    return {ErrorCode::Damaged,
            QStringLiteral("The stored versions of a key (%1 bytes) are damaged: they are not what a node "
                           "wrote. This copy is not used; other replicas' copies are.")
                .arg(bytes.size())};
}

} // namespace

struct SiblingSet::Codec {
    static void encodeHead(const SiblingSet& set, ByteWriter& to);
    static void encodeBody(const SiblingSet& set, ByteWriter& to);
    // Format 2, with its damaged versions marked; nothing where the head is damaged.
    static std::optional<SiblingSet> read(const Key& key, QByteArrayView bytes);
    // Format 1.
    static std::optional<SiblingSet> readOld(const Key& key, QByteArrayView bytes);
    static Entry readOldEntry(quint64 ofKey, ByteReader& from, quint64& siblingsLeft);
};

quint64 checksumOf(const Key& key, const Sibling& sibling)
{
    const ValueHead head{sibling.dot, sibling.written, sibling.tombstone, 0, 0, 0};
    return checksumOfVersion(checksumOfKey(key), head, sibling.metadata, sibling.value);
}

void SiblingSet::Codec::encodeHead(const SiblingSet& set, ByteWriter& to)
{
    to.raw(marker);
    to.u8(set.m_isIncomplete ? FlagIncomplete : 0);
    to.varint(set.m_entries.size());
    for (const Entry& entry : set.m_entries) {
        to.u64(entry.actor.value);
        to.varint(entry.counter);
        to.varint(zigzag(bitsOf(entry.minted)));
        to.varint(entry.values.size());
        for (const Stored& stored : entry.values) {
            to.varint(zigzag(bitsOf(entry.minted) - bitsOf(stored.written)));
            to.u8(stored.tombstone ? KindTombstone : KindValue);
            to.varint(static_cast<quint64>(stored.metadata.size()));
            if (!stored.tombstone)
                to.varint(static_cast<quint64>(stored.value.size()));
            to.u64(stored.checksum);
        }
    }
}

void SiblingSet::Codec::encodeBody(const SiblingSet& set, ByteWriter& to)
{
    for (const Entry& entry : set.m_entries) {
        for (const Stored& stored : entry.values) {
            to.raw(stored.metadata);
            to.raw(stored.value);
        }
    }
}

void SiblingSet::encode(ByteWriter& to) const
{
    const qsizetype begin = to.size();
    Codec::encodeHead(*this, to);
    to.u64(checksumOf(QByteArrayView(to.result()).sliced(begin)));
    Codec::encodeBody(*this, to);
}

QByteArray SiblingSet::encoded() const
{
    constexpr qsizetype mostEntryHead = 8 + 10 + 10 + 5;
    constexpr qsizetype mostValueHead = 10 + 1 + 5 + 5 + checkBytes;
    qsizetype size = marker.size() + 1 + 5 + checkBytes;
    for (const Entry& entry : m_entries) {
        size += mostEntryHead;
        for (const Stored& stored : entry.values)
            size += mostValueHead + stored.metadata.size() + stored.value.size();
    }
    ByteWriter to(size);
    encode(to);
    return to.take();
}

std::optional<SiblingSet> SiblingSet::Codec::read(const Key& key, QByteArrayView bytes)
{
    const std::optional<Parts> parts = partsOf(bytes);
    if (!parts)
        return std::nullopt;
    SiblingSet set;
    Body body(key, parts->body);
    ByteReader from(parts->head);
    const quint8 flags = walkHead(
        from,
        [&set](const EntryHead& head) {
            Entry& entry = set.m_entries.emplace_back(Entry{head.actor, head.counter, head.minted, {}});
            entry.values.reserve(head.values);
        },
        [&](const ValueHead& head) {
            body.take(head);
            set.m_entries.back().values.push_back({.written = head.written,
                                                   .tombstone = head.tombstone,
                                                   .damaged = !body.isSound || !isMetadata(body.metadata),
                                                   .checksum = head.checksum,
                                                   .value = body.bytes.toByteArray(),
                                                   .metadata = body.metadata.toByteArray()});
        });
    set.m_isIncomplete = flags == FlagIncomplete;
    return set;
}

SiblingSet::Entry SiblingSet::Codec::readOldEntry(quint64 ofKey, ByteReader& from, quint64& siblingsLeft)
{
    const EntryHead head = readEntryHead(from, siblingsLeft, leastOldValueBytes);
    Entry entry{head.actor, head.counter, head.minted, {}};
    if (from.failed())
        return entry;
    entry.values.reserve(head.values);
    for (quint64 i = 0; i < head.values && !from.failed(); ++i) {
        Stored stored;
        stored.written = timeOf(bitsOf(head.minted) - unzigzag(from.varint()));
        const quint8 kind = from.u8();
        stored.tombstone = kind == KindTombstone;
        if (kind == KindValue)
            stored.value = from.bytes(maxValueBytes);
        else if (kind != KindTombstone)
            from.fail();
        const ValueHead version{Dot{head.actor, head.counter - i}, stored.written, stored.tombstone, 0, 0, 0};
        stored.checksum = checksumOfVersion(ofKey, version, {}, stored.value);
        entry.values.push_back(std::move(stored));
    }
    return entry;
}

std::optional<SiblingSet> SiblingSet::Codec::readOld(const Key& key, QByteArrayView bytes)
{
    ByteReader from(bytes);
    SiblingSet set;
    const quint64 ofKey = checksumOfKey(key);
    const quint64 entries = from.count(leastEntryBytes, maxActors);
    quint64 siblingsLeft = maxSiblings;
    set.m_entries.reserve(entries);
    for (quint64 i = 0; i < entries && !from.failed(); ++i) {
        Entry entry = readOldEntry(ofKey, from, siblingsLeft);
        if (!set.m_entries.empty() && entry.actor <= set.m_entries.back().actor)
            from.fail();
        set.m_entries.push_back(std::move(entry));
    }
    return from.finished() ? std::optional(std::move(set)) : std::nullopt;
}

bool SiblingSet::hasChecksums(QByteArrayView bytes)
{
    return bytes.startsWith(marker);
}

Result<SiblingSet> SiblingSet::decodeForRepair(const Key& key, QByteArrayView bytes)
{
    std::optional<SiblingSet> set =
        bytes.startsWith(marker) ? Codec::read(key, bytes) : Codec::readOld(key, bytes);
    if (!set)
        return tl::make_unexpected(damage(bytes));
    return std::move(*set);
}

Result<SiblingSet> SiblingSet::decode(const Key& key, QByteArrayView bytes)
{
    Result<SiblingSet> set = decodeForRepair(key, bytes);
    if (set && !set->isSound())
        return tl::make_unexpected(damage(bytes));
    return set;
}

Soundness SiblingSet::verify(const Key& key, QByteArrayView bytes)
{
    if (!bytes.startsWith(marker))
        return Codec::readOld(key, bytes) ? Soundness::Unchecked : Soundness::Damaged;
    const std::optional<Parts> parts = partsOf(bytes);
    if (!parts)
        return Soundness::Damaged;
    bool isSound = true;
    Body body(key, parts->body);
    ByteReader from(parts->head);
    const quint8 flags = walkHead(
        from, [](const EntryHead&) {},
        [&](const ValueHead& value) {
            body.take(value);
            isSound = isSound && body.isSound && isMetadata(body.metadata);
        });
    if (!isSound)
        return Soundness::DamagedVersion;
    return flags == FlagIncomplete ? Soundness::Incomplete : Soundness::Sound;
}

namespace {

std::vector<Dot> dotsInOld(QByteArrayView bytes, size_t most)
{
    std::vector<Dot> dots;
    ByteReader from(bytes);
    const quint64 entries = from.count(leastEntryBytes, SiblingSet::maxActors);
    for (quint64 i = 0; i < entries && !from.failed() && dots.size() < most; ++i) {
        Dot dot{ActorId{from.u64()}, from.varint()};
        from.varint(); // minted
        const quint64 values = from.count(leastOldValueBytes, SiblingSet::maxSiblings);
        for (quint64 j = 0; j < values && dots.size() < most; ++j, --dot.counter) {
            from.varint(); // age
            if (from.u8() == KindValue)
                from.view(SiblingSet::maxValueBytes);
            if (from.failed())
                break;
            dots.push_back(dot);
        }
    }
    return dots;
}

} // namespace

std::vector<Dot> SiblingSet::dotsIn(QByteArrayView bytes, size_t most)
{
    if (!bytes.startsWith(marker))
        return dotsInOld(bytes, most);
    std::vector<Dot> dots;
    ByteReader from(bytes.sliced(marker.size()));
    walkHead(
        from, [](const EntryHead&) {},
        [&](const ValueHead& value) {
            if (!from.failed() && dots.size() < most)
                dots.push_back(value.dot);
            else
                from.fail();
        });
    return dots;
}

} // namespace ringmaster
