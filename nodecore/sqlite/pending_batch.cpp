// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/sqlite/pending_batch.h"

#include <algorithm>

namespace ringmaster {

PendingChange pendingChange(Area area, QByteArray name, std::optional<QByteArray> bytes, bool live)
{
    const bool present = bytes.has_value();
    Value next{present, present && live, present ? std::move(*bytes) : QByteArray()};
    return {Change{area, std::move(name), std::move(next), {}}, {}, nullptr, false, {}};
}

PendingBatch pendingBatch(WriteBatch batch, Store::WriteDone done)
{
    PendingBatch pending;
    pending.done = std::move(done);
    pending.isSynced = batch.isSynced;
    pending.changes.reserve(batch.objects.size() + batch.side.size());
    for (WriteBatch::ObjectChange& change : batch.objects) {
        pending.changes.push_back(
            pendingChange(areaOf(change.slot), change.key.bytes(), std::move(change.bytes), change.live));
        pending.changes.back().replacesDamaged = change.replacesDamaged;
    }
    for (WriteBatch::SideChange& change : batch.side)
        pending.changes.push_back(
            pendingChange(areaOf(change.table), std::move(change.name), std::move(change.bytes), false));
    return pending;
}

bool putsActor(const PendingBatch& batch)
{
    return std::any_of(batch.changes.begin(), batch.changes.end(), [](const PendingChange& pending) {
        const Change& change = pending.change;
        return change.area == areaOf(SideTable::Meta) && change.name == actorEntryName && change.next.present;
    });
}

} // namespace ringmaster
