// SPDX-License-Identifier: GPL-3.0-or-later
// One run of the script on a disk that fails, in a process of its own that may end at any call.
//
// The calls come in the same order in every run of a seed: the writer thread asks for the free room before
// it commits, and is held there until the next group waits behind (torture_turnstile.h).
#pragma once

#include "tests/sqlite/torture_calls.h"
#include "tests/sqlite/torture_script.h"
#include "tests/sqlite/torture_turnstile.h"

#include <QAbstractEventDispatcher>
#include <QDir>
#include <QEventLoop>
#include <QThread>

#include <atomic>

namespace ringmaster::torture {

// What a run tells, in memory that outlives it.
struct Told {
    std::atomic<int> acknowledged; // batches: the first so many
    std::atomic<int> submitted;
    std::atomic<int> synced; // batches: so many, as a relaxed store said
    std::atomic<bool> ended; // the image is complete
    bool struck;             // the fault came
    char calls[8000];        // that were made, a letter each
    char problem[500];       // a promise that was broken; else empty
};

class TorturedRun {
public:
    // root: a folder that exists and is empty. image: where the disk is put as it is after the power cut that
    // ends every run.
    TorturedRun(const Script& script, Durability durability, const std::string& root, std::string image,
                Fault fault, Told& told)
        : m_script(script)
        , m_durability(durability)
        , m_fault(fault)
        , m_disk(root, fault)
        , m_image(std::move(image))
        , m_root(root)
        , m_told(told)
        , m_owner(QThread::currentThread())
    {
        wiring().add(&m_disk);
        wiring().onCrash = [this] { crash(); };
    }

    // Ends the process.
    [[noreturn]] void run()
    {
        bool going = true;
        for (size_t i = 0; going && i < m_script.sessions.size(); ++i)
            going = runSession(m_script.sessions[i]);
        if (m_fault.kind == Fault::Kind::None || m_fault.kind == Fault::Kind::Full)
            check(m_told.acknowledged == m_script.batchCount(), "in the end everything was acknowledged");
        if (m_fault.kind == Fault::Kind::None)
            check(matchesReality(), "the model knows what the files hold");
        finish();
    }

private:
    // These return false where the store can go no further.
    bool runSession(const Script::Session& session)
    {
        if (!open())
            return false;
        bool going = true;
        size_t next = 0;
        // The writer is to hold something before the first ticket: the stamp of a store that was opened
        // again, or the first group.
        if (!m_store->isContinuation() && next < session.size())
            writeGroup(session[next++]);
        waitUntil([this] { return m_turnstile->asked() > 0 || struck(); });
        for (; going && next < session.size(); ++next)
            going = runGroup(session[next]);
        m_released = m_told.submitted;
        m_turnstile->openForGood();
        going = going && endure();
        close();
        return going;
    }

    // Puts the group behind the one that the writer holds, and lets that one pass.
    bool runGroup(const Script::Group& group)
    {
        const int held = m_told.submitted;
        const int asked = m_turnstile->asked();
        writeGroup(group);
        if (struck())
            return endure();
        m_released = held;
        m_turnstile->giveTicket();
        waitUntil([&] { return (m_turnstile->asked() > asked && m_told.acknowledged >= held) || struck(); });
        return !struck() || endure();
    }

    void writeGroup(const Script::Group& group)
    {
        for (const WriteBatch& batch : group) {
            ++m_told.submitted;
            m_batches.push_back(&batch);
            write(m_told.submitted);
        }
    }

    void write(int number)
    {
        ++m_outstanding;
        m_store->write(*m_batches[static_cast<size_t>(number) - 1], [this, number](const Result<void>& done) {
            --m_outstanding;
            if (done)
                acknowledge(number);
            else
                noteRefusal(done.error());
        });
        if (m_durability == Durability::Relaxed && number % syncedEvery == 0)
            sync(number);
    }

    void sync(int number)
    {
        ++m_outstanding;
        WriteBatch nothing;
        nothing.isSynced = true;
        m_store->write(std::move(nothing), [this, number](const Result<void>& done) {
            --m_outstanding;
            if (done)
                m_told.synced = number;
            else
                noteRefusal(done.error());
        });
    }

    void acknowledge(int number)
    {
        check(number == m_told.acknowledged + 1, "batches are acknowledged in their order");
        // What was not with the writer yet when the call failed must not be written any more.
        check(!mustStop() || number <= m_released, "nothing is acknowledged after a failed write or sync");
        m_told.acknowledged = number;
    }

    void noteRefusal(const Error& error)
    {
        check(struck(), "nothing is refused without a reason");
        const bool full = m_fault.kind == Fault::Kind::Full;
        check(!full || error.code == ErrorCode::ReadOnly,
              "a full disk is told as such: " + error.message.toUtf8());
        check(full || error.code == ErrorCode::Internal,
              "a failing disk is told as such: " + error.message.toUtf8());
    }

    // Waits for all answers. After a full disk, waits for room and writes again what was refused.
    bool endure()
    {
        m_turnstile->openForGood();
        waitUntil([this] { return m_outstanding == 0; });
        if (m_fault.kind == Fault::Kind::Full) {
            while (m_told.acknowledged < m_told.submitted) {
                waitUntil([this] { return m_store->health().state != StoreHealth::State::ReadOnly; });
                check(m_store->health().state == StoreHealth::State::Ok, "a full disk passes");
                const int last = m_told.submitted;
                for (int number = m_told.acknowledged + 1; number <= last; ++number)
                    write(number);
                waitUntil([this] { return m_outstanding == 0; });
            }
            return true;
        }
        if (m_told.acknowledged < m_told.submitted)
            check(m_store->health().state == StoreHealth::State::Failed, "a failing disk stops the store");
        return m_store->health().state == StoreHealth::State::Ok;
    }

