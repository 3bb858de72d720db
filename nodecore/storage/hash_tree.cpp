// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/storage/hash_tree.h"

#include <algorithm>

namespace ringmaster {

namespace {

// What one child adds to its parent's hash. Position matters: the same children in another order are another
// tree. (A multiply-and-rotate mix; the inputs are cryptographic already.)
quint64 contribution(quint64 child, quint64 position)
{
    quint64 mixed = (child + position) * 0x9e3779b97f4a7c15ULL;
    mixed ^= mixed >> 29;
    mixed *= 0xbf58476d1ce4e5b9ULL;
    mixed ^= mixed >> 32;
    return mixed;
}

} // namespace

HashTree::HashTree(const std::vector<Leaf>& leaves)
{
    m_levels[leafLevel].reserve(leaves.size());
    for (const auto& [slot, hash] : leaves) {
        if (hash != 0)
            m_levels[leafLevel].push_back({slot.value, hash});
    }
    for (size_t level = leafLevel; level > 0; --level) {
        std::vector<Node>& parents = m_levels[level - 1];
        for (const Node& child : m_levels[level]) {
            const int parent = child.index / fanOut;
            if (parents.empty() || parents.back().index != parent)
                parents.push_back({parent, 0});
            parents.back().hash += contribution(child.hash, static_cast<quint64>(child.index % fanOut) + 1);
        }
    }
}

quint64 HashTree::at(int level, int index) const
{
    const std::vector<Node>& nodes = m_levels[static_cast<size_t>(level)];
    const auto found = std::lower_bound(nodes.begin(), nodes.end(), index,
                                        [](const Node& node, int wanted) { return node.index < wanted; });
    return found == nodes.end() || found->index != index ? 0 : found->hash;
}

} // namespace ringmaster
