// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/repair/scrubber.h"

#include <algorithm>

namespace ringmaster {

namespace {

constexpr int recordsScrubbedAtOnce = 256;
constexpr qsizetype bytesScrubbedAtOnce = 512 * 1024;
constexpr int hintsScrubbedAtOnce = 256;
constexpr Duration leastRest = std::chrono::milliseconds(2);

QByteArray scrubNoteName()
{
    return QByteArrayLiteral("scrub");
}

} // namespace

Scrubber::Scrubber(Ports ports, Duration within)
    : m_ports(ports)
    , m_within(within)
{}

void Scrubber::start()
{
    if (m_within <= Duration{0})
        return;
    int slot = 0;
    const auto noted = m_ports.store.side(SideTable::Meta, scrubNoteName());
    if (noted && *noted) {
        ByteReader from(**noted);
        const quint64 stored = from.varint();
        if (from.finished() && stored < slotCount)
            slot = static_cast<int>(stored);
    }
    begin(slot);
}

void Scrubber::runNow()
{
    m_progress.isUrgent = true;
    begin(0);
}

void Scrubber::begin(int slot)
{
    m_progress.isRunning = true;
    m_progress.slot = m_noted = slot;
    m_progress.objects = 0;
    m_began = m_ports.clock.now() + -(m_within / slotCount * slot);
    m_cursor.reset();
    m_hint.reset();
    continueAt(m_ports.clock.now());
}

void Scrubber::continueAt(MonoTime when)
{
    m_ports.timers.cancel(m_timer);
    m_timer = m_ports.timers.startAt(when, [this] { goOn(); });
}

MonoTime Scrubber::dueOf(int slot) const
{
    return m_progress.isUrgent ? MonoTime{} : m_began + m_within / slotCount * slot;
}

MonoTime Scrubber::soon(MonoTime began) const
{
    const MonoTime now = m_ports.clock.now();
    return now + std::max(leastRest, m_ports.pacing.restAfter(now - began));
}

void Scrubber::goOn()
{
    const MonoTime began = m_ports.clock.now();
    if (m_hint)
        return readHints();
    int& slot = m_progress.slot;
    while (!m_cursor && slot < slotCount &&
           m_ports.store.slotSummary(Slot{static_cast<quint16>(slot)}).objects == 0)
        ++slot;
    if (slot - m_noted >= slotsBetweenNotes)
        note();
    if (slot == slotCount) {
        m_hint = 0;
        return continueAt(std::max(soon(began), dueOf(slot)));
    }
    if (!m_cursor && dueOf(slot) > began)
        return continueAt(dueOf(slot));
    if (readOn())
        ++slot;
    continueAt(soon(began));
}

// A step of the slot; true at its end.
bool Scrubber::readOn()
{
    const Slot slot{static_cast<quint16>(m_progress.slot)};
    const ObjectCursor from = m_cursor.value_or(ObjectCursor{slot, std::nullopt});
    m_cursor.reset();
    Result<ObjectPage> page = m_ports.store.scanDisk(from, slot, recordsScrubbedAtOnce, bytesScrubbedAtOnce);
    if (!page) {
        ++m_progress.unreadable;
        return true;
    }
    for (const ObjectRecord& record : page->records)
        m_ports.replica.inspect(record);
    m_progress.objects += page->records.size();
    m_cursor = std::move(page->next);
    return !m_cursor;
}

void Scrubber::readHints()
{
    const MonoTime began = m_ports.clock.now();
    for (int i = 0; i < hintsScrubbedAtOnce; ++i) {
        m_hint = m_ports.hints.inspectNext(*m_hint);
        if (!m_hint)
            return endPass();
    }
    continueAt(soon(began));
}

// Refused: a restart repeats some of the pass.
void Scrubber::note()
{
    m_noted = m_progress.slot;
    ByteWriter to;
    to.varint(static_cast<quint64>(m_progress.slot % slotCount));
    WriteBatch batch;
    batch.put(SideTable::Meta, scrubNoteName(), to.take());
    m_ports.store.write(std::move(batch), [](const Result<void>&) {});
}

void Scrubber::endPass()
{
    ++m_progress.passes;
    m_progress.lastEnded = m_ports.clock.wallNow();
    m_progress.isRunning = m_progress.isUrgent = false;
    m_progress.slot = 0;
    note();
    if (m_within <= Duration{0})
        return;
    // The next one is not due before this one was to end.
    m_ports.timers.cancel(m_timer);
    m_timer = m_ports.timers.startAt(std::max(m_ports.clock.now(), m_began + m_within), [this] { begin(0); });
}

} // namespace ringmaster
