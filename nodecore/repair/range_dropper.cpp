// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/repair/range_dropper.h"

#include "nodecore/base/mutant.h"

#include <algorithm>

namespace ringmaster {

namespace {

constexpr int dropRecordsAtOnce = 1000;
constexpr qsizetype dropBytesAtOnce = 4 * 1024 * 1024;

} // namespace

RangeDropper::RangeDropper(Ports ports, RetireActor retireActor)
    : m_ports(ports)
    , m_retireActor(std::move(retireActor))
{}

void RangeDropper::givenBack(NodeId owner, quint64 rings, const std::vector<std::pair<Slot, quint64>>& slots)
{
    std::vector<SlotHash> ready;
    bool hasOwnDots = false;
    for (const auto& [slot, hash] : slots) {
        Given& given = m_given[slot];
        if (given.rings != rings || given.hash != hash)
            given = {rings, hash, {}};
        given.owners.insert(owner);
        if (!mayDrop(slot, given))
            continue;
        m_given.erase(slot);
        const auto keys = keysOf({slot, hash});
        if (!keys)
            continue; // something came meanwhile: it is given back first
        ready.emplace_back(slot, hash);
        hasOwnDots =
            hasOwnDots || std::any_of(keys->begin(), keys->end(), [this](const Replica::Reaped& one) {
                return m_ports.replica.counterHeld(one.key) > 0;
            });
    }
    if (hasOwnDots)
        m_retireActor([this, ready] { drop(ready); });
    else
        drop(ready);
}

bool RangeDropper::mayDrop(Slot slot, const Given& given) const
{
    const RingView& rings = m_ports.peers.rings();
    if (rings.isChanging() || rings.digest() != given.rings || rings.holds(m_ports.peers.self(), slot))
        return false;
    const std::vector<NodeId>& owners = rings.current().preferenceList(slot);
    return !owners.empty() && std::all_of(owners.begin(), owners.end(), [&given](NodeId node) {
        return given.owners.find(node) != given.owners.end() || isMutant(Mutant::DropAfterOneOwner);
    });
}

std::optional<std::vector<Replica::Reaped>> RangeDropper::keysOf(SlotHash slot) const
{
    if (m_ports.store.slotSummary(slot.first).hash != slot.second)
        return std::nullopt;
    std::vector<Replica::Reaped> keys;
    std::optional<ObjectCursor> cursor = ObjectCursor{slot.first, std::nullopt};
    while (cursor) {
        Result<ObjectPage> page = m_ports.store.scan(*cursor, slot.first, dropRecordsAtOnce, dropBytesAtOnce);
        if (!page)
            return std::nullopt;
        for (const ObjectRecord& record : page->records)
            keys.push_back({record.key, recordHash(record.key, record.bytes)});
        cursor = std::move(page->next);
    }
    return keys;
}

// Each slot in one go, so that nothing can come in between.
void RangeDropper::drop(const std::vector<SlotHash>& slots)
{
    const RingView& rings = m_ports.peers.rings();
    for (const SlotHash& slot : slots) {
        if (rings.isChanging() || rings.holds(m_ports.peers.self(), slot.first))
            continue; // while the actor retired
        if (const auto keys = keysOf(slot))
            m_dropped += m_ports.replica.drop(*keys);
    }
}

} // namespace ringmaster
