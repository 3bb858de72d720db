// SPDX-License-Identifier: GPL-3.0-or-later
// What the parts of SqliteStore pass to each other: one change of one record.
//
// Objects and side entries are kept alike, as records by (area, name). An area is the objects of one slot, or
// one side table, or the store's own notes. Areas below slotCount are slots, with an object's key as name;
// only those are summed up.
#pragma once

#include "nodecore/storage/store.h"

namespace ringmaster {

using Area = quint32;
inline constexpr Area firstSideArea = slotCount;
inline constexpr Area ownArea = firstSideArea + 2; // the store's notes on itself; not to be seen from outside
inline constexpr Area areaCount = ownArea + 1;

constexpr Area areaOf(Slot slot)
{
    return slot.value;
}
constexpr Area areaOf(SideTable table)
{
    return firstSideArea + static_cast<Area>(table);
}
constexpr bool isSlot(Area area)
{
    return area < static_cast<Area>(slotCount);
}

// The most bytes that one batch may carry, and so the most that a value may have.
inline constexpr qsizetype maxBatchBytes = qsizetype{64} << 20;

// The order of SQLite's blobs, and of Key.
struct ByBytes {
    bool operator()(const QByteArray& a, const QByteArray& b) const
    {
        return QByteArrayView(a).compare(b) < 0;
    }
};

// What a record holds, or that there is none.
struct Value {
    bool present = false;
    bool live = false;
    QByteArray bytes;

    std::optional<QByteArray> content() const { return present ? std::optional(bytes) : std::nullopt; }
    friend bool operator==(const Value&, const Value&) = default;
};

// A record as a scan yields it.
struct Row {
    Area area = 0;
    QByteArray name;
    Value value;
};

// What a change adds to the summary of its slot.
struct SummaryDelta {
    qint8 objects = 0; // -1, 0, +1
    qint8 live = 0;
    quint64 hash = 0; // wraps
    friend bool operator==(const SummaryDelta&, const SummaryDelta&) = default;
};

struct Change {
    Area area = 0;
    QByteArray name;
    Value next;
    SummaryDelta delta; // zero outside the slots
    friend bool operator==(const Change&, const Change&) = default;
};

// What was summed up for a record, where what is read of it now is something else.
struct SummedUp {
    quint64 hash = 0;
    int live = 0;
};
SummaryDelta summaryDelta(const QByteArray& key, const Value& before, const Value& after,
                          const std::optional<SummedUp>& summedUp = {});

inline void add(SlotSummary& to, const SummaryDelta& delta)
{
    to.objects += static_cast<quint64>(delta.objects); // wraps
    to.live += static_cast<quint64>(delta.live);
    to.hash += delta.hash;
}

} // namespace ringmaster