    bool open()
    {
        const bool before = struck();
        // A full disk passes, so that trying again helps.
        for (int tries = m_fault.kind == Fault::Kind::Full ? 20 : 1; tries > 0; --tries) {
            m_turnstile = std::make_shared<Turnstile>(
                [events = QAbstractEventDispatcher::instance()] { events->wakeUp(); });
            SqliteStoreOptions options =
                tortureOptions(QString::fromStdString(m_root) + QStringLiteral("/data"));
            options.durability = m_durability;
            options.freeBytes = [turnstile = m_turnstile] {
                turnstile->pass();
                return qint64{1} << 40;
            };
            auto opened = SqliteStore::open(options);
            if (opened) {
                m_store = std::move(*opened);
                const bool failed = !before && struck() && m_fault.kind == Fault::Kind::Fails;
                check(!failed || m_disk.struckCall() != Call::Sync,
                      "a store whose opening could not sync does not open");
                m_wasSound = !struck();
                return true;
            }
            check(struck(), "a store opens: " + opened.error().message.toUtf8());
        }
        check(m_fault.kind != Fault::Kind::Full, "a store opens once there is room again");
        return false;
    }

    void close()
    {
        {
            const std::scoped_lock lock(m_mutex);
            m_closing = true; // from here on a crash is the writer's own affair
        }
        leaveIfCrashed();
        m_wasSound = m_wasSound && struck();
        m_store->close();
        m_store.reset();
        check(m_outstanding == 0, "closing leaves nobody waiting");
        const std::scoped_lock lock(m_mutex);
        m_closing = false;
    }

    bool struck()
    {
        const std::scoped_lock lock(m_disk.mutex);
        return m_disk.struck();
    }
    // Whether a call failed, while the store was open, after which it must take nothing more.
    bool mustStop()
    {
        const std::scoped_lock lock(m_disk.mutex);
        const Call call = m_disk.struckCall();
        return m_fault.kind == Fault::Kind::Fails && m_disk.struck() && m_wasSound &&
               (call == Call::Sync || call == Call::Write);
    }

    // The parent ends a run that waits for ever.
    template <class Condition>
    void waitUntil(Condition condition)
    {
        {
            const std::scoped_lock lock(m_mutex);
            m_listening = true;
        }
        while (!condition()) {
            leaveIfCrashed();
            m_loop.processEvents(QEventLoop::WaitForMoreEvents);
        }
    }

    void crash()
    {
        std::unique_lock lock(m_mutex);
        if (QThread::currentThread() == m_owner || !m_listening || m_closing)
            finish();
        // The owner hears of all that was posted before; an acknowledgement among it counts.
        m_crashed = true;
        QAbstractEventDispatcher::instance(m_owner)->wakeUp();
        lock.unlock();
        for (;;)
            ::pause();
    }
    void leaveIfCrashed()
    {
        {
            const std::scoped_lock lock(m_mutex);
            if (!m_crashed)
                return;
        }
        m_loop.processEvents();
        finish();
    }

    void check(bool holds, const QByteArray& promise)
    {
        if (holds)
            return;
        qstrncpy(m_told.problem, promise.constData(), sizeof m_told.problem);
        finish();
    }

    bool matchesReality()
    {
        for (const auto& [path, inode] : m_disk.names()) {
            QFile file(QString::fromStdString(path));
            if (!inode->isFolder && (!file.open(QIODevice::ReadOnly) || file.readAll() != inode->latest()))
                return false;
        }
        return true;
    }

    // Puts the image in its place, and ends the process as a crash does: without a word to anybody.
    [[noreturn]] void finish()
    {
        wiring().remove(&m_disk);
        const std::scoped_lock lock(m_disk.mutex);
        for (const auto& [path, entry] : m_disk.afterPowerCut()) {
            const QString at = QString::fromStdString(m_image + path.substr(m_root.size()));
            QFile file(at);
            const auto& [isFolder, content] = entry;
            if (isFolder ? !QDir().mkdir(at) : !file.open(QIODevice::WriteOnly) || file.write(content) < 0)
                qstrncpy(m_told.problem, "the image cannot be written", sizeof m_told.problem);
        }
        qstrncpy(m_told.calls, m_disk.calls().c_str(), sizeof m_told.calls);
        m_told.struck = m_disk.struck();
        m_told.ended = true;
        ::_exit(0);
    }

    static constexpr int syncedEvery = 9;

    const Script& m_script;
    const Durability m_durability;
    const Fault m_fault;
    Disk m_disk;
    const std::string m_image;
    const std::string m_root;
    Told& m_told;
    QThread* const m_owner;
    QEventLoop m_loop; // and with it the thread's dispatcher
    std::unique_ptr<SqliteStore> m_store;
    std::shared_ptr<Turnstile> m_turnstile;
    std::vector<const WriteBatch*> m_batches; // that were submitted
    bool m_wasSound = false;                  // when the store was opened, and it was not closing yet
    int m_released = 0;                       // the writer may have had the first so many in hand
    int m_outstanding = 0;

    std::mutex m_mutex; // of the rest
    bool m_listening = false;
    bool m_closing = false;
    bool m_crashed = false;
};

} // namespace ringmaster::torture
