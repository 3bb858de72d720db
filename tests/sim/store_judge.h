// SPDX-License-Identifier: GPL-3.0-or-later
// Rule 9: what a store may let go of; and of rule 10, how many hints it may keep. Looks at every batch at the
// moment at which a node writes it, and into all the disks.
#pragma once

#include "nodecore/storage/hint_store.h"
#include "tests/sim/copies.h"

namespace ringmaster::sim {

class StoreJudge {
public:
    using Object = std::function<void(int rule, const QString& what)>;
    // Whether a client was told of that dot of that key.
    using Told = std::function<bool(const Key& key, Label dot)>;
    // The cluster must outlive it.
    StoreJudge(VirtualCluster& cluster, HintLimits limits, Told told, Object object);

    // What is on this disk is old, or will be: it is not there for the judge any more. At most one in a run.
    void diskTaken(int node) { m_taken = node; }
    // That anybody has written, in bytes.
    qsizetype largestObject() const { return m_largest; }

private:
    void judge(int node, const WriteBatch& batch);
    void judgeHints(int node, size_t added);
    void judgeRemoval(int node, Slot slot, const Key& key);
    std::optional<QString> whoLacks(const std::vector<NodeId>& owners, const SiblingSet& removed,
                                    const std::vector<Copy>& copies) const;
    bool isKnownToOthers(int node, const Key& key, const SiblingSet& removed,
                         const std::vector<Copy>& copies) const;
    std::optional<QString> whoHoldsPast(int node, const SiblingSet& removed,
                                        const std::vector<Copy>& copies) const;

    VirtualCluster& m_cluster;
    HintLimits m_limits;
    Told m_told;
    Object m_object;
    std::optional<int> m_taken;
    qsizetype m_largest = 0;
};

} // namespace ringmaster::sim
