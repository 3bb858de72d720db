// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/wire/message.h"

#include "nodecore/version/checksum.h"
#include "nodecore/wire/fields.h"

namespace ringmaster::wire {

namespace {

void write(ByteWriter& to, Budget budget)
{
    to.u32(budget.ms);
    to.u64(budget.sentAtMs);
}

Budget readBudget(ByteReader& from)
{
    const quint32 ms = from.u32();
    return {ms, from.u64()};
}

void write(ByteWriter& to, const ReadRequest& m)
{
    writeRequestId(to, m.id);
    write(to, m.budget);
    writeKey(to, m.key);
    to.u8(m.standsIn ? 1 : 0);
}

ReadRequest read(ByteReader& from, std::in_place_type_t<ReadRequest>)
{
    return {readRequestId(from), readBudget(from), readKey(from), readFlag(from)};
}

void write(ByteWriter& to, const ReadReply& m)
{
    writeReplyTo(to, m.to);
    writeError(to, m.error);
    to.bytes(m.set);
}

ReadReply read(ByteReader& from, std::in_place_type_t<ReadReply>)
{
    return {readReplyTo(from), readError(from), from.bytes(maxSetBytes)};
}

void write(ByteWriter& to, const WriteRequest& m)
{
    writeRequestId(to, m.id);
    write(to, m.budget);
    writeKey(to, m.key);
    to.bytes(m.set);
    to.u8(m.hintFor ? 1 : 0);
    if (m.hintFor)
        to.u64(m.hintFor->value);
    to.u64(m.trace.value);
}

WriteRequest read(ByteReader& from, std::in_place_type_t<WriteRequest>)
{
    const auto hintFor = [&from]() -> std::optional<NodeId> {
        if (!readFlag(from))
            return std::nullopt;
        return NodeId{from.u64()};
    };
    return {readRequestId(from),     readBudget(from), readKey(from),
            from.bytes(maxSetBytes), hintFor(),        TraceId{from.u64()}};
}

void write(ByteWriter& to, const WriteReply& m)
{
    writeReplyTo(to, m.to);
    writeError(to, m.error);
}

WriteReply read(ByteReader& from, std::in_place_type_t<WriteReply>)
{
    return {readReplyTo(from), readError(from)};
}

// What becomes a version, or decides over others, has no checksum of its own yet.
quint64 checkOf(const ForwardRequest& m)
{
    ByteWriter rest;
    writeKey(rest, m.key);
    writeVersionVector(rest, m.context);
    for (const bool flag : {m.content.has_value(), m.sloppy})
        rest.u8(flag ? 1 : 0);
    rest.u8(m.quorum);
    rest.u8(m.primaryQuorum);
    rest.bytes(m.idempotencyId);
    return checksumOf(m.content.value_or(QByteArray()), checksumOf(rest.result()));
}

void write(ByteWriter& to, const ForwardRequest& m)
{
    writeRequestId(to, m.id);
    write(to, m.budget);
    writeKey(to, m.key);
    to.u8(m.content ? 1 : 0);
    if (m.content)
        to.bytes(*m.content);
    writeVersionVector(to, m.context);
    to.u8(m.quorum);
    to.u8(m.primaryQuorum);
    to.u8(m.sloppy ? 1 : 0);
    to.u64(m.trace.value);
    to.u8(m.wantsSteps ? 1 : 0);
    to.bytes(m.idempotencyId);
    to.u64(checkOf(m));
}

ForwardRequest read(ByteReader& from, std::in_place_type_t<ForwardRequest>)
{
    const auto content = [&from]() -> SiblingSet::Content {
        if (!readFlag(from))
            return std::nullopt;
        return from.bytes(maxSetBytes);
    };
    ForwardRequest m{readRequestId(from),
                     readBudget(from),
                     readKey(from),
                     content(),
                     readVersionVector(from),
                     from.u8(),
                     from.u8(),
                     readFlag(from),
                     TraceId{from.u64()},
                     readFlag(from),
                     from.bytes(maxIdempotencyIdBytes)};
    if (from.u64() != checkOf(m))
        from.fail();
    return m;
}

void write(ByteWriter& to, const ReplicaOutcome& m)
{
    to.u64(m.node.value);
    to.u8(m.role);
    to.u8(m.missing ? 1 : 0);
    if (m.missing)
        to.u8(*m.missing);
    to.varint(m.afterUs);
    to.text(m.detail);
}

ReplicaOutcome readOutcome(ByteReader& from)
{
    const auto missing = [&from]() -> std::optional<quint8> {
        if (!readFlag(from))
            return std::nullopt;
        return from.u8();
    };
    return {NodeId{from.u64()}, from.u8(), missing(), from.varint(), from.text(maxErrorBytes)};
}

void write(ByteWriter& to, const ForwardReply& m)
{
    writeReplyTo(to, m.to);
    writeError(to, m.error);
    to.u8(m.mayExist ? 1 : 0);
    to.u64(m.dot.actor.value);
    to.varint(m.dot.counter);
    to.bytes(m.set);
    to.u8(m.n);
    to.u8(m.needed);
    to.u64(m.coordinator.value);
    writeList(to, m.replicas, [&to](const ReplicaOutcome& outcome) { write(to, outcome); });
    writeList(to, m.steps, [&to](const TraceStep& step) { writeTraceStep(to, step); });
}

ForwardReply read(ByteReader& from, std::in_place_type_t<ForwardReply>)
{
    constexpr qsizetype leastOutcomeBytes = 12;
    constexpr qsizetype leastStepBytes = 20;
    return {readReplyTo(from),
            readError(from),
            readFlag(from),
            Dot{ActorId{from.u64()}, from.varint()},
            from.bytes(maxSetBytes),
            from.u8(),
            from.u8(),
            NodeId{from.u64()},
            readList<ReplicaOutcome>(from, leastOutcomeBytes, maxMembers, readOutcome),
            readList<TraceStep>(from, leastStepBytes, maxTraceSteps, readTraceStep)};
}

void write(ByteWriter& to, const KeysRequest& m)
{
    writeRequestId(to, m.id);
    write(to, m.budget);
    to.u8(m.ofHints ? 1 : 0);
    to.u16(m.slot.value);
    writeOptionalKey(to, m.after);
    to.u16(m.last.value);
    to.bytes(m.prefix);
    to.u16(m.limit);
}

KeysRequest read(ByteReader& from, std::in_place_type_t<KeysRequest>)
{
    return {readRequestId(from),
            readBudget(from),
            readFlag(from),
            Slot{from.u16()},
            readOptionalKey(from),
            Slot{from.u16()},
            from.bytes(Key::maxBytes),
            from.u16()};
}

void write(ByteWriter& to, const KeysReply& m)
{
    writeReplyTo(to, m.to);
    writeError(to, m.error);
    writeList(to, m.items, [&to](const KeysReply::Item& item) {
        to.u16(item.slot.value);
        writeKey(to, item.key);
    });
    to.u8(m.more ? 1 : 0);
    to.u16(m.nextSlot.value);
    writeOptionalKey(to, m.nextAfter);
}

KeysReply read(ByteReader& from, std::in_place_type_t<KeysReply>)
{
    constexpr qsizetype leastItemBytes = 4;
    const auto item = [](ByteReader& reader) { return KeysReply::Item{Slot{reader.u16()}, readKey(reader)}; };
    return {readReplyTo(from),
            readError(from),
            readList<KeysReply::Item>(from, leastItemBytes, maxKeysInPage, item),
            readFlag(from),
            Slot{from.u16()},
            readOptionalKey(from)};
}

void write(ByteWriter& to, const Probe& m)
{
    to.bytes(m.datagram);
}

Probe read(ByteReader& from, std::in_place_type_t<Probe>)
{
    return {from.bytes(maxProbeBytes)};
}

void write(ByteWriter& to, const Members& m)
{
    writeList(to, m.records, [&to](const QByteArray& record) { to.bytes(record); });
    writeList(to, m.secrets, [&to](const QByteArray& secret) { to.bytes(secret); });
}

Members read(ByteReader& from, std::in_place_type_t<Members>)
{
    const auto record = [](ByteReader& reader) { return reader.bytes(maxMemberBytes); };
    const auto secret = [](ByteReader& reader) { return reader.bytes(ClusterSecrets::secretBytes); };
    return {readList<QByteArray>(from, 1, maxMembers, record),
            readList<QByteArray>(from, 1, ClusterSecrets::maxSecrets, secret)};
}

void write(ByteWriter& to, const TreeRequest& m)
{
    writeRequestId(to, m.id);
    to.bytes(m.ringDigest);
    to.u8(m.level);
    writeList(to, m.indices, [&to](quint16 index) { to.u16(index); });
}

TreeRequest read(ByteReader& from, std::in_place_type_t<TreeRequest>)
{
    const auto index = [](ByteReader& reader) { return reader.u16(); };
    return {readRequestId(from), from.bytes(64), from.u8(), readList<quint16>(from, 2, maxTreeNodes, index)};
}

void write(ByteWriter& to, const TreeReply& m)
{
    writeReplyTo(to, m.to);
    to.u8(m.sameRing ? 1 : 0);
    writeList(to, m.hashes, [&to](quint64 hash) { to.u64(hash); });
}

TreeReply read(ByteReader& from, std::in_place_type_t<TreeReply>)
{
    const auto hash = [](ByteReader& reader) { return reader.u64(); };
    return {readReplyTo(from), readFlag(from), readList<quint64>(from, 8, maxTreeNodes * 16, hash)};
}

void write(ByteWriter& to, const SlotsRequest& m)
{
    writeRequestId(to, m.id);
    to.varint(m.held);
    to.u32(m.slotsLeft);
    to.u16(m.enoughItems);
    writeList(to, m.slots, [&to](const SlotsRequest::Item& item) {
        to.u16(item.slot.value);
        to.u8(item.wantsObjects ? 1 : 0);
        writeOptionalKey(to, item.after);
    });
}

SlotsRequest read(ByteReader& from, std::in_place_type_t<SlotsRequest>)
{
    const auto item = [](ByteReader& reader) {
        return SlotsRequest::Item{Slot{reader.u16()}, readFlag(reader), readOptionalKey(reader)};
    };
    return {readRequestId(from), from.varint(), from.u32(), from.u16(),
            readList<SlotsRequest::Item>(from, 4, maxSlotsAsked, item)};
}

void write(ByteWriter& to, const SlotsReply& m)
{
    writeReplyTo(to, m.to);
    writeError(to, m.error);
    to.u16(m.complete);
    writeOptionalKey(to, m.upTo);
    writeList(to, m.items, [&to](const SlotsReply::Item& item) {
        to.u16(item.slot.value);
        writeKey(to, item.key);
        to.u64(item.hash);
        to.bytes(item.set);
    });
}

SlotsReply read(ByteReader& from, std::in_place_type_t<SlotsReply>)
{
    constexpr qsizetype leastItemBytes = 13;
    const auto item = [](ByteReader& reader) {
        return SlotsReply::Item{Slot{reader.u16()}, readKey(reader), reader.u64(), reader.bytes(maxSetBytes)};
    };
    return {readReplyTo(from), readError(from), from.u16(), readOptionalKey(from),
            readList<SlotsReply::Item>(from, leastItemBytes, maxSlotItems, item)};
}

void writeSyncItems(ByteWriter& to, const std::vector<SyncRequest::Item>& items)
{
    writeList(to, items, [&to](const SyncRequest::Item& item) {
        writeKey(to, item.key);
        to.bytes(item.set);
    });
}

std::vector<SyncRequest::Item> readSyncItems(ByteReader& from)
{
    constexpr qsizetype leastItemBytes = 3;
    const auto item = [](ByteReader& reader) {
        return SyncRequest::Item{readKey(reader), reader.bytes(maxSetBytes)};
    };
    return readList<SyncRequest::Item>(from, leastItemBytes, maxSyncItems, item);
}

void write(ByteWriter& to, const SyncRequest& m)
{
    writeRequestId(to, m.id);
    writeSyncItems(to, m.items);
}

SyncRequest read(ByteReader& from, std::in_place_type_t<SyncRequest>)
{
    return {readRequestId(from), readSyncItems(from)};
}

void writeNumbers(ByteWriter& to, const std::vector<quint16>& numbers)
{
    writeList(to, numbers, [&to](quint16 number) { to.u16(number); });
}

std::vector<quint16> readNumbers(ByteReader& from)
{
    return readList<quint16>(from, 2, maxSyncItems, [](ByteReader& reader) { return reader.u16(); });
}

void write(ByteWriter& to, const SyncReply& m)
{
    writeReplyTo(to, m.to);
    writeError(to, m.error);
    to.u16(m.complete);
    writeNumbers(to, m.skipped);
    writeSyncItems(to, m.items);
}

SyncReply read(ByteReader& from, std::in_place_type_t<SyncReply>)
{
    return {readReplyTo(from), readError(from), from.u16(), readNumbers(from), readSyncItems(from)};
}

void write(ByteWriter& to, const HandoffRequest& m)
{
    writeRequestId(to, m.id);
    writeSyncItems(to, m.items);
}

HandoffRequest read(ByteReader& from, std::in_place_type_t<HandoffRequest>)
{
    return {readRequestId(from), readSyncItems(from)};
}

void write(ByteWriter& to, const HandoffReply& m)
{
    writeReplyTo(to, m.to);
    writeError(to, m.error);
    to.u16(m.complete);
    writeNumbers(to, m.skipped);
}

HandoffReply read(ByteReader& from, std::in_place_type_t<HandoffReply>)
{
    return {readReplyTo(from), readError(from), from.u16(), readNumbers(from)};
}

void write(ByteWriter& to, const HintsReturned& m)
{
    to.u64(m.owner.value);
    writeList(to, m.traces, [&to](TraceId trace) { to.u64(trace.value); });
}

HintsReturned read(ByteReader& from, std::in_place_type_t<HintsReturned>)
{
    const auto trace = [](ByteReader& reader) { return TraceId{reader.u64()}; };
    return {NodeId{from.u64()}, readList<TraceId>(from, 8, maxHintsReturned, trace)};
}

void writeReapItems(ByteWriter& to, const std::vector<ReapCheckRequest::Item>& items)
{
    writeList(to, items, [&to](const ReapCheckRequest::Item& item) {
        writeKey(to, item.key);
        to.u64(item.hash);
    });
}

std::vector<ReapCheckRequest::Item> readReapItems(ByteReader& from)
{
    constexpr qsizetype leastItemBytes = 10;
    const auto item = [](ByteReader& reader) {
        return ReapCheckRequest::Item{readKey(reader), reader.u64()};
    };
    return readList<ReapCheckRequest::Item>(from, leastItemBytes, maxReapItems, item);
}

void write(ByteWriter& to, const ReapCheckRequest& m)
{
    writeRequestId(to, m.id);
    to.bytes(m.ringDigest);
    writeRequestId(to, m.firstId);
    writeReapItems(to, m.items);
}

ReapCheckRequest read(ByteReader& from, std::in_place_type_t<ReapCheckRequest>)
{
    return {readRequestId(from), from.bytes(64), readRequestId(from), readReapItems(from)};
}

void write(ByteWriter& to, const ReapCheckReply& m)
{
    writeReplyTo(to, m.to);
    writeError(to, m.error);
    writeList(to, m.clear, [&to](quint8 clear) { to.u8(clear); });
}

ReapCheckReply read(ByteReader& from, std::in_place_type_t<ReapCheckReply>)
{
    const auto clear = [](ByteReader& reader) { return static_cast<quint8>(readFlag(reader) ? 1 : 0); };
    return {readReplyTo(from), readError(from), readList<quint8>(from, 1, maxReapItems, clear)};
}

void write(ByteWriter& to, const ReapRequest& m)
{
    writeReapItems(to, m.items);
}

ReapRequest read(ByteReader& from, std::in_place_type_t<ReapRequest>)
{
    return {readReapItems(from)};
}

void write(ByteWriter& to, const Echo& m)
{
    writeRequestId(to, m.id);
    to.u8(m.isReply ? 1 : 0);
}

Echo read(ByteReader& from, std::in_place_type_t<Echo>)
{
    return {readRequestId(from), readFlag(from)};
}

void write(ByteWriter& to, const CountsRequest& m)
{
    writeRequestId(to, m.id);
    writeList(to, m.ranges, [&to](const CountsRequest::Range& range) {
        to.u16(range.first.value);
        to.u16(range.last.value);
    });
}

CountsRequest read(ByteReader& from, std::in_place_type_t<CountsRequest>)
{
    const auto range = [](ByteReader& reader) {
        CountsRequest::Range one{Slot{reader.u16()}, Slot{reader.u16()}};
        if (one.last < one.first)
            reader.fail();
        return one;
    };
    return {readRequestId(from), readList<CountsRequest::Range>(from, 4, maxCountedRanges, range)};
}

void write(ByteWriter& to, const CountsReply& m)
{
    writeReplyTo(to, m.to);
    writeList(to, m.objects, [&to](quint64 objects) { to.varint(objects); });
    to.u32(m.bytesEach);
}

CountsReply read(ByteReader& from, std::in_place_type_t<CountsReply>)
{
    const auto count = [](ByteReader& reader) { return reader.varint(); };
    return {readReplyTo(from), readList<quint64>(from, 1, maxCountedRanges, count), from.u32()};
}

void write(ByteWriter& to, const RingState& m)
{
    to.u64(m.membersDigest);
    to.u64(m.change);
    to.u64(m.caughtUp);
    to.u8(m.wantsReply ? 1 : 0);
    to.u64(m.asked);
    to.u64(m.answers);
    to.u8(m.grantsLease ? 1 : 0);
    to.u32(m.removeAfterMs);
    writeList(to, m.absent, [&to](const RingState::Absence& absence) {
        to.u64(absence.member.value);
        to.u32(absence.seconds);
        to.u8(absence.agrees ? 1 : 0);
    });
}

RingState read(ByteReader& from, std::in_place_type_t<RingState>)
{
    const auto absence = [](ByteReader& reader) {
        return RingState::Absence{NodeId{reader.u64()}, reader.u32(), readFlag(reader)};
    };
    return {
        from.u64(),     from.u64(), from.u64(),
        readFlag(from), from.u64(), from.u64(),
        readFlag(from), from.u32(), readList<RingState::Absence>(from, 13, RingState::maxAbsent, absence)};
}

// The type byte is the alternative's index plus one: 0 is never valid.
template <size_t Index = 0>
std::optional<Message> decodeAlternative(size_t index, ByteReader& from)
{
    if constexpr (Index < std::variant_size_v<Message>) {
        if (index != Index)
            return decodeAlternative<Index + 1>(index, from);
        Message message = read(from, std::in_place_type<std::variant_alternative_t<Index, Message>>);
        if (!from.finished())
            return std::nullopt;
        return message;
    } else {
        return std::nullopt;
    }
}

qsizetype sizeHint(const Message& message)
{
    if (const auto* write = std::get_if<WriteRequest>(&message))
        return 64 + write->key.bytes().size() + write->set.size();
    if (const auto* read = std::get_if<ReadReply>(&message))
        return 64 + read->set.size();
    return 64;
}

} // namespace

QByteArray encode(const Message& message)
{
    ByteWriter to(sizeHint(message));
    to.u8(static_cast<quint8>(message.index() + 1));
    std::visit([&to](const auto& alternative) { write(to, alternative); }, message);
    return to.take();
}

std::optional<Message> decode(QByteArrayView bytes)
{
    ByteReader from(bytes);
    const size_t type = from.u8();
    if (type == 0)
        return std::nullopt;
    return decodeAlternative(type - 1, from);
}

} // namespace ringmaster::wire
