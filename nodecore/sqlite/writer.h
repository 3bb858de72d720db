// SPDX-License-Identifier: GPL-3.0-or-later
// Owns the only connection which writes, on a thread of its own. It commits groups of batches as journal
// rows, and folds the journal into the keyed table in between; groups go first.
//
// A group that finds the disk full is refused, and the writer looks once in a while whether there is room
// again. Any other failure is final: after a failed sync nothing is known of what is on disk, and trying the
// sync again would tell nothing (the kernel may have dropped the pages that it could not write).
//
// Without a thread it does the same on the owner's, step by step, when it is told to: for a simulation.
#pragma once

#include "nodecore/sqlite/fold.h"
#include "nodecore/sqlite/mailbox.h"

#include <future>
#include <thread>

namespace ringmaster {

class Writer {
public:
    struct Settings {
        QString path;
        bool hasThread = true;
        bool syncEachCommit = true;
        int maxPages = 0;           // a limit of the file's size; 0 for none
        qsizetype foldBytes = 0;    // a journal of this size is folded
        size_t foldStep = 0;        // records in one transaction of a fold
        qint64 checkpointBytes = 0; // a log (WAL) of this size is carried over to the database file
        qint64 reserveBytes = 0;    // no writing while less is free on the volume
        std::chrono::milliseconds recoveryInterval{1000};
        std::function<qint64()> freeBytes; // on the volume; negative where unknown. Called on the thread
        std::function<std::chrono::steady_clock::time_point()> now; // likewise
    };
    // What opening found, for the writer to go on from.
    struct Start {
        std::vector<SlotSummary> slots; // as in the slots table
        FoldBuffer journal;
        quint64 nextSeq = 1;
    };

    Writer(Settings settings, Start start, Mailbox& mailbox);
    // Ends the thread, which closes its connection. Mailbox::stop() comes before.
    ~Writer();

    // Starts the thread; returns when it has opened the database for writing, or with why not.
    [[nodiscard]] Result<void> start();
    // Of a writer without a thread: commits the next group, if there is one, and goes on with what it does in
    // between.
    void step() { workOn(m_mailbox.take(std::chrono::milliseconds(0))); }
    // Waits until all is committed, posted and folded. The connection stays open until the end of the
    // writer, so that readers can be closed before it.
    void waitUntilDone();
    // Once that is so.
    bool hasFailed() const { return m_state == State::Failed; }
    // Once that is so: all that was committed is in the database file and synced.
    bool isAllSynced() const { return m_isAllSynced; }

private:
    enum class State { Ok, Full, Failed };

    void run();
    Result<void> open();
    bool workOn(Mailbox::Taken taken); // false: it is to stop
    void closeConnection();
    Result<std::unique_ptr<Connection>> openConnection();
    std::optional<std::chrono::milliseconds> patience() const;
    void commit(std::vector<PendingBatch> batches);
    Result<void> append(const QByteArray& row);
    Result<void> appendSynced(const QByteArray& row);
    void remember(const std::vector<PendingBatch>& batches, qsizetype rowBytes);
    void workBetween(size_t committed, bool idle);
    void fold(size_t most);
    void checkpoint();
    void fail(const Error& error, std::vector<PendingBatch> batches = {});
    bool hasRoom(qint64 bytes) const;
    void tryToRecover();
    Result<void> probe();
    void finish();
    void stopAfter(const Error& error);

    const Settings m_settings;
    Mailbox& m_mailbox;
    std::promise<Result<void>> m_opened;
    std::promise<void> m_done;
    std::promise<void> m_mayClose;
    std::thread m_thread;

    // The thread's:
    std::unique_ptr<Connection> m_connection;
    std::unique_ptr<KeyedTables> m_tables;
    std::vector<SlotSummary> m_slots;
    FoldBuffer m_buffer; // journal rows that no fold has taken up
    std::optional<Fold> m_fold;
    std::chrono::steady_clock::time_point m_noFoldBefore; // after one that found the disk full
    quint64 m_nextSeq;
    qint64 m_logBytes = 0; // written to the WAL since the last checkpoint, at most
    State m_state = State::Ok;
    bool m_isAllSynced = false;
};

} // namespace ringmaster
