// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/storage/hash_tree.h"

namespace ringmaster {

namespace {

// Position matters: the same children in another order are another tree. (A multiply-and-rotate mix; the
// inputs are cryptographic already, and an empty subtree stays 0.)
quint64 combine(quint64 hash, quint64 child, quint64 position)
{
    if (child == 0)
        return hash;
    quint64 mixed = (child + position) * 0x9e3779b97f4a7c15ULL;
    mixed ^= mixed >> 29;
    mixed *= 0xbf58476d1ce4e5b9ULL;
    mixed ^= mixed >> 32;
    return hash + mixed;
}

quint64 combineAll(const quint64* children)
{
    quint64 any = 0; // mostly nothing, in a small store: that is quickly seen
    for (int i = 0; i < HashTree::fanOut; ++i)
        any |= children[i];
    quint64 hash = 0;
    for (quint64 i = 0; any != 0 && i < HashTree::fanOut; ++i)
        hash = combine(hash, children[i], i + 1);
    return hash;
}

} // namespace

HashTree::HashTree(const std::function<quint64(Slot)>& leaf)
    : m_levels(size_t(leafLevel) + 1)
{
    std::vector<quint64>& leaves = m_levels[leafLevel];
    leaves.resize(slotCount);
    for (int slot = 0; slot < slotCount; ++slot)
        leaves[size_t(slot)] = leaf(Slot{static_cast<quint16>(slot)});
    for (int level = leafLevel - 1; level >= 0; --level) {
        const std::vector<quint64>& below = m_levels[size_t(level) + 1];
        std::vector<quint64>& here = m_levels[size_t(level)];
        here.assign(size_t(widthOf(level)), 0);
        for (size_t parent = 0; parent < here.size(); ++parent)
            here[parent] = combineAll(&below[parent * fanOut]);
    }
}

} // namespace ringmaster
