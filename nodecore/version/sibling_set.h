// SPDX-License-Identifier: GPL-3.0-or-later
// The value of a key: a dotted version vector set.
//
// Source: Almeida, Baquero, Gonçalves, Preguiça, Fonte, "Scalable and Accurate Causality Tracking for
// Eventually Consistent Stores" (DAIS 2014), in the compact form of its section 5: for each actor one
// entry (actor, n, [newest value, ...]); the i-th value of an entry has the dot (actor, n - i), and every
// dot up to n that has no value there was superseded or is known only as history.
//
// A plain value type: copy, compare, encode. Equal sets have equal encodings. Copies share the bytes of
// their values.
#pragma once

#include "nodecore/base/bytes.h"
#include "nodecore/base/result.h"
#include "nodecore/version/version_vector.h"

#include <QByteArray>

#include <optional>
#include <vector>

namespace ringmaster {

// One surviving version of a key. A tombstone is the version that a delete writes.
struct Sibling {
    Dot dot;
    WallTime written;
    bool tombstone = false;
    QByteArray value; // empty in a tombstone
    friend bool operator==(const Sibling&, const Sibling&) = default;
};

class SiblingSet {
public:
    // What decode() accepts. A writer must refuse well before (see README.md): a set that grew beyond these
    // could be written and not be read again.
    static constexpr qsizetype maxValueBytes = 64 * 1024 * 1024;
    static constexpr quint64 maxSiblings = 10'000;
    static constexpr quint64 maxActors = 100'000;
    // No honest counter comes near either. A context, which any client can forge, raises a counter to the
    // first at most, and counters stop at the second, so that none can be made to overflow.
    static constexpr quint64 maxContextCounter = quint64{1} << 62;
    static constexpr quint64 maxCounter = quint64{1} << 63;

    // What a write puts in: a value, or a tombstone where nothing is given.
    using Content = std::optional<QByteArray>;

    // Nothing was ever written here.
    bool isEmpty() const { return m_entries.empty(); }
    size_t siblingCount() const;
    // True where at least one sibling is a value, not a tombstone: the key is there for a reader.
    bool hasValue() const;
    // Actors ascending, newest first within an actor.
    std::vector<Sibling> siblings() const;

    // All that this set has seen: what a reader of it hands back with a write.
    VersionVector context() const;
    // The causal history of one sibling by itself, as far as a version vector can say it: its own dot and
    // all dots that no sibling of this set has. For showing; write with context().
    VersionVector clockOf(const Sibling& sibling) const;

    // Takes out what context has seen, adds content under a fresh dot of actor, and returns that dot. What
    // context has seen of actors that are not in this set becomes an entry without values.
    //
    // The dot's counter is one above the largest counter of actor in this set, in context, and counterFloor;
    // but counterFloor counts only where no older value of actor survives the write. A jump would leave a gap
    // between the new dot and the surviving ones, which the compact form would give new dots: renamed, they
    // would be new siblings to every replica that has seen or superseded them. (A context above the set's
    // own counter leaves no gap: it has seen all older values of actor.) So the floor does its work, keeping
    // the dots of a reaped key from being minted again, where the key was reaped and is written afresh.
    Dot write(const VersionVector& context, Content content, ActorId actor, WallTime now,
              quint64 counterFloor = 0);

    // Least upper bound of both. Commutative, associative, idempotent. Returns whether this set changed.
    // One dot with two contents, which only a broken store can make, becomes the same one everywhere.
    bool merge(const SiblingSet& other);

    void encode(ByteWriter& to) const;
    QByteArray encoded() const;
    // Damaged where the bytes are not the one valid encoding of a set.
    [[nodiscard]] static Result<SiblingSet> decode(QByteArrayView bytes);
    // The dots of the siblings in an encoded set, in its order, the first `most` of them; as many as can be
    // read where the bytes are bad. Copies no value: for showing what a replica holds.
    static std::vector<Dot> dotsIn(QByteArrayView bytes, size_t most);

    friend bool operator==(const SiblingSet&, const SiblingSet&) = default;

private:
    struct Stored {
        WallTime written;
        bool tombstone = false;
        QByteArray value;
        friend bool operator==(const Stored&, const Stored&) = default;
        bool precedes(const Stored& other) const; // some total order, the same on every node
    };
    struct Entry {
        ActorId actor;
        quint64 counter = 0;
        WallTime minted;            // of the dot (actor, counter)
        std::vector<Stored> values; // newest first; values.size() <= counter
        friend bool operator==(const Entry&, const Entry&) = default;
    };

    Entry& entryOf(ActorId actor); // made with counter 0 where there is none
    void discard(const VersionVector& context);
    static bool join(Entry& mine, const Entry& theirs);
    static void encodeEntry(const Entry& entry, ByteWriter& to);
    static Entry decodeEntry(ByteReader& from, quint64& siblingsLeft);

    std::vector<Entry> m_entries; // by actor, ascending
};

} // namespace ringmaster
