// SPDX-License-Identifier: GPL-3.0-or-later
// A fold that stops after any of its steps, as if the process had been killed there.
#include "nodecore/sqlite/fold.h"
#include "nodecore/sqlite/journal_codec.h"
#include "nodecore/sqlite/schema.h"
#include "tests/sqlite/sqlite_harness.h"

#include <map>

using namespace ringmaster;

namespace {

using Content = std::map<std::pair<Area, QByteArray>, Value>;

// Journal rows 1 to 3 after each other: puts, overwrites, removals, and a side entry.
std::vector<std::vector<Change>> journalRows()
{
    Content content;
    const auto change = [&content](Area area, const QByteArray& name, const Value& next) {
        Value& now = content[{area, name}];
        Change made{area, name, next, {}};
        if (isSlot(area))
            made.delta = summaryDelta(name, now, next);
        now = next;
        return made;
    };
    const auto live = [](const QByteArray& bytes) { return Value{true, true, bytes}; };
    std::vector<std::vector<Change>> rows(3);
    for (int i = 0; i < 6; ++i)
        rows[0].push_back(change(static_cast<Area>(i), "k" + QByteArray::number(i), live("first")));
    rows[1].push_back(change(2, "k2", live("second")));
    rows[1].push_back(change(3, "k3", {}));
    rows[1].push_back(change(areaOf(SideTable::Meta), "m", live("meta")));
    rows[2].push_back(change(2, "k2", {true, false, "tombstone"}));
    rows[2].push_back(change(2, "another", live("new")));
    return rows;
}

// Puts the rows into a new database and folds for at most that many steps; returns whether it was done.
bool foldPartly(const QString& path, int steps, size_t most)
{
    auto connection = Connection::open(path, Connection::Access::ReadWrite);
    auto tables = KeyedTables::on(**connection);
    FoldBuffer buffer;
    quint64 seq = 0;
    for (const std::vector<Change>& row : journalRows()) {
        JournalEncoder encoder;
        for (const Change& change : row) {
            encoder.add(change);
            buffer.addChange(change);
        }
        const QByteArray bytes = encoder.take();
        buffer.addRow(++seq, bytes.size());
        if (!(*tables)->appendJournal(seq, bytes))
            qFatal("the journal cannot be written");
    }
    std::vector<SlotSummary> slotSums(slotCount);
    Fold fold(std::move(buffer), slotSums);
    for (; steps > 0; --steps) {
        const Result<bool> done = fold.step(**tables, most);
        if (!done)
            qFatal("%s", qPrintable(done.error().message));
        if (*done)
            return true;
    }
    return false;
}

} // namespace

class FoldTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void whereverAFoldStopsTheStoreIsTheSame_data()
    {
        QTest::addColumn<int>("most");
        for (int most : {1, 2, 3, 7, 1000})
            QTest::addRow("%d rows a step", most) << most;
    }

    void whereverAFoldStopsTheStoreIsTheSame()
    {
        QFETCH(int, most);
        bool done = false;
        int steps = 0;
        for (; !done; ++steps) {
            SqliteHarness harness;
            QVERIFY(QDir().mkpath(harness.options().directory));
            QVERIFY(createDatabase(harness.databasePath(), 0));
            done = foldPartly(harness.databasePath(), steps, static_cast<size_t>(most));
            verifyContent(harness.store());
            if (QTest::currentTestFailed())
                break;
            harness.reopen(); // after a fold to the end
            verifyContent(harness.store());
        }
        QVERIFY(done);
        QVERIFY(most > 1 || steps > 10);
    }

private:
    static void verifyContent(Store& store)
    {
        using namespace contract;
        QCOMPARE(durable(store, 0, "k0"), Bytes("first"));
        QCOMPARE(durable(store, 2, "k2"), Bytes("tombstone"));
        QCOMPARE(durable(store, 2, "another"), Bytes("new"));
        QCOMPARE(durable(store, 3, "k3"), Bytes());
        QCOMPARE(store.side(SideTable::Meta, "m").value(), Bytes("meta"));
        QCOMPARE(scanAll(store)->size(), size_t{6});
        QCOMPARE(store.totals().live, quint64{5});
        QVERIFY(summariesMatch(store));
    }
};

QTEST_GUILESS_MAIN(FoldTest)
#include "fold_test.moc"
