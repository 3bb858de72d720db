// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/ring/partitioner.h"

#include <QCryptographicHash>
#include <QtEndian>

namespace ringmaster {

namespace {

constexpr quint64 handPositions = 10'000;

// floor(position * 2^64 / 10 000) without 128-bit arithmetic: 2^64 = step * 10 000 + rest.
constexpr Position scaled(quint64 position)
{
    constexpr quint64 step = ~quint64{0} / handPositions;
    constexpr quint64 rest = ~quint64{0} % handPositions + 1;
    static_assert(rest < handPositions);
    return Position{position * step + position * rest / handPositions};
}

// The bytes are big-endian digits of base 256.
quint64 moduloHandPositions(const QByteArray& digest)
{
    quint64 rest = 0;
    for (const char byte : digest)
        rest = (rest * 256 + static_cast<quint8>(byte)) % handPositions;
    return rest;
}

QByteArray md5(const QByteArray& bytes)
{
    // Making a hash object costs as much as hashing a short key with it.
    thread_local QCryptographicHash hash(QCryptographicHash::Md5);
    hash.reset();
    hash.addData(bytes);
    return hash.result();
}

} // namespace

Position positionOf(Partitioner partitioner, const Key& key)
{
    const QByteArray digest = md5(key.bytes());
    if (partitioner == Partitioner::Md5Mod10000)
        return scaled(moduloHandPositions(digest));
    return Position{qFromBigEndian<quint64>(digest.constData())};
}

std::optional<Slot> slotOfHandPlacedToken(Partitioner partitioner, quint64 position)
{
    if (partitioner == Partitioner::Md5Mod10000) {
        // All keys of one position share its slot, and no two positions share a slot.
        static_assert(handPositions < slotCount);
        return position < handPositions ? std::optional(slotOf(scaled(position))) : std::nullopt;
    }
    return position < slotCount ? std::optional(Slot{static_cast<quint16>(position)}) : std::nullopt;
}

QString nameOf(Partitioner partitioner)
{
    return partitioner == Partitioner::Md5Mod10000 ? QStringLiteral("md5-mod-10000") : QStringLiteral("md5");
}

std::optional<Partitioner> partitionerNamed(const QString& name)
{
    for (const Partitioner partitioner : {Partitioner::Md5, Partitioner::Md5Mod10000}) {
        if (name == nameOf(partitioner))
            return partitioner;
    }
    return std::nullopt;
}

} // namespace ringmaster
