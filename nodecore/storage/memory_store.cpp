// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/storage/memory_store.h"

#include <algorithm>

namespace ringmaster {

MemoryStore::MemoryStore(Commit commit)
    : m_commit(commit)
{}

Result<std::optional<QByteArray>> MemoryStore::objectIn(const Content& content, Slot slot, const Key& key)
{
    const auto found = content.objects.find(Place{slot, key});
    if (found == content.objects.end())
        return std::optional<QByteArray>();
    return std::optional(found->second.bytes);
}

Result<std::optional<QByteArray>> MemoryStore::durableObject(Slot slot, const Key& key)
{
    return objectIn(m_durable, slot, key);
}

Result<std::optional<QByteArray>> MemoryStore::latestObject(Slot slot, const Key& key)
{
    return objectIn(m_latest, slot, key);
}

void MemoryStore::write(WriteBatch batch, WriteDone done)
{
    if (!m_refusal)
        apply(batch, m_latest);
    m_pending.push_back({std::move(batch), std::move(done), m_refusal});
    if (m_commit == Commit::AtOnce && !m_committing)
        while (!m_pending.empty())
            commitPending();
}

void MemoryStore::commitPending(size_t most)
{
    const bool outermost = !std::exchange(m_committing, true);
    for (size_t left = std::min(most, m_pending.size()); left > 0 && !m_pending.empty(); --left) {
        const Pending next = std::move(m_pending.front());
        m_pending.pop_front();
        if (!next.refusal)
            makeDurable(next.batch);
        if (next.done)
            next.done(next.refusal ? Result<void>(tl::make_unexpected(*next.refusal)) : Result<void>());
    }
    if (outermost)
        m_committing = false;
}

void MemoryStore::apply(const WriteBatch& batch, Content& to)
{
    for (const WriteBatch::ObjectChange& change : batch.objects) {
        const Place place{change.slot, change.key};
        if (change.bytes)
            to.objects[place] = Object{*change.bytes, change.live};
        else
            to.objects.erase(place);
    }
    for (const WriteBatch::SideChange& change : batch.side) {
        auto& table = to.side[static_cast<size_t>(change.table)];
        if (change.bytes)
            table[change.name] = *change.bytes;
        else
            table.erase(change.name);
    }
}

namespace {

bool putsActor(const WriteBatch& batch)
{
    return std::any_of(batch.side.begin(), batch.side.end(), [](const WriteBatch::SideChange& change) {
        return change.table == SideTable::Meta && change.name == actorEntryName && change.bytes;
    });
}

} // namespace

void MemoryStore::makeDurable(const WriteBatch& batch)
{
    if (putsActor(batch)) {
        m_adopted = true;
        m_ranRelaxed = m_relaxed;
        m_unsynced.clear();
    } else if (batch.isSynced) {
        m_unsynced.clear();
    } else if (m_relaxed) {
        m_ranRelaxed = true;
        m_unsynced.push_back(inverseOf(batch));
    }
    applyDurably(batch);
}

WriteBatch MemoryStore::inverseOf(const WriteBatch& batch) const
{
    WriteBatch inverse;
    for (const WriteBatch::ObjectChange& change : batch.objects) {
        const auto old = m_durable.objects.find(Place{change.slot, change.key});
        if (old == m_durable.objects.end())
            inverse.removeObject(change.slot, change.key);
        else
            inverse.putObject(change.slot, change.key, old->second.bytes, old->second.live);
    }
    for (const WriteBatch::SideChange& change : batch.side) {
        const auto& table = m_durable.side[static_cast<size_t>(change.table)];
        const auto old = table.find(change.name);
        if (old == table.end())
            inverse.remove(change.table, change.name);
        else
            inverse.put(change.table, change.name, old->second);
    }
    return inverse;
}

void MemoryStore::applyDurably(const WriteBatch& batch)
{
    for (const WriteBatch::ObjectChange& change : batch.objects) {
        const Place place{change.slot, change.key};
        const auto old = m_durable.objects.find(place);
        if (old != m_durable.objects.end()) {
            if (change.replacesDamaged)
                addToSummary(place, old->second.live, hashOfDamaged(place), -1);
            else
                addToSummary(place, old->second, -1);
            m_durable.objects.erase(old);
        }
        if (change.bytes)
            addToSummary(place, m_durable.objects[place] = Object{*change.bytes, change.live}, +1);
    }
    apply(WriteBatch{{}, batch.side}, m_durable);
}

void MemoryStore::addToSummary(const Place& place, const Object& object, int sign)
{
    addToSummary(place, object.live, recordHash(place.key, object.bytes), sign);
}

void MemoryStore::addToSummary(const Place& place, bool live, quint64 hash, int sign)
{
    m_occupied.set(place.slot.value);
    const auto one = static_cast<quint64>(sign); // wraps
    for (SlotSummary* summary : {&m_slots[place.slot], &m_totals}) {
        summary->objects += one;
        summary->live += live ? one : 0;
        summary->hash += one * hash;
    }
}

// What the slot's hash has in it beyond the other records.
quint64 MemoryStore::hashOfDamaged(const Place& damaged) const
{
    quint64 hash = m_slots.at(damaged.slot).hash;
    for (auto at = m_durable.objects.lower_bound(damaged.slot);
         at != m_durable.objects.end() && at->first.slot == damaged.slot; ++at) {
        if (at->first.key != damaged.key)
            hash -= recordHash(at->first.key, at->second.bytes);
    }
    return hash;
}

namespace {

bool flip(QByteArray& bytes, quint64 bit)
{
    if (bytes.isEmpty())
        return false;
    const quint64 at = bit % (static_cast<quint64>(bytes.size()) * 8);
    bytes.detach();
    bytes[static_cast<qsizetype>(at / 8)] ^= static_cast<char>(1 << (at % 8));
    return true;
}

} // namespace

bool MemoryStore::isPending(Slot slot, const Key& key) const
{
    const auto changes = [&](const WriteBatch& batch) {
        return std::any_of(
            batch.objects.begin(), batch.objects.end(),
            [&](const WriteBatch::ObjectChange& change) { return change.slot == slot && change.key == key; });
    };
    return std::any_of(m_survivors.begin(), m_survivors.end(), changes) ||
           std::any_of(m_pending.begin(), m_pending.end(),
                       [&](const Pending& pending) { return changes(pending.batch); });
}

bool MemoryStore::flipBit(Slot slot, const Key& key, quint64 bit)
{
    const auto durable = m_durable.objects.find(Place{slot, key});
    if (durable == m_durable.objects.end())
        return false;
    if (isPending(slot, key) || !flip(durable->second.bytes, bit))
        return false;
    m_latest.objects.at(Place{slot, key}).bytes = durable->second.bytes;
    return true;
}

bool MemoryStore::flipBit(SideTable table, const QByteArray& name, quint64 bit)
{
    auto& durable = m_durable.side[static_cast<size_t>(table)];
    auto& latest = m_latest.side[static_cast<size_t>(table)];
    const auto found = durable.find(name);
    if (found == durable.end())
        return false;
    const auto newer = latest.find(name);
    const bool isLatest = newer != latest.end() && newer->second == found->second;
    if (!flip(found->second, bit))
        return false;
    if (isLatest)
        newer->second = found->second;
    return true;
}

Result<ObjectPage> MemoryStore::scan(const ObjectCursor& from, Slot last, int maxRecords, qsizetype maxBytes)
{
    ObjectPage page;
    qsizetype bytes = 0;
    const auto& objects = m_durable.objects;
    auto at =
        from.after ? objects.upper_bound(Place{from.slot, *from.after}) : objects.lower_bound(from.slot);
    for (; at != objects.end() && at->first.slot <= last; ++at) {
        const auto& [place, object] = *at;
        const bool full = static_cast<int>(page.records.size()) >= maxRecords || bytes >= maxBytes;
        if (!page.records.empty() && full) {
            page.next = ObjectCursor{page.records.back().slot, page.records.back().key};
            break;
        }
        bytes += place.key.bytes().size() + object.bytes.size();
        page.records.push_back({place.slot, place.key, object.bytes, object.live});
    }
    return page;
}

void MemoryStore::forEachSlot(const std::function<void(Slot, const SlotSummary&)>& visit) const
{
    for (const auto& [slot, summary] : m_slots) {
        if (summary.objects > 0)
            visit(slot, summary);
    }
}

SlotSummary MemoryStore::slotSummary(Slot slot) const
{
    return m_occupied[slot.value] ? m_slots.at(slot) : SlotSummary{};
}

Result<std::optional<QByteArray>> MemoryStore::side(SideTable table, const QByteArray& name)
{
    const auto& entries = m_latest.side[static_cast<size_t>(table)];
    const auto found = entries.find(name);
    return found == entries.end() ? std::nullopt : std::optional(found->second);
}

Result<std::vector<SideEntry>> MemoryStore::sideScan(SideTable table, const QByteArray& after, int max)
{
    std::vector<SideEntry> found;
    const auto& entries = m_latest.side[static_cast<size_t>(table)];
    for (auto at = entries.upper_bound(after); at != entries.end() && static_cast<int>(found.size()) < max;
         ++at)
        found.push_back({at->first, at->second});
    return found;
}

std::vector<SideEntry> MemoryStore::durableSide(SideTable table) const
{
    std::vector<SideEntry> found;
    for (const auto& [name, bytes] : m_durable.side[static_cast<size_t>(table)])
        found.push_back({name, bytes});
    return found;
}

void MemoryStore::crash(size_t survivors)
{
    for (const WriteBatch& batch : std::exchange(m_survivors, {}))
        makeDurable(batch);
    for (size_t i = 0; i < std::min(survivors, m_pending.size()); ++i) {
        if (!m_pending[i].refusal)
            makeDurable(m_pending[i].batch);
    }
    m_pending.clear();
    m_stoppedCleanly = false;
    reopened();
}

void MemoryStore::losePower(size_t unsyncedLeft)
{
    while (m_unsynced.size() > unsyncedLeft) {
        applyDurably(m_unsynced.back());
        m_unsynced.pop_back();
    }
    m_unsynced.clear(); // what is left is on the disk
    crash();
}

void MemoryStore::reopen()
{
    for (const Pending& pending : m_pending) {
        if (!pending.refusal)
            makeDurable(pending.batch);
    }
    m_pending.clear();
    m_unsynced.clear();
    m_ranRelaxed = false;
    m_stoppedCleanly = true;
    reopened();
}

void MemoryStore::reopened()
{
    m_latest = m_durable;
    m_health = {};
    m_refusal.reset();
    m_continuation = m_adopted;
    m_holdsAll = !m_ranRelaxed;
}

void MemoryStore::restore(const MemoryStore& backup)
{
    m_durable = backup.m_durable;
    m_slots = backup.m_slots;
    m_occupied = backup.m_occupied;
    m_totals = backup.m_totals;
    m_adopted = false;
    m_ranRelaxed |= backup.m_ranRelaxed;
    m_unsynced.clear();
    crash();
}

void MemoryStore::rollBack(const MemoryStore& earlier)
{
    const bool relaxed = m_relaxed;
    *this = earlier;
    m_relaxed = relaxed;
    m_unsynced.clear();
    m_survivors.clear();
    crash();
}

void MemoryStore::becomeReadOnly(const QString& reason)
{
    refusePending(StoreHealth::State::ReadOnly, ErrorCode::ReadOnly, reason);
}

void MemoryStore::fail(const QString& reason, size_t survivors)
{
    for (size_t i = 0; i < std::min(survivors, m_pending.size()); ++i) {
        if (!m_pending[i].refusal)
            m_survivors.push_back(m_pending[i].batch);
    }
    refusePending(StoreHealth::State::Failed, ErrorCode::Internal, reason);
}

void MemoryStore::refusePending(StoreHealth::State state, ErrorCode code, const QString& reason)
{
    if (m_health.state == StoreHealth::State::Failed)
        return;
    m_health = {state, reason};
    m_refusal = Error{code, reason};
    m_latest = m_durable;
    for (Pending& waiting : m_pending) {
        if (!waiting.refusal)
            waiting.refusal = m_refusal;
    }
    commitPending();
}

void MemoryStore::recover()
{
    if (m_health.state == StoreHealth::State::Failed)
        return;
    m_health = {};
    m_refusal.reset();
}

void MemoryStore::damageSummary(Slot slot)
{
    ++m_slots[slot].hash;
    m_occupied.set(slot.value);
}

} // namespace ringmaster
