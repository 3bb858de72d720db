// SPDX-License-Identifier: GPL-3.0-or-later
// What two replicas hold in some slots, and where they differ. Pure but for reading the store.
#pragma once

#include "nodecore/storage/store.h"
#include "nodecore/wire/message.h"

namespace ringmaster {

// How far a listing has come through the slots that were asked for: everything before has been listed.
struct ListedUpTo {
    int slot = 0;             // slotCount: all of them
    std::optional<Key> after; // of that slot, up to this key; nothing: none of it

    bool covers(const wire::SlotsReply::Item& item) const
    {
        return item.slot.value < slot || (item.slot.value == slot && after && item.key <= *after);
    }
    friend bool operator==(const ListedUpTo&, const ListedUpTo&) = default;
    friend bool operator<(const ListedUpTo& a, const ListedUpTo& b);
};
// How far the reply to the request has come. The request has more slots than are complete, or as many.
ListedUpTo listedUpTo(const wire::SlotsRequest& request, const wire::SlotsReply& reply);
// What of the slots is still to be asked for.
std::vector<ObjectCursor> slotsBeyond(const wire::SlotsRequest& request, const ListedUpTo& reached);

// Lists the durable objects of the slots asked for, as many as fit into one message: about mostBytes of keys
// and wanted objects; one object at least, whatever its size.
wire::SlotsReply listSlots(Store& store, const wire::SlotsRequest& request, qsizetype mostBytes);

// A key that two replicas hold differently.
struct Difference {
    const wire::SlotsReply::Item* ours = nullptr; // null: we hold nothing of it
    const wire::SlotsReply::Item* theirs = nullptr;
};
// Those that `reached` covers, in one listing only or in both with different hashes. Both are ordered by
// (slot, key), and must outlive what is returned.
std::vector<Difference> differences(const std::vector<wire::SlotsReply::Item>& ours,
                                    const std::vector<wire::SlotsReply::Item>& theirs,
                                    const ListedUpTo& reached);

} // namespace ringmaster
