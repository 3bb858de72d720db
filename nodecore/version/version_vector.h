// SPDX-License-Identifier: GPL-3.0-or-later
// Dots and version vectors: who has seen what.
//
// A dot (actor, counter) names one write. A version vector says, for each actor, that all its dots up to a
// counter have been seen. As the context of a client it is what a read saw and what a write replaces.
#pragma once

#include "nodecore/base/types.h"

#include <utility>
#include <vector>

namespace ringmaster {

struct Dot {
    ActorId actor;
    quint64 counter = 0;
    friend auto operator<=>(const Dot&, const Dot&) = default;
};

class VersionVector {
public:
    struct Entry {
        ActorId actor;
        quint64 counter = 0;
        // When that counter was minted, at its minter. For trimming only, never for ordering.
        WallTime minted;
        friend bool operator==(const Entry&, const Entry&) = default;
    };

    // Sorted by actor, counters above 0, one entry an actor.
    const std::vector<Entry>& entries() const& { return m_entries; }
    std::vector<Entry> entries() && { return std::move(m_entries); } // a loop over a temporary stays safe
    bool isEmpty() const { return m_entries.empty(); }

    quint64 counterOf(ActorId actor) const; // 0 where unknown
    bool covers(Dot dot) const { return dot.counter <= counterOf(dot.actor); }
    // Everything that other has seen, this has seen too.
    bool descends(const VersionVector& other) const;

    // Takes the larger counter (and, for equal ones, the later time) of both.
    void raise(ActorId actor, quint64 counter, WallTime minted = {});
    void merge(const VersionVector& other);

    // Drops entries until at most maxEntries are left: those with the oldest times first (equal times: the
    // smaller actor first), and never one of an actor in `needed` (ascending), though more than maxEntries
    // stay. A trimmed context covers less: it may leave a false sibling, it loses nothing.
    VersionVector trimmed(size_t maxEntries, const std::vector<ActorId>& needed) const;

    friend bool operator==(const VersionVector&, const VersionVector&) = default;

private:
    std::vector<Entry> m_entries;
};

} // namespace ringmaster
