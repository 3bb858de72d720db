// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/storage/memory_store.h"
#include "tests/storage/store_contract.h"

using namespace ringmaster;
using namespace ringmaster::contract;

namespace {

class MemoryHarness final : public StoreHarness {
public:
    explicit MemoryHarness(MemoryStore::Commit commit)
        : m_store(commit)
    {}
    MemoryStore& store() override { return m_store; }
    bool waitFor(const std::function<bool()>& condition) override
    {
        while (!condition() && m_store.pending() > 0)
            m_store.commitPending();
        return condition();
    }
    void reopen() override
    {
        m_store.commitPending();
        m_store.crash();
    }

private:
    MemoryStore m_store;
};

// What became of writes, in order: "ok" or the refusal.
struct Outcomes {
    QStringList seen;
    Store::WriteDone next()
    {
        return [this](const Result<void>& done) {
            seen.append(done ? QStringLiteral("ok") : done.error().message);
        };
    }
};

} // namespace

class MemoryStoreTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void contractWhenTold_data() { storeContractData(); }
    void contractWhenTold()
    {
        MemoryHarness harness(MemoryStore::Commit::WhenTold);
        runStoreContract(harness);
    }

    void contractAtOnce_data() { storeContractData(); }
    void contractAtOnce()
    {
        MemoryHarness harness(MemoryStore::Commit::AtOnce);
        runStoreContract(harness);
    }

    void nothingIsDurableUntilToldAndThenOnlyAsMuchAsTold()
    {
        MemoryStore store;
        Outcomes outcomes;
        for (const char* value : {"1", "2", "3"})
            store.write(put(1, "k", value), outcomes.next());
        QCOMPARE(outcomes.seen.size(), 0);
        store.commitPending(2);
        QCOMPARE(outcomes.seen.size(), 2);
        QCOMPARE(durable(store, 1, "k"), Bytes("2"));
        QCOMPARE(latest(store, 1, "k"), Bytes("3"));
    }

    void aCrashLosesWhatWasNotDurableAndItsCallbacks()
    {
        MemoryStore store;
        Outcomes outcomes;
        store.write(put(1, "k", "durable"), outcomes.next());
        store.commitPending();
        store.write(put(1, "k", "lost"), outcomes.next());
        store.crash();
        store.commitPending();
        QCOMPARE(outcomes.seen, QStringList{QStringLiteral("ok")});
        QCOMPARE(latest(store, 1, "k"), Bytes("durable"));
        QVERIFY(summariesMatch(store));
    }

    void aFullDiskRefusesWhatIsPendingInOrderAndTakesLatestBack()
    {
        MemoryStore store;
        Outcomes outcomes;
        store.write(put(1, "k", "durable"), outcomes.next());
        store.commitPending();
        store.write(put(1, "k", "pending"), outcomes.next());
        store.becomeReadOnly(QStringLiteral("full"));
        QCOMPARE(latest(store, 1, "k"), Bytes("durable"));
        store.write(put(1, "k", "refused"), outcomes.next());
        QCOMPARE(latest(store, 1, "k"), Bytes("durable"));
        QCOMPARE(store.health().state, StoreHealth::State::ReadOnly);
        store.recover();
        store.write(put(1, "k", "again"), outcomes.next());
        store.commitPending();
        const QString ok = QStringLiteral("ok"), full = QStringLiteral("full");
        QCOMPARE(outcomes.seen, (QStringList{ok, full, full, ok}));
        QCOMPARE(durable(store, 1, "k"), Bytes("again"));
        QVERIFY(summariesMatch(store));
    }

    void aFailedStoreRecoversOnlyByOpeningItAgain()
    {
        MemoryStore store;
        Outcomes outcomes;
        store.fail(QStringLiteral("sync"));
        store.recover();
        store.write(put(1, "k", "v"), outcomes.next());
        store.commitPending();
        QCOMPARE(outcomes.seen, QStringList{QStringLiteral("sync")});
        QCOMPARE(store.health().state, StoreHealth::State::Failed);
        store.crash();
        QCOMPARE(store.health().state, StoreHealth::State::Ok);
    }

    void aRelaxedStoreLosesASuffixWithThePowerAndNothingWithItsProcess()
    {
        MemoryStore store(MemoryStore::Commit::AtOnce);
        store.setRelaxed(true);
        store.write(put(1, "a", "1"), {});
        store.write(put(1, "a", "2"), {});
        store.sync();
        store.write(put(1, "a", "3"), {});
        store.write(put(1, "b", "4"), {});
        QCOMPARE(store.unsynced(), size_t{2});
        store.crash();
        QCOMPARE(durable(store, 1, "b"), Bytes("4"));
        store.losePower(1);
        QCOMPARE(durable(store, 1, "a"), Bytes("3"));
        QCOMPARE(durable(store, 1, "b"), Bytes());
        QVERIFY(summariesMatch(store));
        store.write(put(1, "a", "5"), {});
        store.losePower();
        QCOMPARE(durable(store, 1, "a"), Bytes("3"));
        QVERIFY(summariesMatch(store));
    }

    void aRelaxedStoreKnowsWhetherItMayHaveForgotten()
    {
        MemoryStore store(MemoryStore::Commit::AtOnce);
        WriteBatch actor;
        actor.put(SideTable::Meta, actorEntryName.toByteArray(), "first");
        store.setRelaxed(true);
        store.write(actor, {});
        store.write(put(1, "k", "v"), {});
        store.reopen();
        QVERIFY(store.holdsAllAcknowledged());
        store.write(put(1, "k", "w"), {});
        store.crash();
        QVERIFY(!store.holdsAllAcknowledged());
        QVERIFY(store.isContinuation());
        store.setRelaxed(false); // what it was before counts
        store.crash();
        QVERIFY(!store.holdsAllAcknowledged());
        store.write(actor, {});
        store.crash();
        QVERIFY(store.holdsAllAcknowledged());
    }

    void aStoreThatIsRolledBackUnseenIsAContinuation()
    {
        MemoryStore store(MemoryStore::Commit::AtOnce);
        WriteBatch actor;
        actor.put(SideTable::Meta, actorEntryName.toByteArray(), "first");
        store.write(actor, {});
        const MemoryStore earlier = store;
        store.write(put(1, "k", "v"), {});
        store.rollBack(earlier);
        QCOMPARE(durable(store, 1, "k"), Bytes());
        QVERIFY(store.isContinuation() && store.holdsAllAcknowledged());
    }

    void aStoreRestoredFromABackupIsNoContinuationUntilItHasANewActor()
    {
        MemoryStore store(MemoryStore::Commit::AtOnce);
        WriteBatch actor;
        actor.put(SideTable::Meta, actorEntryName.toByteArray(), "first");
        store.write(actor, {});
        store.write(put(1, "k", "old"), {});
        const MemoryStore backup = store;
        store.write(put(1, "k", "new"), {});
        store.restore(backup);
        QCOMPARE(durable(store, 1, "k"), Bytes("old"));
        QVERIFY(!store.isContinuation());
        QVERIFY(summariesMatch(store));
        store.crash();
        QVERIFY(!store.isContinuation());
        store.write(actor, {});
        store.crash();
        QVERIFY(store.isContinuation());
    }
};

QTEST_GUILESS_MAIN(MemoryStoreTest)
#include "memory_store_test.moc"
