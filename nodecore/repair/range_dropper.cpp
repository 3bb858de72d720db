// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/repair/range_dropper.h"

#include <algorithm>

namespace ringmaster {

namespace {

constexpr int recordsAtOnce = 1000;
constexpr qsizetype bytesAtOnce = 4 * 1024 * 1024;

} // namespace

RangeDropper::RangeDropper(Ports ports)
    : m_ports(ports)
{}

void RangeDropper::givenBack(NodeId owner, quint64 rings, const std::vector<std::pair<Slot, quint64>>& slots)
{
    for (const auto& [slot, hash] : slots) {
        Given& given = m_given[slot];
        if (given.rings != rings || given.hash != hash)
            given = {rings, hash, {}};
        given.owners.insert(owner);
        if (mayDrop(slot, given)) {
            drop(slot, hash);
            m_given.erase(slot);
        }
    }
}

bool RangeDropper::mayDrop(Slot slot, const Given& given) const
{
    const RingView& rings = m_ports.peers.rings();
    if (rings.isChanging() || rings.digest() != given.rings || rings.holds(m_ports.peers.self(), slot))
        return false;
    const std::vector<NodeId>& owners = rings.current().preferenceList(slot);
    return !owners.empty() && std::all_of(owners.begin(), owners.end(), [&given](NodeId node) {
        return given.owners.find(node) != given.owners.end();
    });
}

// All of the slot in one go, so that nothing can come in between: a slot is a 65 536th of what there is.
void RangeDropper::drop(Slot slot, quint64 hash)
{
    if (m_ports.store.slotSummary(slot).hash != hash)
        return; // something came meanwhile: it is given back first
    std::vector<Replica::Reaped> keys;
    std::optional<ObjectCursor> cursor = ObjectCursor{slot, std::nullopt};
    while (cursor) {
        Result<ObjectPage> page = m_ports.store.scan(*cursor, slot, recordsAtOnce, bytesAtOnce);
        if (!page)
            return;
        for (const ObjectRecord& record : page->records)
            keys.push_back({record.key, recordHash(record.key, record.bytes)});
        cursor = std::move(page->next);
    }
    m_dropped += m_ports.replica.drop(keys);
}

} // namespace ringmaster
