// SPDX-License-Identifier: GPL-3.0-or-later
// What two replicas hold in some slots, and where they differ. Pure but for reading the store.
#pragma once

#include "nodecore/storage/store.h"
#include "nodecore/wire/message.h"

namespace ringmaster {

// Lists the durable objects of the slots asked for, in full for as many of them as fit into one message; of
// one slot at least, whatever its size. Objects that are wanted come along, some bytesOfObjects of them.
wire::SlotsReply listSlots(Store& store, const wire::SlotsRequest& request, qsizetype bytesOfObjects);

// A key that two replicas hold differently.
struct Difference {
    const wire::SlotsReply::Item* ours = nullptr; // null: we hold nothing of it
    const wire::SlotsReply::Item* theirs = nullptr;
};
// Those up to and including slot last that are in one listing only, or in both with different hashes. Both
// are ordered by (slot, key), and must outlive what is returned.
std::vector<Difference> differences(const std::vector<wire::SlotsReply::Item>& ours,
                                    const std::vector<wire::SlotsReply::Item>& theirs, Slot last);

} // namespace ringmaster
