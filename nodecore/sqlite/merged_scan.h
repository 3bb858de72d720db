// SPDX-License-Identifier: GPL-3.0-or-later
// Records in order of (area, name): those of the keyed table, with what is in memory on top.
//
// Correct while a fold is under way: an entry is in memory until the table is known to hold it, and where
// there is an entry, the row in the table is passed over, whichever version of it the fold has put there.
// While a scan lives nothing else may touch the memtable or the reader.
//
// OnDisk is Durable with the table's row where memory only caches it.
#pragma once

#include "nodecore/sqlite/keyed_reader.h"
#include "nodecore/sqlite/memtable.h"

namespace ringmaster {

class MergedScan {
public:
    enum class Version { Durable, Latest, OnDisk };

    MergedScan(KeyedReader& reader, const Memtable& memtable, Version version)
        : m_reader(reader)
        , m_memtable(memtable)
        , m_version(version)
    {}
    ~MergedScan()
    {
        if (m_begun)
            m_reader.endScan();
    }
    MergedScan(const MergedScan&) = delete;
    MergedScan& operator=(const MergedScan&) = delete;

    // As KeyedReader::beginScan. Once, before next().
    [[nodiscard]] Result<void> begin(Area area, const QByteArray* after, Area last);
    // Nothing at the end.
    [[nodiscard]] Result<std::optional<Row>> next();

private:
    Result<void> readRow();
    const Value& valueOf(const Memtable::Entry& entry) const
    {
        return m_version == Version::Latest ? entry.latest() : entry.durable();
    }

    KeyedReader& m_reader;
    const Memtable& m_memtable;
    const Version m_version;
    Area m_last = 0;
    bool m_begun = false;
    std::optional<Row> m_row;                 // the table's next
    const Memtable::Entry* m_entry = nullptr; // memory's next
};

} // namespace ringmaster
