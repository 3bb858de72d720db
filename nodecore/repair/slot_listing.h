// SPDX-License-Identifier: GPL-3.0-or-later
// What two replicas hold in some slots, and where they differ. Pure but for reading the store.
#pragma once

#include "nodecore/storage/store.h"
#include "nodecore/wire/message.h"

namespace ringmaster {

// Lists the durable objects of the slots asked for, in full for as many of them as fit into one message; of
// one slot at least, whatever its size.
wire::SlotsReply listSlots(Store& store, const wire::SlotsRequest& request);

// Keys up to and including slot last that are in one listing only, or in both with different hashes. Both are
// ordered by (slot, key).
std::vector<Key> differingKeys(const std::vector<wire::SlotsReply::Item>& ours,
                               const std::vector<wire::SlotsReply::Item>& theirs, Slot last);

} // namespace ringmaster
