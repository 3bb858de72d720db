// SPDX-License-Identifier: GPL-3.0-or-later
// Looks into the disks of a run, past the nodes: who holds what of a key, durably.
#pragma once

#include "tests/sim/history.h"
#include "tests/support/virtual_cluster.h"

#include <set>

namespace ringmaster::sim {

// What one disk holds of a key, of its own or as a hint.
struct Copy {
    int node = 0;
    NodeId owner; // of a hint: whom it is kept for; else the node
    bool isHint = false;
    SiblingSet set;
};

// A stored set, also where some of its values are damaged; nothing where it cannot be read.
std::optional<SiblingSet> readSet(const Key& key, const QByteArray& bytes);

// Of every disk, also of nodes that are down. A copy that cannot be read is none.
std::vector<Copy> durableCopies(VirtualCluster& cluster, const Key& key);

// It holds that write, or something whose author had seen it.
bool hasSeen(const SiblingSet& set, Label dot);

// A hint and the copy of its owner are one in the end, so they count as one.
int distinctCopies(const std::vector<Copy>& copies, Label dot);

} // namespace ringmaster::sim
