// SPDX-License-Identifier: GPL-3.0-or-later
// A Store in memory, for tests and for the simulator: its owner says when a batch becomes durable, and when
// the machine crashes. Nothing happens by itself, so a run is as deterministic as its owner.
//
// Callbacks run inside commitPending(), becomeReadOnly() and fail(); with Commit::AtOnce inside write().
// A callback may write again.
//
// A relaxed one acknowledges before the disk has it: a batch is durable in the sense of Store at its commit,
// and survives a killed process, but losePower() takes any suffix of what was committed since the last sync.
// A batch that puts an actor syncs all that came before it, and itself.
#pragma once

#include "nodecore/storage/store.h"

#include <bitset>
#include <deque>
#include <map>

namespace ringmaster {

class MemoryStore final : public Store {
public:
    enum class Commit {
        WhenTold, // by commitPending()
        AtOnce,   // each write is durable, and its callback has run, when write() returns
    };

    explicit MemoryStore(Commit commit = Commit::WhenTold);

    [[nodiscard]] Result<std::optional<QByteArray>> durableObject(Slot slot, const Key& key) override;
    [[nodiscard]] Result<std::optional<QByteArray>> latestObject(Slot slot, const Key& key) override;
    void write(WriteBatch batch, WriteDone done) override;
    [[nodiscard]] Result<ObjectPage> scan(const ObjectCursor& from, Slot last, int maxRecords,
                                          qsizetype maxBytes) override;
    SlotSummary slotSummary(Slot slot) const override;
    void forEachSlot(const std::function<void(Slot, const SlotSummary&)>& visit) const override;
    SlotSummary totals() const override { return m_totals; }
    [[nodiscard]] Result<std::optional<QByteArray>> side(SideTable table, const QByteArray& name) override;
    [[nodiscard]] Result<std::vector<SideEntry>> sideScan(SideTable table, const QByteArray& after,
                                                          int max) override;
    StoreHealth health() const override { return m_health; }
    bool isContinuation() const override { return m_continuation; }
    bool holdsAllAcknowledged() const override { return m_holdsAll; }
    bool wasStoppedCleanly() const override { return m_stoppedCleanly; }

    // All entries as they are durable, by name.
    std::vector<SideEntry> durableSide(SideTable table) const;
    // Batches that are neither durable nor refused to their writers yet.
    size_t pending() const { return m_pending.size(); }
    // Makes the oldest batches durable, as many as were pending at the call or at most that many, and runs
    // their callbacks; batches that were written while the store took no writes are refused at their turn.
    void commitPending(size_t most = SIZE_MAX);

    // The machine stops and starts: what was not durable is gone, its callbacks never run, and the store is
    // opened again with good health. Where the machine stopped in the middle of a commit, the oldest pending
    // batches survive, so many of them, though nobody was told.
    void crash(size_t survivors = 0);
    // The next opening is with that durability; call crash() or reopen() after it.
    void setRelaxed(bool relaxed) { m_relaxed = relaxed; }
    bool isRelaxed() const { return m_relaxed; }
    // Of a relaxed store: batches that were acknowledged and are not on the disk yet.
    size_t unsynced() const { return m_unsynced.size(); }
    // Everything that was committed is on the disk, as when the system has written it back.
    void sync() { m_unsynced.clear(); }
    // The power goes: as crash(), and of the unsynced batches only the oldest so many are left.
    void losePower(size_t unsyncedLeft = 0);
    // Stopped cleanly and opened again: pending batches are durable, their callbacks never run.
    void reopen();
    // Opened on a copy of the durable content of backup, as if its files had been copied back.
    void restore(const MemoryStore& backup);
    // Opened on the durable content of earlier, a copy of this store at some moment, as if the whole machine
    // had been rolled back: nothing shows it, so it is a continuation.
    void rollBack(const MemoryStore& earlier);

    // Injected troubles: what is pending is refused at once, later writes at their turn.
    void becomeReadOnly(const QString& reason);
    // Of what was pending, the oldest so many batches turn out to be on the disk after all when the store is
    // opened again: a failed sync says nothing about them.
    void fail(const QString& reason, size_t survivors = 0);
    // Bit rot: one bit of the record's durable bytes (counted from the first byte's lowest one, around the
    // end) becomes the other one; nothing else notices. False where there is no such record, or where a write
    // of it is pending, which the disk would take over the damage with the slot's hash as it was.
    bool flipBit(Slot slot, const Key& key, quint64 bit);
    bool flipBit(SideTable table, const QByteArray& name, quint64 bit);
    // The summary of the slot no longer fits its objects.
    void damageSummary(Slot slot);
    // The disk has room again. Not after fail(): only crash() ends that.
    void recover();

private:
    struct Place {
        Slot slot;
        Key key;
    };
    // Compares with a bare slot too, to find the first place of it.
    struct ByPlace {
        using is_transparent = void;
        bool operator()(const Place& a, const Place& b) const
        {
            return a.slot != b.slot ? a.slot < b.slot : a.key < b.key;
        }
        bool operator()(const Place& a, Slot b) const { return a.slot < b; }
    };
    struct Object {
        QByteArray bytes;
        bool live = false;
    };
    struct Content {
        std::map<Place, Object, ByPlace> objects;
        std::map<QByteArray, QByteArray> side[2]; // by SideTable
    };
    struct Pending {
        WriteBatch batch;
        WriteDone done;
        std::optional<Error> refusal;
    };

    static void apply(const WriteBatch& batch, Content& to);
    static Result<std::optional<QByteArray>> objectIn(const Content& content, Slot slot, const Key& key);
    void makeDurable(const WriteBatch& batch);
    void applyDurably(const WriteBatch& batch);
    // Brings back what the durable content has where the batch is about to change it.
    WriteBatch inverseOf(const WriteBatch& batch) const;
    void reopened();
    void addToSummary(const Place& place, const Object& object, int sign);
    void addToSummary(const Place& place, bool live, quint64 hash, int sign);
    quint64 hashOfDamaged(const Place& place) const;
    bool isPending(Slot slot, const Key& key) const;
    void refusePending(StoreHealth::State state, ErrorCode code, const QString& reason);

    Commit m_commit;
    Content m_durable;
    Content m_latest;
    std::deque<Pending> m_pending;
    std::vector<WriteBatch> m_survivors; // of a failed sync, until crash()
    std::map<Slot, SlotSummary> m_slots;
    // In m_slots. A tree asks for all 65 536 slots, of which a small store has a few.
    std::bitset<slotCount> m_occupied;
    SlotSummary m_totals;
    StoreHealth m_health;
    std::optional<Error> m_refusal; // why health is not Ok
    bool m_adopted = false;         // the durable content holds its actor, and is no copy since
    bool m_stoppedCleanly = true;
    bool m_continuation = false;
    bool m_relaxed = false;
    bool m_ranRelaxed = false; // since it was last stopped cleanly, or had a new actor
    bool m_holdsAll = true;
    std::deque<WriteBatch> m_unsynced; // the inverses of what was committed and not synced, oldest first
    bool m_committing = false;
};

} // namespace ringmaster
