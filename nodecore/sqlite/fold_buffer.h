// SPDX-License-Identifier: GPL-3.0-or-later
// What the journal holds and the keyed table does not: the newest version of each record.
#pragma once

#include "nodecore/sqlite/change.h"

#include <map>
#include <unordered_map>
#include <vector>

namespace ringmaster {

struct FoldBuffer {
    // What the rows add to the summary of a slot.
    struct SlotChange {
        qint64 objects = 0;
        qint64 live = 0;
        quint64 hash = 0; // wraps
    };
    struct AreaChanges {
        std::map<QByteArray, Value, ByBytes> records;
        SlotChange slot; // zero outside the slots
    };
    struct JournalRow {
        quint64 seq;
        qsizetype bytes;
    };

    // Not ordered by area: this is filled between commits, and putting it in order once is cheaper.
    std::unordered_map<Area, AreaChanges> areas;
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
    // A change of the row; isNew: its delta is not in the slots table yet.
    void addChange(const Change& change, bool isNew = true)
    {
        AreaChanges& area = areas[change.area];
        area.records[change.name] = change.next;
        if (isNew) {
            area.slot.objects += change.delta.objects;
            area.slot.live += change.delta.live;
            area.slot.hash += change.delta.hash;
        }
    }
};

} // namespace ringmaster
