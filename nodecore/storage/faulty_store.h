// SPDX-License-Identifier: GPL-3.0-or-later
// A Store over another whose disk can be slow, or full.
//
// Slow: the callbacks of writes are held back for a while after the store under this one has run them, in
// order, so that an acknowledgement is late and never early. Full: writes are refused with ReadOnly at their
// turn, as by a store that has run out of room, and nothing of them is kept; reads go on.
//
// Nothing happens by itself: the owner calls timePassed() at nextDue(), which moves whenever the store under
// this one runs a callback. The store under this one must run none once this is gone.
#pragma once

#include "nodecore/env/clock.h"
#include "nodecore/storage/store.h"

#include <deque>

namespace ringmaster {

struct DiskFault {
    Duration slow{0};
    bool full = false;
    friend bool operator==(const DiskFault&, const DiskFault&) = default;
};

class FaultyStore final : public Store {
public:
    // Both must outlive this.
    FaultyStore(Store& under, const Clock& clock);

    // What is held back already goes out no later than with the new fault.
    void setFault(const DiskFault& fault);
    const DiskFault& fault() const { return m_fault; }

    void timePassed();
    std::optional<MonoTime> nextDue() const;

    [[nodiscard]] Result<std::optional<QByteArray>> durableObject(Slot slot, const Key& key) override
    {
        return m_under.durableObject(slot, key);
    }
    [[nodiscard]] Result<std::optional<QByteArray>> latestObject(Slot slot, const Key& key) override
    {
        return m_under.latestObject(slot, key);
    }
    void write(WriteBatch batch, WriteDone done) override;
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
    StoreHealth health() const override;
    bool isContinuation() const override { return m_under.isContinuation(); }
    void forEachSlot(const std::function<void(Slot, const SlotSummary&)>& visit) const override
    {
        m_under.forEachSlot(visit);
    }
    bool holdsAllAcknowledged() const override { return m_under.holdsAllAcknowledged(); }
    bool wasStoppedCleanly() const override { return m_under.wasStoppedCleanly(); }

private:
    struct Held {
        MonoTime due;
        WriteDone done;
        Result<void> outcome;
    };

    void finish(WriteDone done, Result<void> outcome);

    Store& m_under;
    const Clock& m_clock;
    DiskFault m_fault;
    std::deque<Held> m_held; // by due time
    qsizetype m_watched = 0; // writes under way whose callbacks come by here
};

} // namespace ringmaster
