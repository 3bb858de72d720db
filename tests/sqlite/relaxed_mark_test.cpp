// SPDX-License-Identifier: GPL-3.0-or-later
// A store that ran relaxed knows at its next opening whether it may have forgotten what it acknowledged.
#include "tests/sqlite/sqlite_harness.h"

using namespace ringmaster;
using namespace ringmaster::contract;

namespace {

WriteBatch actor(const QByteArray& name)
{
    WriteBatch batch;
    batch.put(SideTable::Meta, actorEntryName.toByteArray(), name);
    return batch;
}

// The folder as a machine that stops now leaves it, apart from what the system had not written back.
void copyAsItIs(const SqliteHarness& from, SqliteHarness& to)
{
    QVERIFY(QDir().mkpath(to.directory()));
    const QDir folder(from.directory());
    for (const QString& name : folder.entryList(QDir::Files))
        QVERIFY(QFile::copy(folder.filePath(name), to.path(name)));
}

} // namespace

class RelaxedMarkTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_harness.emplace();
        m_harness->options().durability = Durability::Relaxed;
        QVERIFY(m_harness->writeAndSettle(actor("first")));
        QVERIFY(m_harness->writeAndSettle(put(1, "k", "v")));
    }
    void cleanup() { m_harness.reset(); }

    void aCleanStopKeepsAll()
    {
        m_harness->reopen();
        QVERIFY(m_harness->store().holdsAllAcknowledged());
    }

    void anotherEndDoesNot()
    {
        SqliteHarness copy;
        copyAsItIs(*m_harness, copy);
        QVERIFY(!copy.store().holdsAllAcknowledged());
    }

    // Whatever it is opened with, and however often, until there is a new actor.
    void goingOverToSyncingForgetsNothingOfIt()
    {
        SqliteHarness copy;
        copyAsItIs(*m_harness, copy);
        for (int round = 0; round < 2; ++round) {
            QVERIFY(!copy.store().holdsAllAcknowledged());
            QVERIFY(copy.writeAndSettle(put(1, "k", "w")));
            copy.close();
        }
        QVERIFY(copy.writeAndSettle(actor("second")));
        SqliteHarness later;
        copyAsItIs(copy, later);
        QVERIFY(later.store().holdsAllAcknowledged());
    }

    void aRelaxedStoreNeedsANewActorToo()
    {
        SqliteHarness copy;
        copy.options().durability = Durability::Relaxed;
        copyAsItIs(*m_harness, copy);
        copy.reopen();
        QVERIFY(!copy.store().holdsAllAcknowledged());
        copy.reopen();
        QVERIFY(!copy.store().holdsAllAcknowledged());
        QVERIFY(copy.writeAndSettle(actor("second")));
        copy.reopen();
        QVERIFY(copy.store().holdsAllAcknowledged());
    }

    void theMarkIsThereBeforeTheFirstWrite()
    {
        SqliteHarness fresh;
        QVERIFY(fresh.writeAndSettle(actor("first")));
        fresh.close();
        fresh.options().durability = Durability::Relaxed;
        fresh.open();
        SqliteHarness copy;
        copyAsItIs(fresh, copy);
        QVERIFY(!copy.store().holdsAllAcknowledged());
    }

private:
    std::optional<SqliteHarness> m_harness;
};

QTEST_GUILESS_MAIN(RelaxedMarkTest)
#include "relaxed_mark_test.moc"
