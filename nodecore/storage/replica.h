// SPDX-License-Identifier: GPL-3.0-or-later
// This node's own copy of the keys: reads what is durable, mints dots, merges what others minted.
//
// Callbacks follow the commit: what they hand out may be shown and acknowledged.
//
// Checksums are verified with each read of the store and of each set from elsewhere. A damaged copy is handed
// out to nobody: reads fail with Damaged, as those of a store that cannot be read, and never with "nothing is
// held". What comes from elsewhere is merged into it all the same and is durable there, so acknowledgements
// are true; the copy is read again once every damaged version is replaced or superseded. Where nothing of the
// copy can be believed, its causal history included, the actor of this node changes first: its dots in there
// are forgotten, and must not be minted again. The set that is begun anew then is incomplete until all other
// replicas have been heard (heal()).
#pragma once

#include "nodecore/env/clock.h"
#include "nodecore/ring/partitioner.h"
#include "nodecore/storage/hint_store.h"
#include "nodecore/storage/integrity_log.h"
#include "nodecore/storage/store.h"
#include "nodecore/version/sibling_set.h"

#include <functional>
#include <list>

namespace ringmaster {

class Replica {
public:
    // A write that would leave more siblings than this, or several of more bytes together, is refused with
    // Conflict: somebody writes without reading, and a set that only grows ends up too large to be stored,
    // sent or read. Merging what several nodes accepted may exceed both by a few times, so what six nodes
    // accept in one key while they are cut off from each other still fits a batch of the store and a frame.
    // Never refused: a write that leaves one version, or no more and no larger ones than there were.
    static constexpr size_t maxSiblingsWritten = 100;
    static constexpr qsizetype maxSiblingBytesWritten = 8 * 1024 * 1024;
    // More than this are worth a warning.
    static constexpr size_t siblingsWarnedOf = 25;
    // What is merged may not grow beyond this: a store takes it in one batch, and a message carries it.
    static constexpr qsizetype maxSetBytes = 60 * 1024 * 1024;
    // Read and written for one call of mergeAll(), about.
    static constexpr qsizetype mostBytesMerged = 4 * 1024 * 1024;

    struct SiblingWatch {
        quint64 keysAbove = 0; // times that a key went over siblingsWarnedOf here
        quint64 most = 0;      // siblings of one key, since the start
    };

    // All must outlive it.
    Replica(Store& store, HintStore& hints, const Clock& clock, Partitioner partitioner);
    // Instead of maxSetBytes.
    void setMaxSetBytes(qsizetype bytes) { m_maxSetBytes = bytes; }

    // Reads what is kept of reaped keys. Call once, before the first mint.
    [[nodiscard]] Result<void> load();

    // Who mints here. Must be durable in the store before the first mint, or be written there before it.
    void setActor(ActorId actor);
    ActorId actor() const { return m_actor; }

    // Told, once an actor, when a set that came from elsewhere has a dot of this node's actor that was not
    // minted on this store as it is: the store is older than what it handed out (a disk or a machine that was
    // put back), and would mint such dots again. Nothing is minted from then on, and nothing is handed out,
    // until setActor(). Mints that were under way are then minted anew.
    void onSpentActor(std::function<void()> tell) { m_tellOfSpent = std::move(tell); }
    bool isActorSpent() const { return m_isSpent; }
    // The same, known otherwise.
    void actorIsSpent();
    // The store takes no new actor at present: mints that wait for one fail with why, and later ones do, too.
    void refuseMints(const Error& why);
    // Whether this node knows of dots of an actor that a set, fresh from that actor's mint, does not know:
    // what its minter is told with this node's own set, for it may have forgotten them and minted one of them
    // again.
    bool knowsMoreOf(ActorId minter, const Key& key, const SiblingSet& fresh);
    // Looks at a set that came from elsewhere and is not merged here.
    void noteSeen(const Key& key, const SiblingSet& seen);

    // The counter of this node's actor in its own copy of the key, durable or not; 0 where it has none.
    quint64 counterHeld(const Key& key);

    const SiblingWatch& siblings() const { return m_siblings; }
    // Told when a key goes over siblingsWarnedOf.
    void onManySiblings(std::function<void(const Key&, size_t siblings)> tell)
    {
        m_tellOfMany = std::move(tell);
    }

    Slot slot(const Key& key) const { return slotOf(m_partitioner, key); }

    IntegrityLog& integrity() { return m_integrity; }
    const IntegrityLog& integrity() const { return m_integrity; }
    // Looks at a record as it was read from the disk. Where it is damaged, and the store has an undamaged
    // copy in memory, that is written again; where it has no checksums yet, it gets them.
    void inspect(const ObjectRecord& onDisk);
    // Writes the latest set again where it has no checksums yet, so that replicas that hold the same have
    // the same bytes.
    void renewFormat(const Key& key);
    // What other replicas hold of a damaged record, merged; all: none was left out. done: true where the
    // record is sound now.
    void heal(const Key& key, const SiblingSet& others, bool all, std::function<void(bool)> done);
    // Whether a write can begin here: not with a damaged version that the write might not replace.
    bool canMint(const Key& key);

    // The encoded durable set of this node's own copy; empty where nothing is held. Damaged where it may be
    // given to nobody.
    [[nodiscard]] Result<QByteArray> read(const Key& key);
    // The same together with what is kept for others: what a reader is answered.
    [[nodiscard]] Result<QByteArray> readWithHints(const Key& key);

    struct Minted {
        Dot dot;
        SiblingSet set; // of the key, after the write
        QByteArray encoded;
    };
    // Writes content with a dot of this node's. The result comes when the dot is durable.
    void mint(const Key& key, SiblingSet::Content content, const VersionVector& context,
              std::function<void(Result<Minted>)> done);
    // The same for a key that this node only stands in for: into a hint for its owner.
    void mintAsHint(NodeId owner, const Key& key, SiblingSet::Content content, const VersionVector& context,
                    HintOrigin origin, std::function<void(Result<Minted>)> done);

