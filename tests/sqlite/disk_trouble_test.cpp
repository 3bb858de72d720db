// SPDX-License-Identifier: GPL-3.0-or-later
// A full disk, which passes, and a failing one, which does not.
#include "tests/sqlite/small_volume.h"
#include "tests/sqlite/sqlite_harness.h"

#include <QFileInfo>

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <sys/resource.h>

using namespace ringmaster;
using namespace ringmaster::contract;

namespace {

constexpr int mebibyte = 1024 * 1024;

// How much the volume says is free; holds the writer thread up while it is shut.
class Gauge {
public:
    std::function<qint64()> reading()
    {
        return [this] {
            std::unique_lock lock(m_mutex);
            ++m_waiting;
            m_changed.notify_all();
            m_changed.wait(lock, [this] { return m_open; });
            --m_waiting;
            return m_free;
        };
    }
    void set(qint64 free)
    {
        const std::scoped_lock lock(m_mutex);
        m_free = free;
    }
    void setOpen(bool open)
    {
        const std::scoped_lock lock(m_mutex);
        m_open = open;
        m_changed.notify_all();
    }
    void waitUntilAsked()
    {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [this] { return m_waiting > 0; });
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    qint64 m_free = qint64{1} << 40;
    int m_waiting = 0;
    bool m_open = true;
};

// No file of this process grows beyond this size while it lives: SQLite sees a write error.
class FileSizeLimit {
public:
    explicit FileSizeLimit(qint64 bytes)
    {
        std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &m_before);
        rlimit limit = m_before;
        limit.rlim_cur = static_cast<rlim_t>(bytes);
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &m_before); }

private:
    rlimit m_before{};
};

struct Outcomes {
    QList<ErrorCode> seen; // Absent: no error
    Store::WriteDone next()
    {
        return
            [this](const Result<void>& done) { seen.append(done ? ErrorCode::Absent : done.error().code); };
    }
};

StoreHealth::State stateOf(SqliteHarness& harness)
{
    return harness.store().health().state;
}

} // namespace

class DiskTroubleTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void withoutRoomItIsReadOnlyAndRecoversByItself()
    {
        Gauge gauge;
        SqliteHarness harness;
        harness.options().freeBytes = gauge.reading();
        harness.options().recoveryInterval = std::chrono::milliseconds(10);
        QVERIFY(harness.writeAndSettle(put(1, "k", "durable")));
        gauge.set(0);
        Outcomes outcomes;
        harness.store().write(put(1, "k", "refused"), outcomes.next());
        QVERIFY(harness.waitFor([&] { return outcomes.seen.size() == 1; }));
        QCOMPARE(outcomes.seen[0], ErrorCode::ReadOnly);
        QCOMPARE(stateOf(harness), StoreHealth::State::ReadOnly);
        QVERIFY(!harness.store().health().reason.isEmpty());
        QCOMPARE(latest(harness.store(), 1, "k"), Bytes("durable"));

        harness.store().write(put(1, "k", "refused"), outcomes.next());
        QCOMPARE(outcomes.seen.size(), 1); // never inside write()
        QVERIFY(harness.waitFor([&] { return outcomes.seen.size() == 2; }));
        QCOMPARE(outcomes.seen[1], ErrorCode::ReadOnly);

        gauge.set(qint64{1} << 40);
        QVERIFY(harness.waitFor([&] { return stateOf(harness) == StoreHealth::State::Ok; }));
        QVERIFY(harness.writeAndSettle(put(1, "k", "again")));
        QVERIFY(summariesMatch(harness.store()));
        harness.reopen();
        QCOMPARE(durable(harness.store(), 1, "k"), Bytes("again"));
    }

    // They were computed from what was refused, even if there is room for them.
    void whatWaitsBehindARefusedWriteIsRefusedToo()
    {
        Gauge gauge;
        SqliteHarness harness;
        harness.options().freeBytes = gauge.reading();
        QVERIFY(harness.writeAndSettle(put(1, "k", "durable")));
        gauge.setOpen(false);
        gauge.set(0);
        Outcomes outcomes;
        harness.store().write(put(1, "k", "1"), outcomes.next());
        gauge.waitUntilAsked(); // the writer holds the first by now
        WriteBatch second = put(1, "k", latest(harness.store(), 1, "k").value() + "2");
        second.put(SideTable::Meta, "m", "2");
        harness.store().write(std::move(second), outcomes.next());
        harness.store().write({}, outcomes.next());
        QCOMPARE(latest(harness.store(), 1, "k"), Bytes("12"));
        gauge.setOpen(true);
        QVERIFY(harness.waitFor([&] { return outcomes.seen.size() == 3; }));
        QCOMPARE(outcomes.seen, QList<ErrorCode>(3, ErrorCode::ReadOnly));
        QCOMPARE(latest(harness.store(), 1, "k"), Bytes("durable"));
        QCOMPARE(harness.store().side(SideTable::Meta, "m").value(), Bytes());
        harness.reopen();
        QCOMPARE(durable(harness.store(), 1, "k"), Bytes("durable"));
        QVERIFY(summariesMatch(harness.store()));
    }

    void aDatabaseAtItsLimitIsReadOnlyAndKeepsWhatWasAcknowledged()
    {
        SqliteHarness harness;
        harness.options().maxPages = 100;
        harness.options().foldBytes = 50000;
        int acknowledged = 0;
        while (stateOf(harness) == StoreHealth::State::Ok) {
            Outcomes outcomes;
            const QByteArray key = QByteArray::number(acknowledged);
            harness.store().write(put(acknowledged, key, QByteArray(3000, 'v')), outcomes.next());
            QVERIFY(harness.waitFor([&] { return outcomes.seen.size() == 1; }));
            acknowledged += outcomes.seen[0] == ErrorCode::Absent ? 1 : 0;
            QVERIFY(acknowledged < 1000);
        }
        QCOMPARE(stateOf(harness), StoreHealth::State::ReadOnly);
        for (int round = 0; round < 2; ++round) {
            QCOMPARE(harness.store().totals().objects, static_cast<quint64>(acknowledged));
            QVERIFY(summariesMatch(harness.store()));
            harness.options().maxPages = 0;
            harness.reopen();
        }
        QVERIFY(harness.writeAndSettle(put(1, "k", "v")));
    }

    void aVolumeThatFillsUpLosesNothingAndRecovers()
    {
        const std::optional<SmallVolume> volume = SmallVolume::mount(16 * mebibyte);
        if (!volume)
            QSKIP("a small volume cannot be mounted here");
        SqliteHarness harness;
        harness.options().directory = volume->path() + QStringLiteral("/data");
        harness.options().reserveBytes = 0; // right up to the wall
        harness.options().recoveryInterval = std::chrono::milliseconds(10);
        harness.open();
        QFile filler(volume->path() + QStringLiteral("/filler"));
        QVERIFY(filler.open(QIODevice::WriteOnly) && filler.write(QByteArray(14 * mebibyte, 'f')) > 0);
        filler.close();
        int acknowledged = 0;
        for (int round = 0; round < 3; ++round) {
            while (stateOf(harness) == StoreHealth::State::Ok) {
                Outcomes outcomes;
                const QByteArray key = QByteArray::number(acknowledged);
                harness.store().write(put(acknowledged, key, QByteArray(20000, 'v')), outcomes.next());
                QVERIFY(harness.waitFor([&] { return outcomes.seen.size() == 1; }));
                acknowledged += outcomes.seen[0] == ErrorCode::Absent ? 1 : 0;
            }
            QVERIFY2(stateOf(harness) == StoreHealth::State::ReadOnly,
                     qPrintable(harness.store().health().reason));
            QCOMPARE(harness.store().totals().objects, static_cast<quint64>(acknowledged));
            QVERIFY(QFile::resize(filler.fileName(), (13 - round) * mebibyte));
            QVERIFY(harness.waitFor([&] { return stateOf(harness) == StoreHealth::State::Ok; }));
        }
        QVERIFY(harness.writeAndSettle(put(60000, "after", "v")));
        QVERIFY(filler.remove());
        harness.reopen();
        QCOMPARE(harness.store().totals().objects, static_cast<quint64>(acknowledged + 1));
        QVERIFY(summariesMatch(harness.store()));
        harness.close();
    }

    void afterAFailedWriteNothingIsEverWrittenAgain()
    {
        SqliteHarness harness;
        QVERIFY(harness.writeAndSettle(put(1, "k", "durable")));
        const QString log = harness.databasePath() + QStringLiteral("-wal");
        Outcomes outcomes;
        {
            const FileSizeLimit limit(QFileInfo(log).size());
            harness.store().write(put(1, "k", QByteArray(10000, 'x')), outcomes.next());
            QVERIFY(harness.waitFor([&] { return outcomes.seen.size() == 1; }));
        }
        QCOMPARE(outcomes.seen[0], ErrorCode::Internal);
        QCOMPARE(stateOf(harness), StoreHealth::State::Failed);
        QCOMPARE(latest(harness.store(), 1, "k"), Bytes("durable"));
        harness.store().write(put(1, "k", "later"), outcomes.next());
        QVERIFY(harness.waitFor([&] { return outcomes.seen.size() == 2; }));
        QCOMPARE(outcomes.seen[1], ErrorCode::Internal);
        const QDateTime touched = QFileInfo(harness.databasePath()).lastModified();
        harness.close();
        QCOMPARE(QFileInfo(harness.databasePath()).lastModified(), touched);
        harness.open();
        QCOMPARE(durable(harness.store(), 1, "k"), Bytes("durable"));
        QVERIFY(harness.writeAndSettle(put(1, "k", "after opening again")));
    }
};

int main(int argc, char** argv)
{
    SmallVolume::prepareProcess(); // while there is one thread
    QCoreApplication app(argc, argv);
    DiskTroubleTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "disk_trouble_test.moc"
