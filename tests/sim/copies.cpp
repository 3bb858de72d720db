// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/copies.h"

#include "nodecore/storage/hint_store.h"
#include "tests/sim/trace.h"

namespace ringmaster::sim {

std::optional<SiblingSet> readSet(const Key& key, const QByteArray& bytes)
{
    Result<SiblingSet> set = SiblingSet::decodeForRepair(key, bytes);
    return set ? std::optional(std::move(*set)) : std::nullopt;
}

std::vector<Copy> durableCopies(VirtualCluster& cluster, const Key& key)
{
    std::vector<Copy> copies;
    const Slot slot = slotOf(Partitioner::Md5, key);
    for (int i = 0; i < cluster.size(); ++i) {
        const auto held = cluster.disk(i).store().durableObject(slot, key);
        if (held && *held) {
            if (std::optional<SiblingSet> set = readSet(key, **held))
                copies.push_back({i, nodeIdFor(nodeName(i), 0), false, std::move(*set)});
        }
        for (const SideEntry& entry : cluster.disk(i).durableSide(SideTable::Hints)) {
            const Result<HintStore::Hint> hint = HintStore::decode(entry);
            if (!hint || hint->key != key)
                continue;
            if (std::optional<SiblingSet> set = readSet(key, hint->set))
                copies.push_back({i, hint->owner, true, std::move(*set)});
        }
    }
    return copies;
}

bool hasSeen(const SiblingSet& set, Label dot)
{
    return set.context().counterOf(ActorId{dot.first}) >= dot.second;
}

int distinctCopies(const std::vector<Copy>& copies, Label dot)
{
    std::set<NodeId> owners;
    for (const Copy& copy : copies) {
        if (hasSeen(copy.set, dot))
            owners.insert(copy.owner);
    }
    return static_cast<int>(owners.size());
}

} // namespace ringmaster::sim
