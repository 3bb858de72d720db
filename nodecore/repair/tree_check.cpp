// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/repair/tree_check.h"

#include "nodecore/version/sibling_set.h"

namespace ringmaster {

namespace {

constexpr Duration rest = std::chrono::milliseconds(1);
constexpr Duration retry = std::chrono::seconds(1);
constexpr int recordsAStep = 1000;
constexpr qsizetype bytesAStep = 1024 * 1024;

} // namespace

void TreeCheck::count(Counts& counts, const ObjectPage& page)
{
    for (const ObjectRecord& record : page.records) {
        Counted& slot = counts[record.slot];
        ++slot.summary.objects;
        slot.summary.live += record.live ? 1 : 0;
        slot.summary.hash += recordHash(record.key, record.bytes);
        if (SiblingSet::verify(record.key, record.bytes) > Soundness::Incomplete)
            slot.damaged.push_back(record);
    }
}

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
        SlotSummary expected = m_ports.store.slotSummary(slot);
        const SlotSummary found = counted == counts.end() ? SlotSummary{} : counted->second.summary;
        if (counted != counts.end() && !counted->second.damaged.empty()) {
            expected.hash = found.hash;
            for (const ObjectRecord& record : counted->second.damaged) {
                if (m_ports.damagedRecord)
                    m_ports.damagedRecord(record);
            }
        }
        if (found == expected)
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
