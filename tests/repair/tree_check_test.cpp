// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/repair/tree_check.h"
#include "nodecore/storage/memory_store.h"
#include "tests/support/virtual_cluster.h"

#include <QtTest>

using namespace ringmaster;
using namespace std::chrono_literals;

namespace {

// A store with some objects in some slots, and a check of it in virtual time.
class Bench {
public:
    explicit Bench(int objects)
    {
        WriteBatch batch;
        for (int i = 0; i < objects; ++i) {
            const Slot slot{static_cast<quint16>(i * 7 % 600 * 100)};
            const Key key = keyOf(QByteArray::number(i));
            SiblingSet set;
            set.write(key, {}, QByteArray::number(i), ActorId{1}, WallTime{1});
            batch.putObject(slot, key, set.encoded(), i % 3 > 0);
        }
        store.write(std::move(batch), [](const Result<void>&) {});
        store.commitPending();
    }

    void run()
    {
        check.start();
        for (int step = 0; step < 10'000 && timers.nextDue(); ++step) {
            queue.after(*timers.nextDue() - queue.now(), [] {});
            queue.runNext();
            timers.runDue(queue.now());
        }
    }

    EventQueue queue;
    VirtualClock clock{queue};
    Timers timers;
    MemoryStore store;
    int passed = 0;
    QString damage;
    std::vector<Key> damaged;
    TreeCheck check{
        {clock, timers, store, [this](const ObjectRecord& record) { damaged.push_back(record.key); }},
        [this] { ++passed; },
        [this](const QString& why) { damage = why; }};
};

} // namespace

class TreeCheckTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aStoreThatWasClosedIsBelievedAtOnce()
    {
        Bench bench(10);
        bench.check.start();
        QCOMPARE(bench.passed, 1);
    }

    void afterACrashEverySummaryIsCounted_data()
    {
        QTest::addColumn<int>("objects");
        QTest::newRow("none") << 0;
        QTest::newRow("few") << 10;
        QTest::newRow("many steps") << 12'345;
    }
    void afterACrashEverySummaryIsCounted()
    {
        QFETCH(int, objects);
        Bench bench(objects);
        bench.store.crash();
        bench.run();
        QCOMPARE(bench.passed, 1);
        QVERIFY(bench.check.hasPassed());
        QVERIFY2(bench.damage.isEmpty(), qPrintable(bench.damage));
    }

    void aWrongSummaryIsNamed_data()
    {
        QTest::addColumn<int>("slot");
        QTest::newRow("first slot") << 0;
        QTest::newRow("last slot") << 65535;
        QTest::newRow("a slot without objects") << 12'345;
        QTest::newRow("a slot with objects") << 700;
    }
    void aWrongSummaryIsNamed()
    {
        QFETCH(int, slot);
        Bench bench(5000);
        bench.store.damageSummary(Slot{static_cast<quint16>(slot)});
        bench.store.crash();
        bench.run();
        QCOMPARE(bench.passed, 0);
        QVERIFY2(bench.damage.contains(QStringLiteral("slot %1 ").arg(slot)), qPrintable(bench.damage));
    }

    void aDamagedRecordIsNoWrongSummary()
    {
        Bench bench(5000);
        QVERIFY(bench.store.flipBit(Slot{700}, keyOf("1"), 999));
        bench.store.crash();
        bench.run();
        QVERIFY2(bench.damage.isEmpty(), qPrintable(bench.damage));
        QCOMPARE(bench.passed, 1);
        QVERIFY(bench.damaged == std::vector<Key>{keyOf("1")});
    }

    // Until then it neither asks for trees nor shows its own; afterwards what differs is repaired.
    void aNodeThatCrashedIsRepairedAllTheSame()
    {
        VirtualCluster cluster({});
        QVERIFY(cluster.startAll());
        QVERIFY(cluster.put(0, "before", "v"));
        cluster.crash(2);
        cluster.runFor(3s);
        QVERIFY(cluster.put(0, "meanwhile", "v"));
        cluster.start(2);
        QVERIFY(cluster.runUntil([&] { return cluster.store(2).totals().objects == 2; }));
    }
};

QTEST_GUILESS_MAIN(TreeCheckTest)
#include "tree_check_test.moc"
