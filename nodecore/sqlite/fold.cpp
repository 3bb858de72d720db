// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/sqlite/fold.h"

#include "nodecore/sqlite/slot_group.h"

#include <algorithm>

namespace ringmaster {

Fold::Fold(FoldBuffer buffer, std::vector<SlotSummary>& slots)
    : m_buffer(std::move(buffer))
    , m_slots(slots)
{
    std::vector<Area> areas;
    areas.reserve(m_buffer.areas.size());
    for (const auto& [area, changes] : m_buffer.areas)
        areas.push_back(area);
    std::sort(areas.begin(), areas.end());
    for (const Area area : areas) {
        const FoldBuffer::AreaChanges& changes = m_buffer.areas.at(area);
        for (const auto& [name, value] : changes.records)
            m_records.push_back({area, &name, &value});
        if (isSlot(area))
            addToSlot(static_cast<quint16>(area), changes.slot);
    }
}

void Fold::addToSlot(quint16 slot, const FoldBuffer::SlotChange& change)
{
    m_slots[slot].objects += static_cast<quint64>(change.objects); // wraps
    m_slots[slot].live += static_cast<quint64>(change.live);
    m_slots[slot].hash += change.hash;
    if (m_groups.empty() || m_groups.back() != groupOf(slot))
        m_groups.push_back(groupOf(slot));
}

Result<bool> Fold::step(KeyedTables& tables, size_t most)
{
    Progress reached = m_progress;
    Result<void> done = tables.begin();
    if (done)
        done = advance(tables, reached, most);
    if (done)
        done = tables.commit();
    if (!done) {
        tables.rollBack();
        return tl::make_unexpected(done.error());
    }
    m_progress = reached;
    return m_progress.row == m_buffer.rows.size();
}

Result<void> Fold::advance(KeyedTables& tables, Progress& progress, size_t most) const
{
    Result<size_t> left = putRecords(tables, progress, most);
    if (left && *left > 0)
        left = putSlots(tables, progress, *left);
    if (!left)
        return tl::make_unexpected(left.error());
    return *left > 0 ? removeRows(tables, progress, *left) : Result<void>();
}

Result<size_t> Fold::putRecords(KeyedTables& tables, Progress& progress, size_t most) const
{
    // Large values take longer than small ones: this many bytes count as one more record.
    constexpr qsizetype bytesEach = 4096;
    for (; progress.record < m_records.size() && most > 0; ++progress.record) {
        const Record& record = m_records[progress.record];
        if (Result<void> done = tables.put(record.area, *record.name, *record.value); !done)
            return tl::make_unexpected(done.error());
        most -= std::min(most, static_cast<size_t>(1 + record.value->bytes.size() / bytesEach));
    }
    return most;
}

Result<size_t> Fold::putSlots(KeyedTables& tables, Progress& progress, size_t most) const
{
    for (; progress.group < m_groups.size() && most > 0; ++progress.group, --most) {
        const size_t group = m_groups[progress.group];
        if (Result<void> done = tables.putSlotGroup(group, lastSeq(), encodeSlotGroup(m_slots, group)); !done)
            return tl::make_unexpected(done.error());
    }
    return most;
}

Result<void> Fold::removeRows(KeyedTables& tables, Progress& progress, size_t most) const
{
    // Removing a row means walking the pages that it fills.
    constexpr qsizetype bytesEach = 4096;
    while (progress.row < m_buffer.rows.size() && most > 0) {
        const auto cost = static_cast<size_t>(1 + m_buffer.rows[progress.row].bytes / bytesEach);
        most -= std::min(most, cost);
        ++progress.row;
    }
    return tables.removeJournalTo(m_buffer.rows[progress.row - 1].seq);
}

} // namespace ringmaster