    // For a dot that was minted before, when its write found no quorum: gives earlier back, with the set as
    // the key has it by now, when that is durable here (for owner: in a hint). Conflict where the key knows
    // nothing of the dot any more: what replaced it was reaped.
    void confirm(std::optional<NodeId> owner, const Key& key, Minted earlier, HintOrigin origin,
                 std::function<void(Result<Minted>)> done);

    struct Received {
        Key key;
        QByteArray set; // empty: nothing to merge
    };
    struct Merged {
        size_t complete = 0; // of what was received, the first so many are held now, durably,
        // but for these, by number, ascending: sets that cannot be read, and those whose union with what is
        // held has more than maxSetBytes. What was held of them is still held.
        std::vector<size_t> skipped = {};
    };
    // Merges as many of them, from the first on, as a batch of about mostBytes takes; at least one. Each key
    // once, else Malformed. An error: nothing was merged.
    void mergeAll(const std::vector<Received>& received, std::function<void(Result<Merged>)> done,
                  qsizetype mostBytes = mostBytesMerged);
    // Told of each set that mergeAll() skips since it is too large.
    void onSkipped(std::function<void(const Key&, const Error&)> tell) { m_tellOfSkipped = std::move(tell); }
    // recordHash of the key's own copy, as it is durable and as the latest batch left it; nothing where
    // nothing is held.
    struct HeldHashes {
        std::optional<quint64> durable;
        std::optional<quint64> latest;
    };
    [[nodiscard]] Result<HeldHashes> heldHashes(const Key& key);
    struct Reaped {
        Key key;
        quint64 hash = 0;
    };
    // Removes those keys whose latest set still has this hash. The dots that this node minted for them are
    // remembered, as one counter, in the same commit: no later write of such a key begins with one of them.
    // How many that are; on disk later.
    size_t reap(const std::vector<Reaped>& keys) { return forget(keys, false); }
    // The same of keys that other nodes hold, values or not.
    size_t drop(const std::vector<Reaped>& keys) { return forget(keys, true); }

    // Merges a set that came from elsewhere. The result comes when the key holds at least that, durably;
    // TooLarge where the union would have more than maxSetBytes.
    void merge(const Key& key, const QByteArray& encoded, std::function<void(Result<void>)> done);

private:
    // The latest set of a key: what the next one is computed from.
    struct Held {
        SiblingSet set;
        bool hasOtherBytes = false; // on the disk: without checksums, or damaged. To be written in any case
        bool isDamaged = false;     // on the disk; see WriteBatch::ObjectChange::replacesDamaged
        bool wasUnsound = false;
    };
    [[nodiscard]] Result<Held> latest(Slot at, const Key& key);
    [[nodiscard]] Result<Held> latestWithHints(Slot at, const Key& key);
    [[nodiscard]] Result<Held> startAfresh(Slot at, const Key& key);
    Result<QByteArray> usable(Slot at, const Key& key, const QByteArray& bytes);
    void foundUnsound(Slot at, const Key& key, Soundness how);
    void labelAnew(Slot at, const Key& key);
    void put(WriteBatch& batch, Slot at, const Key& key, const Held& held);
    Result<Minted> mintOnto(const Key& key, Held& held, SiblingSet::Content content,
                            const VersionVector& context) const;
    // Malformed where context names a dot of this actor that nobody was ever shown.
    [[nodiscard]] Result<void> checkContext(const Held& held, const VersionVector& context);
    // Conflict where the write would leave too much, and more than there was.
    [[nodiscard]] Result<void> checkBounds(Slot at, const Key& key, const Minted& minted);
    // Returns the bytes of the set that is then held.
    [[nodiscard]] Result<qsizetype> addMerge(WriteBatch& batch, const Key& key, const QByteArray& encoded);
    // Notes, once the batch is durable, which records it has repaired.
    std::function<void(Result<void>)> noting(std::vector<Key> healed, std::function<void(Result<void>)> done);

    // A mint that is with the store and not durable yet.
    struct UnderWay {
        Key key;
        SiblingSet::Content content;
        VersionVector context;
        SiblingSet before; // of the key, as far as this actor's entry goes
        Minted minted;
        std::function<void(Result<Minted>)> done;
        bool isStored = false;
    };
    using UnderWayList = std::list<UnderWay>;
    bool hasForgotten(const Key& key, const SiblingSet& held, const SiblingSet& seen);
    void mintStored(UnderWayList::iterator mint, const Result<void>& stored);
    void takeBack(ActorId spent, const UnderWayList& mints);

    Store& m_store;
    HintStore& m_hints;
    const Clock& m_clock;
    size_t forget(const std::vector<Reaped>& keys, bool evenValues);
    void watch(const Key& key, size_t before, size_t after);

    Partitioner m_partitioner;
    ActorId m_actor;
    bool m_isSpent = false;
    std::function<void()> m_tellOfSpent;
    UnderWayList m_underWay;                      // oldest first
    std::vector<std::function<void()>> m_waiting; // mints, for a new actor
    std::optional<Error> m_whyNoActor;            // why there is none yet
    quint64 m_counterFloor = 0;                   // no dot of ours that was reaped has a larger counter
    SiblingWatch m_siblings;
    IntegrityLog m_integrity;
    std::vector<Key> m_healed; // by the batch that is being made
    qsizetype m_maxSetBytes = maxSetBytes;
    std::function<void(const Key&, const Error&)> m_tellOfSkipped;
    std::function<void(const Key&, size_t)> m_tellOfMany;
};

} // namespace ringmaster
