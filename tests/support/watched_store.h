// SPDX-License-Identifier: GPL-3.0-or-later
// A store whose writes somebody sees, before they are made.
#pragma once

#include "nodecore/storage/store.h"

namespace ringmaster {

class WatchedStore final : public Store {
public:
    using Watcher = std::function<void(const WriteBatch& batch)>;
    // The store must outlive this one.
    WatchedStore(Store& under, Watcher watcher)
        : m_under(under)
        , m_watcher(std::move(watcher))
    {}

    void write(WriteBatch batch, WriteDone done) override
    {
        m_watcher(batch);
        m_under.write(std::move(batch), std::move(done));
    }

    [[nodiscard]] Result<std::optional<QByteArray>> durableObject(Slot slot, const Key& key) override
    {
        return m_under.durableObject(slot, key);
    }
    [[nodiscard]] Result<std::optional<QByteArray>> latestObject(Slot slot, const Key& key) override
    {
        return m_under.latestObject(slot, key);
    }
    [[nodiscard]] Result<ObjectPage> scan(const ObjectCursor& from, Slot last, int maxRecords,
                                          qsizetype maxBytes) override
    {
        return m_under.scan(from, last, maxRecords, maxBytes);
    }
    [[nodiscard]] Result<ObjectPage> scanDisk(const ObjectCursor& from, Slot last, int maxRecords,
                                              qsizetype maxBytes) override
    {
        return m_under.scanDisk(from, last, maxRecords, maxBytes);
    }
    SlotSummary slotSummary(Slot slot) const override { return m_under.slotSummary(slot); }
    void forEachSlot(const std::function<void(Slot, const SlotSummary&)>& visit) const override
    {
        m_under.forEachSlot(visit);
    }
    SlotSummary totals() const override { return m_under.totals(); }
    [[nodiscard]] Result<std::optional<QByteArray>> side(SideTable table, const QByteArray& name) override
    {
        return m_under.side(table, name);
    }
    [[nodiscard]] Result<std::vector<SideEntry>> sideScan(SideTable table, const QByteArray& after,
                                                          int max) override
    {
        return m_under.sideScan(table, after, max);
    }
    StoreHealth health() const override { return m_under.health(); }
    bool isContinuation() const override { return m_under.isContinuation(); }
    bool holdsAllAcknowledged() const override { return m_under.holdsAllAcknowledged(); }
    bool wasStoppedCleanly() const override { return m_under.wasStoppedCleanly(); }

private:
    Store& m_under;
    Watcher m_watcher;
};

} // namespace ringmaster
