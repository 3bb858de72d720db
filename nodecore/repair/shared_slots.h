// SPDX-License-Identifier: GPL-3.0-or-later
// Which of the slots that this node holds concern a peer. Pure but for reading the store's summaries.
#pragma once

#include "nodecore/ring/peer_directory.h"
#include "nodecore/storage/hash_tree.h"
#include "nodecore/storage/store.h"

namespace ringmaster {

using SlotHash = std::pair<Slot, quint64>;

// Of the slots that both are replicas of.
struct SharedSlots {
    HashTree tree;
    quint64 objects = 0; // held here
};
SharedSlots slotsSharedWith(NodeId peer, const Store& store, const PeerDirectory& peers);

// Slots of the peer's that this node holds objects of without being their replica, and their hashes.
std::vector<SlotHash> slotsOwedTo(NodeId peer, const Store& store, const PeerDirectory& peers);

// The digest of the rings as it is compared between nodes.
QByteArray ringsWord(const RingView& rings);

} // namespace ringmaster
