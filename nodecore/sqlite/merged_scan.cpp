// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/sqlite/merged_scan.h"

namespace ringmaster {

namespace {

int compare(const Row& row, const Memtable::Entry& entry)
{
    if (row.area != entry.area())
        return row.area < entry.area() ? -1 : 1;
    return QByteArrayView(row.name).compare(entry.name());
}

} // namespace

Result<void> MergedScan::begin(Area area, const QByteArray* after, Area last)
{
    m_last = last;
    if (Result<void> begun = m_reader.beginScan(area, after, last); !begun)
        return begun;
    m_begun = true;
    m_entry = m_memtable.next(area, after, last);
    return readRow();
}

Result<void> MergedScan::readRow()
{
    Result<std::optional<Row>> row = m_reader.nextRow();
    if (!row)
        return tl::make_unexpected(row.error());
    m_row = std::move(*row);
    return {};
}

Result<std::optional<Row>> MergedScan::next()
{
    while (m_row || m_entry != nullptr) {
        const int order = !m_row ? 1 : m_entry == nullptr ? -1 : compare(*m_row, *m_entry);
        std::optional<Row> found;
        const bool isCached = order == 0 && m_version == Version::OnDisk && m_entry->isClean();
        if (order < 0 || isCached)
            found = std::move(m_row);
        if (order <= 0) {
            if (Result<void> read = readRow(); !read)
                return tl::make_unexpected(read.error());
        }
        if (order >= 0) {
            const Memtable::Entry& entry = *m_entry;
            if (!isCached && valueOf(entry).present)
                found = Row{entry.area(), entry.name(), valueOf(entry)};
            m_entry = m_memtable.next(entry.area(), &entry.name(), m_last);
        }
        if (found)
            return found;
    }
    return std::optional<Row>();
}

} // namespace ringmaster
