// SPDX-License-Identifier: GPL-3.0-or-later
// The tables of a store's database, its making, and the judgement of a file that is found.
//
//   records(area, name, live, bytes)          the keyed table: (area, name) as in change.h
//   slots(slotgroup, seq, summaries)          the summaries of some slots, up to journal row seq: see
//                                             slot_group.h
//   journal(seq, changes)                     groups of batches that are not (all) in records yet, see
//                                             journal_codec.h; row 0 is never read
//
// The state of the store is: records, then all journal rows applied in order of seq; and for each slot, its
// summary in slots plus the deltas of the journal rows with a larger seq.
#pragma once

#include "nodecore/sqlite/connection.h"

namespace ringmaster {

inline constexpr quint32 ourApplicationId = 0x524e474d; // "RNGM"
inline constexpr quint32 ourSchemaVersion = 1;

// Makes a new database at path, complete or not at all, also when the machine stops in between. maxPages: a
// limit of its size in pages, 0 for none.
[[nodiscard]] Result<void> createDatabase(const QString& path, int maxPages);

// Judges the first bytes of the file by themselves, so that a file that is not ours is not touched by SQLite
// at all: Damaged, Foreign or Newer.
[[nodiscard]] Result<void> checkHeader(const QString& path);

// Reads through the whole database; Damaged with what is wrong first.
[[nodiscard]] Result<void> checkPages(Connection& connection);

} // namespace ringmaster
