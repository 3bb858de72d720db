// SPDX-License-Identifier: GPL-3.0-or-later
// A hash tree over the 65 536 slots: what two replicas compare so that they need to talk only about what
// differs. (Merkle 1987; in Dynamo's anti-entropy, DeCandia et al. 2007, section 4.7.)
//
// Five levels of 1, 16, 256, 4096 and 65 536 hashes; a node's hash is made of its 16 children's, and 0 where
// there is nothing below. Only what is not 0 is kept, so a tree costs what the slots with objects do. It is a
// snapshot: built from the slots' hashes, then compared and thrown away. The leaves come from a Store's slot
// summaries, so no object is read for it.
#pragma once

#include "nodecore/base/types.h"

#include <array>
#include <utility>
#include <vector>

namespace ringmaster {

class HashTree {
public:
    static constexpr int fanOut = 16;
    static constexpr int leafLevel = 4;
    using Leaf = std::pair<Slot, quint64>;

    // leaves: the hashes of the slots that count, by slot, each slot once.
    explicit HashTree(const std::vector<Leaf>& leaves);

    static constexpr int widthOf(int level) { return 1 << (4 * level); }
    quint64 root() const { return at(0, 0); }
    // level 0..leafLevel, index 0..widthOf(level)-1.
    quint64 at(int level, int index) const;

private:
    struct Node {
        int index = 0;
        quint64 hash = 0;
    };
    std::array<std::vector<Node>, leafLevel + 1> m_levels; // by index, those that are not 0
};

} // namespace ringmaster
