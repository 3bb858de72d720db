// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/sqlite/mailbox.h"

namespace ringmaster {

namespace {

// A group's commit is one blob in memory and one row on disk.
constexpr qsizetype maxGroupBytes = qsizetype{4} << 20;

} // namespace

void Mailbox::enqueue(PendingBatch batch)
{
    bool isFirst = false;
    {
        const std::scoped_lock lock(m_mutex);
        isFirst = m_queue.empty();
        if (isFirst || m_queue.back().bytes + batch.bytes > maxGroupBytes)
            m_queue.emplace_back();
        m_queue.back().bytes += batch.bytes;
        m_queue.back().batches.push_back(std::move(batch));
    }
    if (isFirst)
        m_changed.notify_one();
}

std::vector<WriterEvent> Mailbox::takeEvents()
{
    const std::scoped_lock lock(m_mutex);
    m_awake = false;
    return std::exchange(m_events, {});
}

std::vector<PendingBatch> Mailbox::takeBackAndResume()
{
    std::vector<PendingBatch> taken;
    const std::scoped_lock lock(m_mutex);
    for (Group& group : m_queue)
        std::move(group.batches.begin(), group.batches.end(), std::back_inserter(taken));
    m_queue.clear();
    m_stalled = false;
    m_changed.notify_one();
    return taken;
}

void Mailbox::stop()
{
    const std::scoped_lock lock(m_mutex);
    m_stopping = true;
    m_changed.notify_one();
}

Mailbox::Taken Mailbox::take(std::optional<std::chrono::milliseconds> atMost)
{
    std::unique_lock lock(m_mutex);
    const auto ready = [this] { return m_stopping || (!m_stalled && !m_queue.empty()); };
    if (atMost)
        m_changed.wait_for(lock, *atMost, ready);
    else
        m_changed.wait(lock, ready);
    Taken taken;
    if (m_stalled || m_queue.empty()) {
        taken.stopping = m_stopping;
        return taken;
    }
    taken.batches = std::move(m_queue.front().batches);
    m_queue.pop_front();
    return taken;
}

void Mailbox::post(WriterEvent event)
{
    bool sleeping = false;
    {
        const std::scoped_lock lock(m_mutex);
        m_stalled |= event.kind == WriterEvent::Kind::Failed;
        m_events.push_back(std::move(event));
        sleeping = !std::exchange(m_awake, true);
    }
    if (sleeping)
        m_wake();
}

} // namespace ringmaster
