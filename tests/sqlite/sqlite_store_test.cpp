// SPDX-License-Identifier: GPL-3.0-or-later
// What SqliteStore promises beyond the contract of Store.
#include "tests/sqlite/sqlite_harness.h"

#include <QFileInfo>

using namespace ringmaster;
using namespace ringmaster::contract;

class SqliteStoreTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void manyWritesShareACommit()
    {
        SqliteHarness harness;
        for (int i = 0; i < 2000; ++i)
            harness.write(put(i, "k", "v"));
        QVERIFY(harness.settle());
        const SqliteStore::Counters counters = harness.store().counters();
        QCOMPARE(counters.batches, quint64{2000});
        QVERIFY2(counters.commits <= 200, qPrintable(QString::number(counters.commits)));
    }

    void noCallbackRunsInsideWrite()
    {
        SqliteHarness harness;
        int calls = 0;
        for (int i = 0; i < 100; ++i)
            harness.store().write(put(1, "k", "v"), [&](const Result<void>&) { ++calls; });
        QCOMPARE(calls, 0);
        harness.close();
        QCOMPARE(calls, 100);
    }

    void destroyingItCommitsButCallsNobody()
    {
        SqliteHarness harness;
        int calls = 0;
        {
            auto store = SqliteStore::open(harness.options());
            (*store)->write(put(1, "k", "v"), [&](const Result<void>&) { ++calls; });
        }
        QCOMPARE(calls, 0);
        QCOMPARE(durable(harness.store(), 1, "k"), Bytes("v"));
    }

    void closingLeavesNoLogBehind()
    {
        SqliteHarness harness;
        QVERIFY(harness.writeAndSettle(put(1, "k", "v")));
        harness.close();
        QVERIFY(!QFileInfo::exists(harness.databasePath() + QStringLiteral("-wal")));
    }

    void coldReadsComeFromDiskOnceAndFromTheCacheThen()
    {
        SqliteHarness harness;
        for (int i = 0; i < 100; ++i)
            harness.write(put(i / 2, QByteArray::number(i), "v"));
        QVERIFY(harness.settle());
        harness.reopen();
        for (int round = 0; round < 2; ++round) {
            for (int i = 0; i < 100; ++i)
                QCOMPARE(durable(harness.store(), i / 2, QByteArray::number(i)), Bytes("v"));
        }
        // One for each, and one for the store's own identity.
        QCOMPARE(harness.store().counters().diskReads, quint64{101});
        QCOMPARE(durable(harness.store(), 60000, "in an empty slot"), Bytes());
        QCOMPARE(harness.store().counters().diskReads, quint64{101});
    }

    void aQuietStoreFoldsItsJournal()
    {
        SqliteHarness harness;
        QVERIFY(harness.writeAndSettle(put(1, "k", QByteArray(100000, 'v'))));
        QVERIFY(harness.waitFor([&] { return harness.store().counters().folds == 1; }));
        QCOMPARE(durable(harness.store(), 1, "k"), Bytes(QByteArray(100000, 'v')));
    }

    void summariesAndScansHoldWhileFoldsGoOn()
    {
        SqliteHarness harness;
        harness.options().foldBytes = 50000;
        harness.options().cacheBytes = 100000;
        for (int round = 0; round < 20; ++round) {
            for (int i = 0; i < 300; ++i) {
                const int which = (round * 131 + i * 7) % 1000;
                harness.write(
                    put(which * 60, "k", QByteArray(100, static_cast<char>('a' + round)), i % 3 > 0));
            }
            QVERIFY(scanAll(harness.store()).has_value());
            QVERIFY(harness.settle());
            QVERIFY(summariesMatch(harness.store()));
        }
        QVERIFY(harness.store().counters().folds > 0);
        harness.reopen();
        QVERIFY(summariesMatch(harness.store()));
    }

    void aBatchThatIsTooLargeIsRefusedWhole()
    {
        SqliteHarness harness;
        WriteBatch batch = put(1, "small", "v");
        batch.putObject(Slot{1}, keyOf("big"), QByteArray(maxBatchBytes + 1, 'v'), true);
        ErrorCode code = ErrorCode::Absent;
        harness.store().write(std::move(batch), [&](const Result<void>& done) { code = done.error().code; });
        QVERIFY(harness.waitFor([&] { return code != ErrorCode::Absent; }));
        QCOMPARE(code, ErrorCode::TooLarge);
        QCOMPARE(latest(harness.store(), 1, "small"), Bytes());
        QVERIFY(harness.writeAndSettle(put(1, "small", "v")));
    }

    void severalStoresFitIntoOneProcess()
    {
        SqliteHarness one, two;
        QVERIFY(one.writeAndSettle(put(1, "k", "one")));
        QVERIFY(two.writeAndSettle(put(1, "k", "two")));
        QCOMPARE(durable(one.store(), 1, "k"), Bytes("one"));
        QCOMPARE(durable(two.store(), 1, "k"), Bytes("two"));
    }

    void aSecondStoreInTheSameFolderIsRefused()
    {
        SqliteHarness harness;
        harness.open();
        const auto second = SqliteStore::open(harness.options());
        QCOMPARE(second.error().code, ErrorCode::Conflict);
        harness.close();
        QVERIFY(SqliteStore::open(harness.options()));
    }
};

QTEST_GUILESS_MAIN(SqliteStoreTest)
#include "sqlite_store_test.moc"
