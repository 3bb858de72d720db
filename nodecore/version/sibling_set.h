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
//
// Every version carries a checksum, made where the version was minted, over its key, dot, time, kind,
// metadata and value. The checksum is stored and sent with the version and never made anew, so a byte that
// changes anywhere on the way is noticed by the next reader. A second checksum, over everything else in the
// encoding, is made by encode(): a changed counter would silently supersede what it has never seen.
//
// The format before had no checksums. decode() reads it, and makes the checksums from what it reads: damage
// that is older than that cannot be told any more.
#pragma once

#include "nodecore/base/bytes.h"
#include "nodecore/base/key.h"
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
    QByteArray value;    // empty in a tombstone
    QByteArray metadata; // tagged fields; see sibling_set_encoding.cpp. Empty where there are none
    quint64 checksum = 0;
    friend bool operator==(const Sibling&, const Sibling&) = default;
};

// What an encoded set is worth to a reader.
enum class Soundness : quint8 {
    Sound,
    Unchecked,      // sound as far as can be told: in the format that had no checksums
    Incomplete,     // what it holds is sound, but it stands for a set that was lost; see markIncomplete()
    DamagedVersion, // the causal history is sound; the bytes of a version are not
    Damaged,        // nothing of it can be believed
};

class SiblingSet {
public:
    // What decode() accepts. A writer must refuse well before (see README.md): a set that grew beyond these
    // could be written and not be read again.
    static constexpr qsizetype maxValueBytes = 64 * 1024 * 1024;
    static constexpr qsizetype maxMetadataBytes = 64 * 1024;
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

    // The largest counter of the actor that this set has seen; 0 where it has seen none.
    quint64 counterOf(ActorId actor) const;
    // True where the newest dot of the actor is the same in both, and not the same write: its time or its
    // content differ. Two stores minted it.
    bool contradicts(const SiblingSet& other, ActorId actor) const;
    // What this set says of the actor becomes what the other says; all else stays.
    void adoptEntry(ActorId actor, const SiblingSet& other);

    // All that this set has seen: what a reader of it hands back with a write.
    VersionVector context() const;
    // The causal history of one sibling by itself, as far as a version vector can say it: its own dot and
    // all dots that no sibling of this set has. For showing; write with context().
    VersionVector clockOf(const Sibling& sibling) const;

    // Takes out what context has seen, adds content under a fresh dot of actor with a checksum, and returns
    // that dot. key is the one that this set belongs to. What context has seen of actors that are not in this
    // set becomes an entry without values.
    //
    // The dot's counter is one above the largest counter of actor in this set, in context, and counterFloor;
    // but counterFloor counts only where no older value of actor survives the write. A jump would leave a gap
    // between the new dot and the surviving ones, which the compact form would give new dots: renamed, they
    // would be new siblings to every replica that has seen or superseded them. (A context above the set's
    // own counter leaves no gap: it has seen all older values of actor.) So the floor does its work, keeping
    // the dots of a reaped key from being minted again, where the key was reaped and is written afresh.
    Dot write(const Key& key, const VersionVector& context, Content content, ActorId actor, WallTime now,
              quint64 counterFloor = 0);

    // Least upper bound of both. Commutative, associative, idempotent. Returns whether this set changed.
    //
    // One dot names one version, for ever. Where the two sets have different contents under one dot, a copy
    // that is damaged gives way to one that is not. Where both checksums fit, a store or an actor has broken
    // the rule that no dot is minted twice: the dot is added to contradictions, for an alarm, and the
    // content that is larger by (time, kind, value, metadata) stays. The choice keeps replicas converging;
    // it does not make the loss of the other content right, which is why callers report it.
    bool merge(const SiblingSet& other, std::vector<Dot>* contradictions = nullptr);

    void encode(ByteWriter& to) const;
    QByteArray encoded() const;
    // Damaged where the bytes are no valid encoding of a set of this key, where a checksum does not fit, and
    // where the set is incomplete: what is returned may be given to anybody.
    [[nodiscard]] static Result<SiblingSet> decode(const Key& key, QByteArrayView bytes);
    // The verdict of decode(), without making the set.
    static Soundness verify(const Key& key, QByteArrayView bytes);

    // For a replica's own copy only. Damaged where Soundness is Damaged; else the set with its damaged
    // versions in it, checksums as they were, for merging with undamaged copies. What such a set is merged
    // with or written to stays as damaged as it was, until each damaged version is replaced or superseded.
    [[nodiscard]] static Result<SiblingSet> decodeForRepair(const Key& key, QByteArrayView bytes);
    bool hasDamagedVersion() const;
    // What a write has to have seen to supersede the damaged versions and no other; nothing where there is no
    // such context.
    std::optional<VersionVector> contextOfDamaged() const;
    // False for the format that had no checksums.
    static bool hasChecksums(QByteArrayView bytes);
    // This set takes the place of one that was lost here: it may lack what this replica has acknowledged.
    // The mark is encoded, and stays through merges and writes.
    void markIncomplete() { m_isIncomplete = true; }
    void markComplete() { m_isIncomplete = false; }
    bool isIncomplete() const { return m_isIncomplete; }
    bool isSound() const { return !m_isIncomplete && !hasDamagedVersion(); }
    // The dots of the siblings in an encoded set, in its order, the first `most` of them; as many as can be
    // read where the bytes are bad. Verifies and copies no value: for showing what a replica holds.
    static std::vector<Dot> dotsIn(QByteArrayView bytes, size_t most);

    friend bool operator==(const SiblingSet&, const SiblingSet&) = default;

private:
    struct Stored {
        WallTime written;
        bool tombstone = false;
        bool damaged = false; // its checksum does not fit; only in a set that was decoded for repair
        quint64 checksum = 0;
        QByteArray value;
        QByteArray metadata;
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
    struct Codec; // reads both formats; in sibling_set_encoding.cpp

    const Entry* find(ActorId actor) const;
    Entry& entryOf(ActorId actor); // made with counter 0 where there is none
    void discard(const VersionVector& context);
    static void renameOlder(const Key& key, Entry& entry);
    static bool join(Entry& mine, const Entry& theirs, std::vector<Dot>* contradictions);

    std::vector<Entry> m_entries; // by actor, ascending
    bool m_isIncomplete = false;
};

// The checksum of one version.
quint64 checksumOf(const Key& key, const Sibling& sibling);

} // namespace ringmaster
