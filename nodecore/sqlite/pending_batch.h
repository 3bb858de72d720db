// SPDX-License-Identifier: GPL-3.0-or-later
// A batch on its way to the disk and back: it travels from the owner's thread to the writer's, and returns.
#pragma once

#include "nodecore/sqlite/memtable.h"

namespace ringmaster {

struct PendingChange {
    Change change;          // its delta is worked out by the writer
    Value previous;         // what the change replaces
    Memtable::Entry* entry; // the owner's; the writer never follows it
    bool replacesDamaged = false;
    std::optional<SummedUp> summedUp = {}; // for a damaged previous
};

struct PendingBatch {
    std::vector<PendingChange> changes;
    qsizetype bytes = 0;
    Store::WriteDone done;
    bool isSynced = false;        // by its commit, also where not every commit is
    std::optional<Error> refusal; // already refused: it takes its place in the order, and has no changes
};

PendingChange pendingChange(Area area, QByteArray name, std::optional<QByteArray> bytes, bool live);
PendingBatch pendingBatch(WriteBatch batch, Store::WriteDone done);

// Whether it brings an actor: see Store::isContinuation.
bool putsActor(const PendingBatch& batch);

} // namespace ringmaster
