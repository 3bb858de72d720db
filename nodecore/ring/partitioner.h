// SPDX-License-Identifier: GPL-3.0-or-later
// From a key to its position on the ring. A pure function of the key's bytes, the same on every node.
#pragma once

#include "nodecore/base/key.h"
#include "nodecore/base/types.h"

#include <QString>

#include <optional>

namespace ringmaster {

enum class Partitioner : quint8 {
    Md5,         // the first 8 bytes of MD5(key), big-endian
    Md5Mod10000, // MD5(key) as a 128-bit big-endian number, mod 10 000, scaled onto 64 bits
};

Position positionOf(Partitioner partitioner, const Key& key);
inline Slot slotOf(Partitioner partitioner, const Key& key)
{
    return slotOf(positionOf(partitioner, key));
}

// The slot at whose end a token placed by hand lies, so that it owns every key hashing up to it. A
// Md5Mod10000 position is 0..9999; an Md5 position is a slot number, 0..65535. Nothing where out of range.
std::optional<Slot> slotOfHandPlacedToken(Partitioner partitioner, quint64 position);

// "md5", "md5-mod-10000".
QString nameOf(Partitioner partitioner);
std::optional<Partitioner> partitionerNamed(const QString& name);

} // namespace ringmaster
