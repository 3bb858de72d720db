// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/sqlite/slot_group.h"

#include "nodecore/base/bytes.h"

namespace ringmaster {

QByteArray encodeSlotGroup(const std::vector<SlotSummary>& slots, size_t group)
{
    ByteWriter blob(slotsPerGroup * sizeof(SlotSummary));
    for (size_t slot = group * slotsPerGroup; slot < (group + 1) * slotsPerGroup; ++slot) {
        blob.u64(slots[slot].objects);
        blob.u64(slots[slot].live);
        blob.u64(slots[slot].hash);
    }
    return blob.take();
}

bool decodeSlotGroup(QByteArrayView blob, quint64 group, std::vector<SlotSummary>& slots)
{
    if (group >= slots.size() / slotsPerGroup)
        return false;
    ByteReader from(blob);
    for (size_t slot = group * slotsPerGroup; slot < (group + 1) * slotsPerGroup; ++slot) {
        slots[slot].objects = from.u64();
        slots[slot].live = from.u64();
        slots[slot].hash = from.u64();
    }
    return from.finished();
}

} // namespace ringmaster
