// SPDX-License-Identifier: GPL-3.0-or-later
// The records that are in memory: all that the keyed table does not hold yet, and a cache of what it does.
//
// A record here is what counts: where there is an entry, the keyed table is not asked. An entry is
//   pending   while a newer version of it than the durable one waits for its commit;
//   unfolded  while its durable version is in the journal only (or may be);
//   clean     when the keyed table holds the same. Only clean entries may leave: the oldest first, a used
//             one getting a second chance (CLOCK; Corbató, "A Paging Experiment with the Multics System",
//             1968).
// An absent record has an entry too: "there is none" is knowledge.
//
// Not thread-safe. Entries stay where they are until trim() takes clean ones out.
#pragma once

#include "nodecore/sqlite/change.h"

#include <map>
#include <memory>

namespace ringmaster {

class Memtable {
public:
    class Entry {
    public:
        Area area() const { return m_area; }
        const QByteArray& name() const { return *m_name; }
        const Value& durable() const { return m_durable; }
        const Value& latest() const { return m_pending > 0 ? m_latest : m_durable; }
        bool isPending() const { return m_pending > 0; }
        bool isClean() const { return m_list == List::Clean; }

    private:
        friend class Memtable;
        enum class List : quint8 { None, Unfolded, Clean };

        Entry* m_before = nullptr; // in its list
        Entry* m_after = nullptr;
        Value m_durable;
        Value m_latest; // where pending
        const QByteArray* m_name = nullptr;
        quint64 m_durableSeq = 0; // the journal row that holds the durable version
        Area m_area = 0;
        quint32 m_pending = 0; // versions that wait for their commit
        List m_list = List::None;
        bool m_used = false; // since the hand passed last
    };

    // cacheBytes: how much clean entries may take, roughly.
    explicit Memtable(qsizetype cacheBytes);

    Entry* find(Area area, const QByteArray& name);
    // The first entry after the place (area, after), or from the area's beginning, up to and including area
    // last; nullptr where there is none.
    const Entry* next(Area area, const QByteArray* after, Area last) const;

    // What the keyed table says of a record that has no entry.
    Entry& addClean(Area area, const QByteArray& name, Value value);
    // Makes next the latest version; it waits for commit() or rollBack().
    void stage(Entry& entry, const Value& next);
    // The oldest version that waits, next, is durable by journal row seq; seq never falls.
    void commit(Entry& entry, const Value& next, quint64 seq);
    // No version that waits will ever be durable.
    void rollBack(Entry& entry);
    // A durable version from the journal, at opening.
    void replay(Area area, const QByteArray& name, const Value& value, quint64 seq);

    // The keyed table holds what the journal said up to row seq. The entries become clean by and by: each
    // call of settle() takes at most that many, and returns whether some are left.
    void markFolded(quint64 seq) { m_foldedSeq = seq; }
    bool settle(int most);

    // Lets clean entries go until they fit the cache. Pointers to clean entries are void afterwards.
    void trim();
    qsizetype cleanBytes() const { return m_cleanBytes; }

private:
    using Entries = std::map<QByteArray, Entry, ByBytes>;
    struct EntryList {
        Entry* first = nullptr;
        Entry* last = nullptr;
    };

    Entry& entryAt(Area area, const QByteArray& name);
    EntryList& listOf(Entry::List list) { return list == Entry::List::Clean ? m_clean : m_unfolded; }
    void moveTo(Entry::List list, Entry& entry);
    static qsizetype costOf(const Entry& entry);

    std::vector<std::unique_ptr<Entries>> m_areas; // by area; nullptr where empty
    EntryList m_unfolded;                          // by m_durableSeq, ascending
    EntryList m_clean;                             // in the order of the hand
    quint64 m_foldedSeq = 0;
    qsizetype m_cleanBytes = 0;
    qsizetype m_cacheBytes;
};

} // namespace ringmaster
