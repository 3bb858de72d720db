// SPDX-License-Identifier: GPL-3.0-or-later
// The real store under the simulator: what it keeps over crashes, and that its runs can be repeated.
#include "tests/sim/sqlite_disk.h"
#include "tests/storage/store_contract.h"
#include "tests/support/virtual_cluster.h"

using namespace ringmaster;
using namespace ringmaster::contract;
using namespace std::chrono_literals;

namespace {

Duration noTime()
{
    return Duration{0};
}

WriteBatch actor(const QByteArray& name)
{
    WriteBatch batch;
    batch.put(SideTable::Meta, actorEntryName.toByteArray(), name);
    return batch;
}

} // namespace

class SqliteDiskTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void nothingIsCommittedUntilItIsTold()
    {
        SqliteDisk disk(1, noTime);
        bool isDone = false;
        disk.store().write(put(1, "k", "v"), [&](const Result<void>& done) { isDone = done.has_value(); });
        QCOMPARE(disk.pending(), size_t{1});
        QCOMPARE(durable(disk.store(), 1, "k"), Bytes());
        disk.commitPending();
        QVERIFY(isDone && disk.pending() == 0);
        QCOMPARE(durable(disk.store(), 1, "k"), Bytes("v"));
    }

    void aCrashKeepsWhatWasCommittedAndNothingElse()
    {
        SqliteDisk disk(1, noTime);
        disk.store().write(actor("first"), {});
        disk.store().write(put(1, "k", "v"), {});
        disk.commitPending();
        for (int life = 0; life < 5; ++life) {
            disk.store().write(put(1, "lost", "v"), {});
            disk.crash(0);
            QVERIFY(disk.store().isContinuation());
            QVERIFY(disk.store().holdsAllAcknowledged());
            QCOMPARE(durable(disk.store(), 1, "k"), Bytes("v"));
            QCOMPARE(durable(disk.store(), 1, "lost"), Bytes());
        }
    }

    void aCrashInTheMiddleOfACommitLeavesAllOfItOrNothing()
    {
        int whole = 0;
        constexpr int seeds = 60;
        for (quint64 seed = 0; seed < seeds; ++seed) {
            SqliteDisk disk(seed, noTime);
            disk.store().write(actor("first"), {});
            disk.commitPending();
            bool isDone = false;
            disk.store().write(put(1, "a", QByteArray(5000, 'a')),
                               [&](const Result<void>&) { isDone = true; });
            disk.store().write(put(2, "b", "b"), {});
            disk.crash(1);
            QVERIFY(!isDone && disk.store().isContinuation());
            const bool hasA = durable(disk.store(), 1, "a").has_value();
            QCOMPARE(durable(disk.store(), 2, "b").has_value(), hasA);
            QVERIFY(summariesMatch(disk.store()));
            whole += hasA ? 1 : 0;
        }
        QVERIFY2(whole > 0 && whole < seeds, qPrintable(QString::number(whole)));
    }

    void aRelaxedStoreThatLosesPowerKnowsIt()
    {
        int lost = 0;
        for (quint64 seed = 0; seed < 20; ++seed) {
            SqliteDisk disk(seed, noTime);
            disk.setRelaxed(true);
            disk.crash(0);
            disk.store().write(actor("first"), {});
            disk.commitPending();
            disk.store().write(put(1, "k", "v"), {});
            disk.commitPending();
            disk.crash(0);
            QVERIFY(disk.store().isContinuation()); // its stamps are synced all the same
            QVERIFY(!disk.store().holdsAllAcknowledged());
            lost += durable(disk.store(), 1, "k") ? 0 : 1;
        }
        QVERIFY(lost > 0);
    }

    void aBackupThatIsCopiedBackIsNoContinuation()
    {
        SqliteDisk disk(1, noTime);
        disk.store().write(actor("first"), {});
        disk.store().write(put(1, "k", "old"), {});
        disk.commitPending();
        const auto backup = disk.backup();
        disk.store().write(put(1, "k", "new"), {});
        disk.commitPending();
        disk.restore(*backup, VirtualDisk::Restored::Copied);
        QCOMPARE(durable(disk.store(), 1, "k"), Bytes("old"));
        QVERIFY(!disk.store().isContinuation());
    }

    void aBackupOfTheSameOpeningThatIsRolledBackIsOne()
    {
        SqliteDisk disk(1, noTime);
        disk.store().write(actor("first"), {});
        disk.commitPending();
        const auto backup = disk.backup();
        disk.store().write(put(1, "k", "new"), {});
        disk.commitPending();
        disk.restore(*backup, VirtualDisk::Restored::RolledBack);
        QCOMPARE(durable(disk.store(), 1, "k"), Bytes());
        QVERIFY(disk.store().isContinuation());
    }

    void aFullDiskRefusesAndRecovers()
    {
        SqliteDisk disk(1, noTime);
        std::optional<Result<void>> outcome;
        const auto note = [&](const Result<void>& done) { outcome = done; };
        disk.becomeReadOnly({});
        disk.store().write(put(1, "k", "v"), note);
        disk.commitPending();
        QCOMPARE(outcome->error().code, ErrorCode::ReadOnly);
        disk.recover();
        disk.store().write(put(1, "k", "v"), note);
        disk.commitPending();
        QVERIFY(outcome->has_value());
    }

    void aFailedSyncStopsItUntilTheCrash()
    {
        SqliteDisk disk(1, noTime);
        std::optional<Result<void>> outcome;
        disk.store().write(put(1, "k", "v"), [&](const Result<void>& done) { outcome = done; });
        disk.failSync({}, 0);
        QVERIFY(outcome && !*outcome);
        QCOMPARE(outcome->error().code, ErrorCode::Internal);
        QCOMPARE(disk.store().health().state, StoreHealth::State::Failed);
        disk.crash(0);
        QCOMPARE(disk.store().health().state, StoreHealth::State::Ok);
    }

    void whereNothingWaitsForASyncNoneFailsLater()
    {
        SqliteDisk disk(1, noTime);
        std::optional<Result<void>> outcome;
        disk.failSync({}, 0);
        disk.store().write(put(1, "k", "v"), [&](const Result<void>& done) { outcome = done; });
        disk.commitPending();
        QVERIFY(outcome && *outcome);
        QCOMPARE(disk.store().health().state, StoreHealth::State::Ok);
    }

    void aClusterOnRealStoresRunsTheSameTwice()
    {
        const auto run = [] {
            VirtualClusterConfig config;
            config.makeDisk = [](int node) { return std::make_unique<SqliteDisk>(quint64(node), noTime); };
            VirtualCluster cluster(config);
            if (!cluster.startAll())
                return QStringList();
            for (int k = 0; k < 60; ++k) {
                const auto put = cluster.put(k % 2, "k" + QByteArray::number(k), QByteArray(100, 'v'));
                if (!put || k != 30)
                    continue;
                cluster.crash(1, 1);
                cluster.start(1);
                if (!cluster.runUntil([&] { return cluster.node(1).isServing(); }))
                    return QStringList();
            }
            cluster.runFor(30s);
            QStringList trace = cluster.log();
            for (int i = 0; i < 3; ++i)
                trace << QString::number(cluster.disk(i).store().totals().objects);
            return trace << QString::number(cluster.network().messagesSent());
        };
        const QStringList once = run();
        QVERIFY(once.size() > 3);
        QCOMPARE(once.at(once.size() - 2), QStringLiteral("60"));
        QCOMPARE(run(), once);
    }
};

QTEST_GUILESS_MAIN(SqliteDiskTest)
#include "sqlite_disk_test.moc"
