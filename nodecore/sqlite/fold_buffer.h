// SPDX-License-Identifier: GPL-3.0-or-later
// What the journal holds and the keyed table does not: the newest version of each record, in order.
#pragma once

#include "nodecore/sqlite/change.h"

#include <map>
#include <vector>

namespace ringmaster {

struct FoldBuffer {
    struct Place {
        Area area;
        QByteArray name;
        friend bool operator<(const Place& a, const Place& b)
        {
            return a.area != b.area ? a.area < b.area : QByteArrayView(a.name).compare(b.name) < 0;
        }
    };
    struct SlotChange {
        qint64 objects = 0;
        qint64 live = 0;
        quint64 hash = 0; // wraps
    };
    struct JournalRow {
        quint64 seq;
        qsizetype bytes;
    };

    std::map<Place, Value> records;
    std::map<quint16, SlotChange> slots;
    std::vector<JournalRow> rows; // ascending
    qsizetype bytes = 0;          // of the rows

    bool isEmpty() const { return rows.empty(); }
    quint64 lastSeq() const { return rows.empty() ? 0 : rows.back().seq; }

    void addRow(quint64 seq, qsizetype size)
    {
        // A row costs something even where it is small.
        constexpr qsizetype overhead = 64;
        rows.push_back({seq, size + overhead});
        bytes += size + overhead;
    }
    void addRecord(const Change& change) { records[{change.area, change.name}] = change.next; }
    void addToSlot(const Change& change)
    {
        SlotChange& slot = slots[static_cast<quint16>(change.area)];
        slot.objects += change.delta.objects;
        slot.live += change.delta.live;
        slot.hash += change.delta.hash;
    }
};

} // namespace ringmaster
