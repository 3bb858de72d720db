// SPDX-License-Identifier: GPL-3.0-or-later
// This node's own copy of the keys: reads what is durable, mints dots, merges what others minted.
//
// Callbacks follow the commit: what they hand out may be shown and acknowledged.
#pragma once

#include "nodecore/env/clock.h"
#include "nodecore/ring/partitioner.h"
#include "nodecore/storage/hint_store.h"
#include "nodecore/storage/store.h"
#include "nodecore/version/sibling_set.h"

#include <functional>

namespace ringmaster {

class Replica {
public:
    // A write that would leave more siblings than this is refused with Conflict: somebody writes without
    // reading, and a set that only grows ends up unreadable. Merging what several nodes accepted may exceed
    // it by a few times.
    static constexpr size_t maxSiblingsWritten = 100;
    // More than this are worth a warning.
    static constexpr size_t siblingsWarnedOf = 25;

    struct SiblingWatch {
        quint64 keysAbove = 0; // times that a key went over siblingsWarnedOf here
        quint64 most = 0;      // siblings of one key, since the start
    };

    // All must outlive it.
    Replica(Store& store, HintStore& hints, const Clock& clock, Partitioner partitioner);

    // Reads what is kept of reaped keys. Call once, before the first mint.
    [[nodiscard]] Result<void> load();

    // Who mints here. Must be durable in the store before the first mint.
    void setActor(ActorId actor) { m_actor = actor; }
    ActorId actor() const { return m_actor; }

    // The counter of this node's actor in its own copy of the key, durable or not; 0 where it has none.
    quint64 counterHeld(const Key& key);

    const SiblingWatch& siblings() const { return m_siblings; }
    // Told when a key goes over siblingsWarnedOf.
    void onManySiblings(std::function<void(const Key&, size_t siblings)> tell)
    {
        m_tellOfMany = std::move(tell);
    }

    Slot slot(const Key& key) const { return slotOf(m_partitioner, key); }

    // The encoded durable set of this node's own copy; empty where nothing is held.
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

    struct Received {
        Key key;
        QByteArray set; // empty: nothing to merge
    };
    // Merges many in one batch: all of them or, on an error, none. Each key once, else Malformed.
    void mergeAll(const std::vector<Received>& received, std::function<void(Result<void>)> done);
    // recordHash of the key's set as it is latest, durable or not; nothing where nothing is held, or where it
    // cannot be read.
    std::optional<quint64> latestHash(const Key& key);
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

    // Merges a set that came from elsewhere. The result comes when the key holds at least that, durably.
    void merge(const Key& key, const QByteArray& encoded, std::function<void(Result<void>)> done);

private:
    [[nodiscard]] Result<SiblingSet> latest(Slot at, const Key& key);
    [[nodiscard]] Result<SiblingSet> latestWithHints(Slot at, const Key& key);
    Result<Minted> mintOnto(SiblingSet held, SiblingSet::Content content, const VersionVector& context) const;
    [[nodiscard]] Result<void> addMerge(WriteBatch& batch, const Key& key, const QByteArray& encoded);

    Store& m_store;
    HintStore& m_hints;
    const Clock& m_clock;
    size_t forget(const std::vector<Reaped>& keys, bool evenValues);
    void watch(const Key& key, size_t before, size_t after);

    Partitioner m_partitioner;
    ActorId m_actor;
    quint64 m_counterFloor = 0; // no dot of ours that was reaped has a larger counter
    SiblingWatch m_siblings;
    std::function<void(const Key&, size_t)> m_tellOfMany;
};

} // namespace ringmaster
