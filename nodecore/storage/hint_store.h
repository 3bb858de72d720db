// SPDX-License-Identifier: GPL-3.0-or-later
// Objects that this node keeps for members that could not be reached: hints. Durable, bounded, in order of
// age.
//
// A hint is an owner, a key and a sibling set. A newer hint for one owner and key takes the older one in,
// which goes when the newer is durable. An index of all hints is held in memory (about 100 bytes each); the
// sets are in the store's side table, under the hint's number.
//
// A hint is verified with each read of it. A damaged one is never delivered and never shown; what is kept for
// its key cannot be read until it is dropped (dropDamaged()).
#pragma once

#include "nodecore/storage/integrity_log.h"
#include "nodecore/storage/store.h"
#include "nodecore/version/sibling_set.h"

#include <QHash>

#include <functional>
#include <map>
#include <set>

namespace ringmaster {

// The request that left a hint, and who coordinated it: for telling them of its end.
struct HintOrigin {
    NodeId coordinator;
    quint64 trace = 0; // 0: nobody wants to know
    friend bool operator==(const HintOrigin&, const HintOrigin&) = default;
};

struct HintLimits {
    quint64 hints = 250'000;              // some 50 MB of index
    quint64 bytes = 256ULL * 1024 * 1024; // of keys and sets
};

class HintStore {
public:
    using HintNumber = quint64; // ascending with age: the smaller is the older

    struct Hint {
        HintNumber number = 0;
        NodeId owner;
        Slot slot;
        Key key;
        QByteArray set;
        std::vector<HintOrigin> origins; // the latest of them
    };
    struct Tally {
        quint64 hints = 0;
        quint64 bytes = 0;
    };

    explicit HintStore(Store& store, HintLimits limits = {});

    // Where damaged hints are named; it must outlive this.
    void reportTo(IntegrityLog& integrity) { m_integrity = &integrity; }
    // Reads the index from the store. Call once, before anything else.
    [[nodiscard]] Result<void> load();

    // Dots that this node's actor minted may be in a damaged hint: the actor changes before it is dropped.
    bool hasDamaged() const { return !m_damaged.empty(); }
    // What can still be trusted of the damaged hints: the entries of actors all of whose versions are sound.
    struct Saved {
        QByteArray name; // of the damaged hint in the side table
        Key key;
        QByteArray set;
    };
    std::vector<Saved> savedOfDamaged() const;
    // The sets of these are held elsewhere by now. All that are damaged and have nothing saved go too.
    void dropDamaged(const std::vector<Saved>& saved);
    // Looks at the hint of the smallest number above `after`; nothing where there is none. For a scrub.
    std::optional<HintNumber> inspectNext(HintNumber after);

    // Keeps a set for its owner; done follows the commit. Unavailable where the bound is reached.
    void keep(NodeId owner, Slot slot, const Key& key, const QByteArray& set, HintOrigin origin,
              std::function<void(Result<void>)> done);

    // Everything that is kept for the key, whoever its owner is, merged; empty mostly. What is durable may be
    // shown; what is latest is what the next write must start from.
    [[nodiscard]] Result<SiblingSet> durableFor(const Key& key) { return heldFor(key, true); }
    [[nodiscard]] Result<SiblingSet> latestFor(const Key& key) { return heldFor(key, false); }
    bool isEmpty() const { return m_index.empty(); }
    struct Place {
        Slot slot;
        Key key;
    };
    // The keys of durable hints from the cursor up to and including slot last, by (slot, key), each once. At
    // least so many where there are, but for whole slots.
    std::vector<Place> keysIn(const ObjectCursor& from, Slot last, size_t enough) const;
    // None is kept, and none comes back after a crash.
    bool isEmptyForGood() const { return m_index.empty() && m_leaving.isEmpty() && m_damaged.empty(); }
    // For any owner. A hint counts from keep() on, durable or not, until its removal is durable: before that
    // a crash brings it back.
    bool holds(const Key& key) const;

    // The oldest durable hints of the owner, at most so many of at most about so many bytes, without those
    // that isLeftOut.
    [[nodiscard]] Result<std::vector<Hint>> oldest(NodeId owner, size_t most, qsizetype mostBytes,
                                                   const std::function<bool(HintNumber)>& isLeftOut = {});
    // The owner is known to hold them. One that a newer one has taken in meanwhile is gone already. Where the
    // store refuses, they are all kept on.
    void forget(const std::vector<HintNumber>& numbers, std::function<void(Result<void>)> done);

    // By owner, those that have any.
    const std::map<NodeId, Tally>& owed() const { return m_owed; }
    Tally total() const { return m_total; }

    // An entry of SideTable::Hints.
    [[nodiscard]] static Result<Hint> decode(const SideEntry& entry);

private:
    struct Entry {
        NodeId owner;
        Slot slot;
        Key key;
        quint64 bytes = 0;
        bool durable = false;
    };
    void insert(HintNumber number, Entry entry);
    void erase(HintNumber number);
    // The store refuses it, and its writer has not been told yet: it is as if it had never been.
    bool isRefused(HintNumber number) const;
    std::optional<HintNumber> newestOf(NodeId owner, const Key& key) const;
    // Damaged where it cannot be read or a checksum does not fit.
    Result<Hint> read(HintNumber number);
    void foundDamaged(const SideEntry& entry, const QString& what);
    Result<SiblingSet> heldFor(const Key& key, bool durableOnly);
    Result<Hint> mergedWithOlder(NodeId owner, const Key& key, const QByteArray& set);

    Store& m_store;
    HintLimits m_limits;
    std::map<HintNumber, Entry> m_index;
    QHash<Key, std::vector<HintNumber>> m_byKey;
    std::map<Slot, std::vector<HintNumber>> m_bySlot;
    QHash<Key, int> m_leaving; // hints of that key whose removal is not durable yet
    std::map<NodeId, std::set<HintNumber>> m_byOwner;
    std::map<NodeId, Tally> m_owed;
    Tally m_total;
    HintNumber m_last = 0;
    std::map<QByteArray, std::optional<Saved>> m_damaged; // by name in the side table
    IntegrityLog* m_integrity = nullptr;
};

} // namespace ringmaster
