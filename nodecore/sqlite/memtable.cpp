// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/sqlite/memtable.h"

namespace ringmaster {

Memtable::Memtable(qsizetype cacheBytes)
    : m_areas(areaCount)
    , m_cacheBytes(cacheBytes)
{}

Memtable::Entry* Memtable::find(Area area, const QByteArray& name)
{
    Entries* const entries = m_areas[area].get();
    if (entries == nullptr)
        return nullptr;
    const auto found = entries->find(name);
    if (found == entries->end())
        return nullptr;
    found->second.m_used = true;
    return &found->second;
}

const Memtable::Entry* Memtable::next(Area area, const QByteArray* after, Area last) const
{
    for (; area <= last; ++area, after = nullptr) {
        const Entries* const entries = m_areas[area].get();
        if (entries == nullptr)
            continue;
        const auto found = after != nullptr ? entries->upper_bound(*after) : entries->begin();
        if (found != entries->end())
            return &found->second;
    }
    return nullptr;
}

Memtable::Entry& Memtable::entryAt(Area area, const QByteArray& name)
{
    std::unique_ptr<Entries>& entries = m_areas[area];
    if (!entries)
        entries = std::make_unique<Entries>();
    const auto [at, isNew] = entries->try_emplace(name);
    if (isNew) {
        at->second.m_name = &at->first;
        at->second.m_area = area;
    }
    return at->second;
}

Memtable::Entry& Memtable::addClean(Area area, const QByteArray& name, Value value)
{
    Entry& entry = entryAt(area, name);
    entry.m_durable = std::move(value);
    moveTo(Entry::List::Clean, entry);
    return entry;
}

void Memtable::stage(Entry& entry, const Value& next)
{
    entry.m_latest = next;
    ++entry.m_pending;
    if (entry.m_list == Entry::List::Clean)
        moveTo(Entry::List::None, entry);
}

void Memtable::commit(Entry& entry, const Value& next, quint64 seq)
{
    entry.m_durable = next;
    entry.m_durableSeq = seq;
    if (entry.m_pending > 0 && --entry.m_pending == 0)
        entry.m_latest = {};
    moveTo(Entry::List::Unfolded, entry);
}

void Memtable::rollBack(Entry& entry)
{
    entry.m_pending = 0;
    entry.m_latest = {};
    if (entry.m_list == Entry::List::None)
        moveTo(Entry::List::Clean, entry);
}

void Memtable::replay(Area area, const QByteArray& name, const Value& value, quint64 seq)
{
    commit(entryAt(area, name), value, seq);
}

bool Memtable::settle(int most)
{
    while (m_unfolded.first != nullptr && m_unfolded.first->m_durableSeq <= m_foldedSeq) {
        if (most-- == 0)
            return true;
        Entry& entry = *m_unfolded.first;
        moveTo(entry.m_pending > 0 ? Entry::List::None : Entry::List::Clean, entry);
    }
    return false;
}

void Memtable::trim()
{
    while (m_cleanBytes > m_cacheBytes && m_clean.first != nullptr) {
        Entry& entry = *m_clean.first;
        if (std::exchange(entry.m_used, false)) {
            moveTo(Entry::List::Clean, entry);
            continue;
        }
        moveTo(Entry::List::None, entry);
        std::unique_ptr<Entries>& entries = m_areas[entry.m_area];
        entries->erase(entries->find(*entry.m_name));
        if (entries->empty())
            entries.reset();
    }
}

void Memtable::moveTo(Entry::List list, Entry& entry)
{
    if (entry.m_list != Entry::List::None) {
        EntryList& from = listOf(entry.m_list);
        (entry.m_before != nullptr ? entry.m_before->m_after : from.first) = entry.m_after;
        (entry.m_after != nullptr ? entry.m_after->m_before : from.last) = entry.m_before;
        m_cleanBytes -= entry.m_list == Entry::List::Clean ? costOf(entry) : 0;
    }
    entry.m_list = list;
    entry.m_before = entry.m_after = nullptr;
    if (list == Entry::List::None)
        return;
    EntryList& to = listOf(list);
    entry.m_before = to.last;
    (to.last != nullptr ? to.last->m_after : to.first) = &entry;
    to.last = &entry;
    m_cleanBytes += list == Entry::List::Clean ? costOf(entry) : 0;
}

qsizetype Memtable::costOf(const Entry& entry)
{
    // The map's node, and what malloc and QByteArray add to three blocks.
    constexpr qsizetype overhead = sizeof(Entry) + sizeof(QByteArray) + 128;
    return overhead + entry.m_name->capacity() + entry.m_durable.bytes.capacity();
}

} // namespace ringmaster
