// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/repair/tree_check.h"

namespace ringmaster {

namespace {

constexpr Duration rest = std::chrono::milliseconds(1);
constexpr Duration retry = std::chrono::seconds(1);
constexpr int recordsAStep = 1000;
constexpr qsizetype bytesAStep = 1024 * 1024;

void count(std::map<Slot, SlotSummary>& counts, const ObjectPage& page)
{
    for (const ObjectRecord& record : page.records) {
        SlotSummary& slot = counts[record.slot];
        ++slot.objects;
        slot.live += record.live ? 1 : 0;
        slot.hash += recordHash(record.key, record.bytes);
    }
}

} // namespace

TreeCheck::TreeCheck(Ports ports, std::function<void()> passed, std::function<void(const QString&)> damaged)
    : m_ports(ports)
    , m_passed(std::move(passed))
    , m_damaged(std::move(damaged))
{}

void TreeCheck::start()
{
    if (!m_ports.store.wasStoppedCleanly())
        return goOn();
    m_hasPassed = true;
    m_passed();
}

Result<Slot> TreeCheck::recount(Counts& counts)
{
    const ObjectCursor begin{Slot{static_cast<quint16>(m_next)}, std::nullopt};
    Result<ObjectPage> page = m_ports.store.scan(begin, lastSlot, recordsAStep, bytesAStep);
    if (!page)
        return tl::make_unexpected(page.error());
    count(counts, *page);
    if (!page->next)
        return lastSlot;
    // The page may have ended in the middle of a slot: to its end.
    const Slot last = page->next->slot;
    std::optional<ObjectCursor> cursor = page->next;
    while (cursor) {
        page = m_ports.store.scan(*cursor, last, recordsAStep, bytesAStep);
        if (!page)
            return tl::make_unexpected(page.error());
        count(counts, *page);
        cursor = std::move(page->next);
    }
    return last;
}

bool TreeCheck::compare(const Counts& counts, Slot last)
{
    for (; m_next <= last.value; ++m_next) {
        const Slot slot{static_cast<quint16>(m_next)};
        const auto counted = counts.find(slot);
        const SlotSummary expected = counted == counts.end() ? SlotSummary{} : counted->second;
        if (expected == m_ports.store.slotSummary(slot))
            continue;
        m_damaged(
            QStringLiteral("the store's summary of slot %1 does not fit the objects in it").arg(slot.value));
        return false;
    }
    return true;
}

void TreeCheck::goOn()
{
    Counts counts;
    const Result<Slot> last = recount(counts);
    if (!last) {
        m_ports.timers.startAt(m_ports.clock.now() + retry, [this] { goOn(); });
        return;
    }
    if (!compare(counts, *last))
        return;
    if (m_next < slotCount) {
        m_ports.timers.startAt(m_ports.clock.now() + rest, [this] { goOn(); });
        return;
    }
    m_hasPassed = true;
    m_passed();
}

} // namespace ringmaster
