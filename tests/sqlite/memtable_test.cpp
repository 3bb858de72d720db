// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/sqlite/memtable.h"

#include <QTest>

using namespace ringmaster;

namespace {

constexpr qsizetype plenty = 1 << 30;

Value valueOf(const QByteArray& bytes)
{
    return {true, true, bytes};
}

void settleAll(Memtable& table)
{
    while (table.settle(1)) {
    }
    table.trim();
}

} // namespace

class MemtableTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aStagedVersionIsLatestButNotDurable()
    {
        Memtable table(plenty);
        Memtable::Entry& entry = table.addClean(1, "k", valueOf("old"));
        table.stage(entry, valueOf("new"));
        QCOMPARE(entry.durable().bytes, QByteArray("old"));
        QCOMPARE(entry.latest().bytes, QByteArray("new"));
        table.commit(entry, valueOf("new"), 1);
        QCOMPARE(entry.durable().bytes, QByteArray("new"));
    }

    void versionsBecomeDurableOneByOne()
    {
        Memtable table(plenty);
        Memtable::Entry& entry = table.addClean(1, "k", {});
        table.stage(entry, valueOf("1"));
        table.stage(entry, valueOf("2"));
        table.commit(entry, valueOf("1"), 1);
        QCOMPARE(entry.durable().bytes, QByteArray("1"));
        QCOMPARE(entry.latest().bytes, QByteArray("2"));
        table.rollBack(entry);
        QCOMPARE(entry.latest().bytes, QByteArray("1"));
    }

    void onlyCleanEntriesLeaveTheCache()
    {
        Memtable table(0);
        table.stage(table.addClean(1, "pending", {}), valueOf("v"));
        table.replay(1, "unfolded", valueOf("v"), 1);
        table.addClean(1, "clean", valueOf("v"));
        table.trim();
        table.trim(); // the first pass may give a second chance
        QVERIFY(table.find(1, "pending") != nullptr);
        QVERIFY(table.find(1, "unfolded") != nullptr);
        QVERIFY(table.find(1, "clean") == nullptr);
        QCOMPARE(table.cleanBytes(), 0);
    }

    void anEntryIsCleanOnceItsRowIsFoldedAndNothingIsPending()
    {
        Memtable table(0);
        table.replay(1, "a", valueOf("v"), 1);
        table.replay(2, "b", valueOf("v"), 2);
        Memtable::Entry& rewritten = *table.find(1, "a");
        table.stage(rewritten, valueOf("w"));
        table.markFolded(1);
        settleAll(table);
        QVERIFY(table.find(1, "a") != nullptr);
        QVERIFY(table.find(2, "b") != nullptr);
        table.rollBack(rewritten); // what the keyed table holds is the newest again
        table.markFolded(2);
        settleAll(table);
        QVERIFY(table.find(1, "a") == nullptr);
        QVERIFY(table.find(2, "b") == nullptr);
        QVERIFY(table.next(0, nullptr, areaCount - 1) == nullptr);
    }

    void aVersionCommittedAfterTheFoldStaysUntilTheNext()
    {
        Memtable table(0);
        table.replay(1, "a", valueOf("v"), 1);
        Memtable::Entry& entry = *table.find(1, "a");
        table.stage(entry, valueOf("w"));
        table.commit(entry, valueOf("w"), 2);
        table.markFolded(1);
        settleAll(table);
        QVERIFY(table.find(1, "a") != nullptr);
        table.markFolded(2);
        settleAll(table);
        QVERIFY(table.find(1, "a") == nullptr);
    }

    void aUsedEntryOutlivesOneThatIsNot()
    {
        Memtable table(plenty);
        table.addClean(1, "a", valueOf("v"));
        const qsizetype each = table.cleanBytes();
        Memtable small(2 * each);
        for (const char* name : {"a", "b"})
            small.addClean(1, name, valueOf("v"));
        QVERIFY(small.find(1, "a") != nullptr);
        small.addClean(1, "c", valueOf("v"));
        small.trim();
        QVERIFY(small.find(1, "a") != nullptr);
        QVERIFY(small.find(1, "b") == nullptr);
        QVERIFY(small.cleanBytes() <= 2 * each);
    }

    void entriesAreInTheOrderOfAreaAndUnsignedBytes()
    {
        Memtable table(plenty);
        table.addClean(2, "\xff", {});
        table.addClean(2, "a", {});
        table.addClean(65536, "", {});
        table.addClean(1, "z", {});
        QByteArrayList names;
        const Memtable::Entry* at = table.next(0, nullptr, 65536);
        for (; at != nullptr; at = table.next(at->area(), &at->name(), 65536))
            names.append(at->name());
        QCOMPARE(names, (QByteArrayList{"z", "a", "\xff", ""}));
        QVERIFY(table.next(3, nullptr, 65535) == nullptr);
    }
};

QTEST_GUILESS_MAIN(MemtableTest)
#include "memtable_test.moc"
