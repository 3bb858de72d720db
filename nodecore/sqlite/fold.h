// SPDX-License-Identifier: GPL-3.0-or-later
// Brings the journal into the keyed table, in steps that are short enough to let commits pass between them.
//
// A step is a transaction. First the newest version of each record is put in, in key order; then the slots
// get their new summaries, marked with the last journal row that they include; then the journal rows go, the
// oldest first. The process may die between any two steps: records put in twice are the same, a mark says
// which rows count in a summary already, and the journal rows that are left still give the newest versions.
#pragma once

#include "nodecore/sqlite/fold_buffer.h"
#include "nodecore/sqlite/keyed_tables.h"

namespace ringmaster {

class Fold {
public:
    // buffer: not empty. slots: the summaries as the slots table holds them; from now on, as it will hold
    // them when the fold is done. Must outlive the fold.
    Fold(FoldBuffer buffer, std::vector<SlotSummary>& slots);
    Fold(const Fold&) = delete;
    Fold& operator=(const Fold&) = delete;

    // Goes on by about that many rows. After an error nothing of this step was done, and it may be tried
    // again. Returns whether all is done.
    [[nodiscard]] Result<bool> step(KeyedTables& tables, size_t most);

    quint64 lastSeq() const { return m_buffer.lastSeq(); }

private:
    // How far the fold is.
    struct Progress {
        size_t record = 0;
        size_t group = 0;
        size_t row = 0;
    };
    struct Record { // in m_buffer
        Area area;
        const QByteArray* name;
        const Value* value;
    };
    void addToSlot(quint16 slot, const FoldBuffer::SlotChange& change);
    Result<void> advance(KeyedTables& tables, Progress& progress, size_t most) const;
    Result<size_t> putRecords(KeyedTables& tables, Progress& progress, size_t most) const;
    Result<size_t> putSlots(KeyedTables& tables, Progress& progress, size_t most) const;
    Result<void> removeRows(KeyedTables& tables, Progress& progress, size_t most) const;

    const FoldBuffer m_buffer;
    std::vector<SlotSummary>& m_slots;
    std::vector<Record> m_records; // in key order
    std::vector<size_t> m_groups;  // of slots that changed, ascending
    Progress m_progress;
};

} // namespace ringmaster
