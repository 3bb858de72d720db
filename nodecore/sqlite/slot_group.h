// SPDX-License-Identifier: GPL-3.0-or-later
// The summaries of neighbouring slots, which share a row of the slots table: a fold of random keys changes
// most slots, and a row each would cost as much as the records do.
//
// A row's blob holds, slot by slot, objects, live and hash, 8 bytes each, big-endian.
#pragma once

#include "nodecore/storage/store.h"

#include <QByteArray>

namespace ringmaster {

inline constexpr size_t slotsPerGroup = 64;

constexpr size_t groupOf(quint16 slot)
{
    return slot / slotsPerGroup;
}

// slots: all of them, by slot.
QByteArray encodeSlotGroup(const std::vector<SlotSummary>& slots, size_t group);

// Reads a group into its slots; false where the group or the blob makes no sense.
[[nodiscard]] bool decodeSlotGroup(QByteArrayView blob, quint64 group, std::vector<SlotSummary>& slots);

} // namespace ringmaster
