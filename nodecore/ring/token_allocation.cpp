// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/ring/token_allocation.h"

#include "nodecore/ring/token_allocator.h"

namespace ringmaster {

namespace {

std::vector<Slot> spreadEvenly(int count)
{
    std::vector<Slot> tokens;
    for (int i = 1; i <= std::min(count, slotCount); ++i)
        tokens.push_back(Slot{static_cast<quint16>(qint64{i} * slotCount / std::min(count, slotCount) - 1)});
    return tokens;
}

} // namespace

std::vector<Slot> allocateTokens(const std::vector<RingMember>& members, const RingMember& joiner, int count,
                                 int replicas, Random& random)
{
    const HashRing ring(members, replicas);
    if (ring.isEmpty())
        return spreadEvenly(count);
    return TokenAllocator(ring, members, joiner, count, random).allocate();
}

} // namespace ringmaster
