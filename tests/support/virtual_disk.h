// SPDX-License-Identifier: GPL-3.0-or-later
// The disk of a simulated machine, with the store on it: what a VirtualCluster and its fault injector do to
// it.
//
// Nothing is committed until commitPending(). The same store object serves all lives of a machine: crash()
// ends one.
#pragma once

#include "nodecore/storage/memory_store.h"

#include <memory>

namespace ringmaster {

class VirtualDisk {
public:
    // What a disk held at one moment.
    struct Backup {
        virtual ~Backup() = default;
    };
    enum class Restored {
        Copied,     // file by file: the store can tell that it is no longer the one that was written last
        RolledBack, // under the store, as with the snapshot of a virtual machine: the store cannot tell
    };

    virtual ~VirtualDisk() = default;

    virtual Store& store() = 0;
    const Store& store() const { return const_cast<VirtualDisk*>(this)->store(); }
    // The entries of a side table as they are durable; the store itself shows the latest.
    virtual std::vector<SideEntry> durableSide(SideTable table) = 0;
    // Batches that are neither durable nor refused to their writers yet.
    virtual size_t pending() const = 0;
    virtual void commitPending() = 0;
    // What was not durable is gone, but for the oldest so many pending batches. Good health afterwards.
    virtual void crash(size_t survivors) = 0;
    // One bit of the record turns over, and nothing notices. False where there is no such record, or where
    // this disk cannot.
    virtual bool flipBit(Slot /*slot*/, const Key& /*key*/, quint64 /*bit*/) { return false; }
    // The power goes: as crash(), and of what a relaxed store acknowledged and did not sync, about the oldest
    // so many batches are left.
    virtual void losePower(size_t unsyncedLeft) = 0;
    // The node is stopped as an operator does it: nothing is lost.
    virtual void stop() = 0;
    // From the next opening on. A relaxed store acknowledges before the disk has it.
    virtual void setRelaxed(bool relaxed) = 0;
    // An empty disk, after a crash.
    virtual void wipe() = 0;
    virtual std::unique_ptr<Backup> backup() const = 0;
    // After a crash.
    virtual void restore(const Backup& backup, Restored how) = 0;

    virtual void becomeReadOnly(const QString& reason) = 0;
    virtual void recover() = 0; // from becomeReadOnly()
    // What is pending is refused, and so is everything until crash(), which may find the oldest so many of
    // those batches on the disk after all.
    virtual void failSync(const QString& reason, size_t survivors) = 0;
};

class MemoryDisk final : public VirtualDisk {
public:
    MemoryDisk()
        : m_store(std::make_unique<MemoryStore>())
    {}
    MemoryStore& memory() { return *m_store; }

    Store& store() override { return *m_store; }
    std::vector<SideEntry> durableSide(SideTable table) override { return m_store->durableSide(table); }
    size_t pending() const override { return m_store->pending(); }
    void commitPending() override { m_store->commitPending(); }
    void crash(size_t survivors) override { m_store->crash(survivors); }
    bool flipBit(Slot slot, const Key& key, quint64 bit) override { return m_store->flipBit(slot, key, bit); }
    void losePower(size_t unsyncedLeft) override { m_store->losePower(unsyncedLeft); }
    void stop() override { m_store->reopen(); }
    void setRelaxed(bool relaxed) override { m_store->setRelaxed(relaxed); }
    void wipe() override { m_store = std::make_unique<MemoryStore>(); }
    std::unique_ptr<Backup> backup() const override
    {
        auto copy = std::make_unique<Copy>();
        copy->store = *m_store;
        return copy;
    }
    void restore(const Backup& backup, Restored how) override
    {
        wipe();
        const MemoryStore& copy = static_cast<const Copy&>(backup).store;
        how == Restored::Copied ? m_store->restore(copy) : m_store->rollBack(copy);
    }
    void becomeReadOnly(const QString& reason) override { m_store->becomeReadOnly(reason); }
    void recover() override { m_store->recover(); }
    void failSync(const QString& reason, size_t survivors) override { m_store->fail(reason, survivors); }

private:
    struct Copy final : Backup {
        MemoryStore store;
    };
    std::unique_ptr<MemoryStore> m_store;
};

} // namespace ringmaster
