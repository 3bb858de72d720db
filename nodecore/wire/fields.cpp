// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/wire/fields.h"

#include "nodecore/wire/message.h"

namespace ringmaster::wire {

namespace {

constexpr quint64 maxVectorEntries = 100'000;

} // namespace

bool readFlag(ByteReader& from)
{
    const quint8 byte = from.u8();
    if (byte > 1)
        from.fail();
    return byte == 1;
}

void writeRequestId(ByteWriter& to, const RequestId& id)
{
    to.u64(id.process());
    to.u64(id.number());
}

RequestId readRequestId(ByteReader& from)
{
    const quint64 process = from.u64();
    return RequestId::received(process, from.u64());
}

void writeReplyTo(ByteWriter& to, const ReplyTo& replyTo)
{
    writeRequestId(to, replyTo.id);
    to.u64(replyTo.subject);
}

ReplyTo readReplyTo(ByteReader& from)
{
    const RequestId id = readRequestId(from);
    return {id, from.u64()};
}

void writeKey(ByteWriter& to, const Key& key)
{
    to.bytes(key.bytes());
}

Key readKey(ByteReader& from)
{
    Result<Key> key = Key::fromBytes(from.bytes(Key::maxBytes));
    if (!key) {
        from.fail();
        return Key::placeholder();
    }
    return std::move(*key);
}

void writeOptionalKey(ByteWriter& to, const std::optional<Key>& key)
{
    to.u8(key ? 1 : 0);
    if (key)
        writeKey(to, *key);
}

std::optional<Key> readOptionalKey(ByteReader& from)
{
    if (!readFlag(from))
        return std::nullopt;
    return readKey(from);
}

void writeError(ByteWriter& to, const std::optional<Error>& error)
{
    to.u8(error ? 1 : 0);
    if (!error)
        return;
    to.u8(static_cast<quint8>(error->code));
    to.text(error->message.left(maxErrorBytes / 4));
}

std::optional<Error> readError(ByteReader& from)
{
    if (!readFlag(from))
        return std::nullopt;
    const quint8 code = from.u8();
    if (code > static_cast<quint8>(ErrorCode::Internal))
        from.fail();
    return Error{static_cast<ErrorCode>(code), from.text(maxErrorBytes)};
}

void writeVersionVector(ByteWriter& to, const VersionVector& vector)
{
    to.varint(vector.entries().size());
    for (const VersionVector::Entry& entry : vector.entries()) {
        to.u64(entry.actor.value);
        to.varint(entry.counter);
        to.u64(static_cast<quint64>(entry.minted.msSinceEpoch));
    }
}

VersionVector readVersionVector(ByteReader& from)
{
    constexpr qsizetype leastEntryBytes = 17;
    VersionVector vector;
    const quint64 n = from.count(leastEntryBytes, maxVectorEntries);
    for (quint64 i = 0; i < n && !from.failed(); ++i) {
        const ActorId actor{from.u64()};
        const quint64 counter = from.varint();
        const WallTime minted{static_cast<qint64>(from.u64())};
        const bool ascending = vector.isEmpty() || vector.entries().back().actor < actor;
        if (!ascending || counter == 0)
            from.fail();
        else
            vector.raise(actor, counter, minted);
    }
    return vector;
}

} // namespace ringmaster::wire
