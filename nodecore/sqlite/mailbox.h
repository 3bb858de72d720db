// SPDX-License-Identifier: GPL-3.0-or-later
// Between the owner's thread and the writer thread: batches one way, what became of them the other.
//
// Batches wait in groups, so that the writer takes all that has gathered in one go. When a group failed, the
// writer posts that and is *stalled*: the batches behind it were computed from what has just failed, so none
// of them may be committed. The owner takes them back, refuses them all, and lets the writer go on.
//
// Every function may be called from any thread.
#pragma once

#include "nodecore/sqlite/pending_batch.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>

namespace ringmaster {

struct WriterEvent {
    enum class Kind {
        Committed, // batches are durable by journal row seq
        Failed,    // batches were not committed, for error; the writer is stalled
        Folded,    // the keyed table holds the journal up to row seq
        Recovered, // there is room on the disk again
    };
    Kind kind;
    std::vector<PendingBatch> batches;
    quint64 seq = 0;
    Error error;
};

class Mailbox {
public:
    // wake is called, on the writer's thread, when there are events and no call was made since the last
    // takeEvents().
    explicit Mailbox(std::function<void()> wake)
        : m_wake(std::move(wake))
    {}

    // The owner's side.
    void enqueue(PendingBatch batch);
    std::vector<WriterEvent> takeEvents();
    std::vector<PendingBatch> takeBackAndResume();
    // The writer ends when it has committed what is queued, or at once where it is stalled.
    void stop();

    // The writer's side.
    struct Taken {
        std::vector<PendingBatch> batches; // empty when time ran out, or when stopping
        bool stopping = false;             // and nothing is left to take
    };
    // Waits for batches; without a time for as long as it takes.
    Taken take(std::optional<std::chrono::milliseconds> atMost);
    void post(WriterEvent event);

private:
    struct Group {
        std::vector<PendingBatch> batches;
        qsizetype bytes = 0;
    };

    const std::function<void()> m_wake;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    // Guarded by m_mutex:
    std::deque<Group> m_queue;
    std::vector<WriterEvent> m_events;
    bool m_awake = false; // m_wake was called for m_events
    bool m_stalled = false;
    bool m_stopping = false;
};

} // namespace ringmaster
