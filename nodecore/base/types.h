// SPDX-License-Identifier: GPL-3.0-or-later
// The small value types that every room speaks in.
#pragma once

#include <QHashFunctions>
#include <QString>

#include <chrono>
#include <compare>
#include <cstddef>

namespace ringmaster {

// A 64-bit identity that cannot be mistaken for another kind of identity or for a number.
template <class Tag>
struct StrongId {
    quint64 value = 0;

    friend constexpr auto operator<=>(StrongId, StrongId) = default;
    friend size_t qHash(StrongId id, size_t seed = 0) noexcept { return ::qHash(id.value, seed); }

    // 16 lower-case hexadecimal digits.
    QString toString() const { return QStringLiteral("%1").arg(value, 16, 16, QLatin1Char('0')); }
};

// A member of the cluster. It is derived from the member's name (see membership/), so a node that lost
// its disk and comes back under its name is the same member.
using NodeId = StrongId<struct NodeIdTag>;

// One incarnation of one store: who minted a dot. A store that is new, lost or restored gets a new one.
using ActorId = StrongId<struct ActorIdTag>;

// Where a key lies on the ring: 0 .. 2^64-1, clockwise.
using Position = StrongId<struct PositionTag>;

// The top 16 bits of a position. The ring has slotCount of them; tokens lie on slot ends.
struct Slot {
    quint16 value = 0;
    friend constexpr auto operator<=>(Slot, Slot) = default;
    friend size_t qHash(Slot slot, size_t seed = 0) noexcept { return ::qHash(slot.value, seed); }
};
inline constexpr int slotCount = 65536;
inline constexpr Slot lastSlot{65535};

constexpr Slot slotOf(Position position)
{
    return Slot{static_cast<quint16>(position.value >> 48)};
}

// Virtual or real time since an arbitrary start; never goes backwards. For deadlines and durations.
using Duration = std::chrono::nanoseconds;
struct MonoTime {
    Duration sinceStart{0};
    friend constexpr auto operator<=>(MonoTime, MonoTime) = default;
    friend constexpr MonoTime operator+(MonoTime t, Duration d) { return {t.sinceStart + d}; }
    friend constexpr Duration operator-(MonoTime a, MonoTime b) { return a.sinceStart - b.sinceStart; }
};

// Wall-clock milliseconds since 1970, UTC. For showing and for trimming contexts; it never orders anything.
struct WallTime {
    qint64 msSinceEpoch = 0;
    friend constexpr auto operator<=>(WallTime, WallTime) = default;
};

} // namespace ringmaster
