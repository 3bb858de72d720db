// SPDX-License-Identifier: GPL-3.0-or-later
// What a store needs to know of its database before it serves: the summaries, and the journal.
#pragma once

#include "nodecore/sqlite/change.h"
#include "nodecore/sqlite/connection.h"

namespace ringmaster {

struct LoadedStore {
    struct JournalRow {
        quint64 seq = 0;
        qsizetype bytes = 0;
        std::vector<Change> changes;
    };
    std::vector<SlotSummary> slots;  // by slot, as the slots table has them
    std::vector<quint64> groupSeqs;  // by group: the last journal row that is in its summaries
    std::vector<JournalRow> journal; // ascending
    quint64 nextSeq = 1;             // above all that the database knows
};

// Changes nothing. Damaged where anything in it cannot be read or makes no sense.
[[nodiscard]] Result<LoadedStore> loadStore(Connection& connection);

} // namespace ringmaster
