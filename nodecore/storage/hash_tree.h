// SPDX-License-Identifier: GPL-3.0-or-later
// A hash tree over the 65 536 slots: what two replicas compare so that they need to talk only about what
// differs. (Merkle 1987; in Dynamo's anti-entropy, DeCandia et al. 2007, section 4.7.)
//
// Five levels of 1, 16, 256, 4096 and 65 536 hashes; a node's hash is made of its 16 children's. It is a
// snapshot: built from the slots' hashes in about a millisecond, then compared and thrown away. The leaves
// come from a Store's slot summaries, so no object is read for it.
#pragma once

#include "nodecore/base/types.h"

#include <functional>
#include <vector>

namespace ringmaster {

class HashTree {
public:
    static constexpr int fanOut = 16;
    static constexpr int leafLevel = 4;

    // leaf: the hash of a slot; 0 for one that is empty or does not count.
    explicit HashTree(const std::function<quint64(Slot)>& leaf);

    static constexpr int widthOf(int level) { return 1 << (4 * level); }
    quint64 root() const { return m_levels.front().front(); }
    // level 0..leafLevel, index 0..widthOf(level)-1.
    quint64 at(int level, int index) const { return m_levels[size_t(level)][size_t(index)]; }

private:
    std::vector<std::vector<quint64>> m_levels;
};

} // namespace ringmaster
