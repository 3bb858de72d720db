// SPDX-License-Identifier: GPL-3.0-or-later
// The port to a disk: objects by (slot, key), and small side tables.
//
// Every write is a batch: all of it or nothing, in the order of the calls. A batch is *latest* at once and
// *durable* when its group has been committed; its callback runs after that, on the owner's thread, in
// order. Only what is durable may be shown to anybody outside; what is latest is what the next
// read-modify-write must start from.
//
// The values are opaque here: whoever hands bytes on verifies them first (SiblingSet::verify). For each slot
// the store keeps how many objects it has, how many of them are live (hold a value, not only tombstones), and
// a hash: the wrapping sum of recordHash over its objects. The same sets of records give the same summary in
// every store, whatever their order of arrival.
//
// Not thread-safe: one owner thread. A store may use threads of its own behind the port.
#pragma once

#include "nodecore/base/key.h"
#include "nodecore/base/types.h"

#include <functional>
#include <optional>
#include <vector>

namespace ringmaster {

// A side table: an ordered map from small names to bytes.
enum class SideTable : quint8 {
    Meta,  // what the node knows of itself and its cluster
    Hints, // objects kept for others
};

// The name in SideTable::Meta of the actor that mints for this store; see Store::isContinuation.
inline constexpr QByteArrayView actorEntryName = "actor";

struct ObjectRecord {
    Slot slot;
    Key key;
    QByteArray bytes;  // an encoded SiblingSet
    bool live = false; // holds a value, not only tombstones
};

class WriteBatch {
public:
    struct ObjectChange {
        Slot slot;
        Key key;
        std::optional<QByteArray> bytes; // nothing: remove
        bool live = false;
        // The durable bytes that it replaces are not those that were written, so their part in the slot's
        // hash is unknown: the store counts the slot anew.
        bool replacesDamaged = false;
    };
    struct SideChange {
        SideTable table;
        QByteArray name;
        std::optional<QByteArray> bytes; // nothing: remove
    };

    void putObject(Slot slot, const Key& key, QByteArray bytes, bool live)
    {
        objects.push_back({slot, key, std::move(bytes), live, false});
    }
    void removeObject(Slot slot, const Key& key)
    {
        objects.push_back({slot, key, std::nullopt, false, false});
    }
    void put(SideTable table, QByteArray name, QByteArray bytes)
    {
        side.push_back({table, std::move(name), std::move(bytes)});
    }
    void remove(SideTable table, QByteArray name) { side.push_back({table, std::move(name), std::nullopt}); }

    std::vector<ObjectChange> objects;
    std::vector<SideChange> side;
    // When it is done, it and all batches before it are on the disk, in a relaxed store too. It may be empty.
    bool isSynced = false;
};

struct SlotSummary {
    quint64 objects = 0;
    quint64 live = 0;
    quint64 hash = 0;
    friend bool operator==(const SlotSummary&, const SlotSummary&) = default;
};

// Where a scan goes on: after key in slot, or at slot's beginning where there is no key.
struct ObjectCursor {
    Slot slot;
    std::optional<Key> after;
};

struct ObjectPage {
    std::vector<ObjectRecord> records;
    std::optional<ObjectCursor> next; // nothing: the range is exhausted
};

struct SideEntry {
    QByteArray name;
    QByteArray bytes;
};

struct StoreHealth {
    enum class State {
        Ok,
        ReadOnly, // reads go on; writes are refused until the cause is gone (a full disk)
        Failed,   // a sync failed: what is on disk is unknown. The node must stop.
    };
    State state = State::Ok;
    QString reason; // for a person; empty where Ok
};

class Store {
public:
    // Runs when the batch is durable, or with why it will never be: ReadOnly or TooLarge, and nothing of it
    // is on disk. Or Internal, after a failed sync: nobody knows what is on disk, and the batch may be there
    // when the store is opened again.
    using WriteDone = std::function<void(Result<void>)>;

    virtual ~Store() = default;

    // The object as it is durable; nothing where there is none. Damaged where its bytes cannot be read.
    [[nodiscard]] virtual Result<std::optional<QByteArray>> durableObject(Slot slot, const Key& key) = 0;
    // The object as the latest batch left it, durable or not. For read-modify-write only.
    [[nodiscard]] virtual Result<std::optional<QByteArray>> latestObject(Slot slot, const Key& key) = 0;

    virtual void write(WriteBatch batch, WriteDone done) = 0;

    // Durable objects from the cursor up to and including slot last, by (slot, key), until maxRecords or
    // maxBytes is reached; at least one record where there is one. first <= last: no wrapping.
    [[nodiscard]] virtual Result<ObjectPage> scan(const ObjectCursor& from, Slot last, int maxRecords,
                                                  qsizetype maxBytes) = 0;

    // The same from the disk, also where the store has the record in memory, as far as the record is on the
    // disk by itself: for whoever verifies the disk.
    [[nodiscard]] virtual Result<ObjectPage> scanDisk(const ObjectCursor& from, Slot last, int maxRecords,
                                                      qsizetype maxBytes)
    {
        return scan(from, last, maxRecords, maxBytes);
    }

    // Of the durable objects.
    virtual SlotSummary slotSummary(Slot slot) const = 0;
    // Those of the slots that hold objects, ascending.
    virtual void forEachSlot(const std::function<void(Slot, const SlotSummary&)>& visit) const = 0;
    virtual SlotSummary totals() const = 0; // counts added up; hash added up, wrapping

    // Latest and durable are told apart for objects only; a side table shows the latest.
    [[nodiscard]] virtual Result<std::optional<QByteArray>> side(SideTable table, const QByteArray& name) = 0;
    // Entries with a name after the given one (an empty name: from the first), by name, at most max.
    [[nodiscard]] virtual Result<std::vector<SideEntry>> sideScan(SideTable table, const QByteArray& after,
                                                                  int max) = 0;

    virtual StoreHealth health() const = 0;

    // True where this is certainly the very store that was last written under its stored identity; false
    // for a new one, or one that was copied back or restored, whose actor must not mint again. Judged at
    // opening. A store that is none becomes one, from its next opening on, by the batch that puts
    // actorEntryName into Meta, in the same commit: so no crash in between brings the old actor back.
    virtual bool isContinuation() const = 0;

    // Judged at opening too: false where batches that it acknowledged may be missing, because it ran without
    // syncing each commit (relaxed) and was not stopped cleanly. Peers may know dots of its actor that it has
    // forgotten, so that actor must not mint again. Stays false, opening after opening, until a batch puts
    // another actor into Meta.
    virtual bool holdsAllAcknowledged() const = 0;

    // Judged at opening too: false where whoever had it last did not close it. What is durable is there all
    // the same; the slots' summaries are to be compared with the objects before they are believed.
    virtual bool wasStoppedCleanly() const = 0;
};

// The part of a record in its slot's hash. Stable for ever: it is stored, and compared between nodes.
quint64 recordHash(const Key& key, QByteArrayView bytes);

} // namespace ringmaster
