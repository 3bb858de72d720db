// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/repair/shared_slots.h"

namespace ringmaster {

SharedSlots slotsSharedWith(NodeId peer, const Store& store, const PeerDirectory& peers)
{
    const RingView& rings = peers.rings();
    std::vector<HashTree::Leaf> leaves;
    quint64 objects = 0;
    store.forEachSlot([&](Slot slot, const SlotSummary& held) {
        if (!rings.holds(peers.self(), slot) || !rings.holds(peer, slot))
            return;
        leaves.emplace_back(slot, held.hash);
        objects += held.objects;
    });
    return {HashTree(leaves), objects};
}

std::vector<SlotHash> slotsOwedTo(NodeId peer, const Store& store, const PeerDirectory& peers)
{
    const RingView& rings = peers.rings();
    std::vector<SlotHash> owed;
    store.forEachSlot([&](Slot slot, const SlotSummary& held) {
        if (!rings.holds(peers.self(), slot) && rings.holds(peer, slot))
            owed.emplace_back(slot, held.hash);
    });
    return owed;
}

QByteArray ringsWord(const RingView& rings)
{
    return QByteArray::number(rings.digest(), 16);
}

} // namespace ringmaster
