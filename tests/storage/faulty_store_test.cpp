// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/storage/faulty_store.h"
#include "nodecore/storage/memory_store.h"
#include "tests/storage/store_contract.h"
#include "tests/support/virtual_time.h"

using namespace ringmaster;
using namespace ringmaster::contract;
using namespace std::chrono_literals;

namespace {

class FaultyHarness final : public StoreHarness {
public:
    explicit FaultyHarness(MemoryStore::Commit commit)
        : under(commit)
    {}
    Store& store() override { return faulty; }
    bool waitFor(const std::function<bool()>& condition) override
    {
        while (!condition() && (under.pending() > 0 || faulty.nextDue())) {
            under.commitPending();
            time.advanceTo(faulty.nextDue().value_or(time.now()));
            faulty.timePassed();
        }
        return condition();
    }
    void reopen() override
    {
        under.commitPending();
        under.crash();
    }

    EventQueue time;
    VirtualClock clock{time};
    MemoryStore under;
    FaultyStore faulty{under, clock};
    QByteArray outcomes; // of the writes below: their names, upper case where refused

    void put(const char* name)
    {
        faulty.write(contract::put(1, "k", name), [this, name](const Result<void>& done) {
            outcomes += done ? QByteArray(name) : QByteArray(name).toUpper();
        });
    }
    void passTo(Duration sinceStart)
    {
        time.advanceTo(MonoTime{sinceStart});
        faulty.timePassed();
    }
};

} // namespace

class FaultyStoreTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void contractWithoutAFault_data() { storeContractData(); }
    void contractWithoutAFault()
    {
        FaultyHarness harness(MemoryStore::Commit::WhenTold);
        runStoreContract(harness);
    }

    void anAcknowledgementOfASlowDiskIsLateAndNeverEarly()
    {
        FaultyHarness harness(MemoryStore::Commit::WhenTold);
        harness.faulty.setFault({50ms, false});
        harness.put("a");
        harness.passTo(100ms);
        QCOMPARE(harness.outcomes, QByteArray());
        harness.under.commitPending();
        const std::optional<MonoTime> due = harness.faulty.nextDue();
        QVERIFY(due && *due >= MonoTime{150ms} && *due < MonoTime{151ms}); // each reading moves the clock
        harness.passTo(149ms);
        QCOMPARE(harness.outcomes, QByteArray());
        harness.passTo(151ms);
        QCOMPARE(harness.outcomes, QByteArray("a"));
        QVERIFY(!harness.faulty.nextDue());
    }

    void callbacksKeepTheirOrderWhenADiskBecomesSlowAndFastAgain()
    {
        FaultyHarness harness(MemoryStore::Commit::WhenTold);
        harness.put("a");
        harness.faulty.setFault({50ms, false});
        harness.put("b");
        harness.under.commitPending();
        QCOMPARE(harness.outcomes, QByteArray("a"));
        harness.faulty.setFault({});
        harness.put("c");
        harness.under.commitPending();
        QCOMPARE(harness.outcomes, QByteArray("a"));
        harness.faulty.timePassed();
        QCOMPARE(harness.outcomes, QByteArray("abc"));
        harness.put("d");
        harness.under.commitPending();
        QCOMPARE(harness.outcomes, QByteArray("abcd"));
    }

    void aFullDiskRefusesInTurnAndKeepsNothingOfIt()
    {
        FaultyHarness harness(MemoryStore::Commit::WhenTold);
        harness.put("a");
        harness.faulty.setFault({{}, true});
        harness.put("b");
        QCOMPARE(harness.outcomes, QByteArray());
        QCOMPARE(latest(harness.faulty, 1, "k"), Bytes("a"));
        QCOMPARE(harness.faulty.health().state, StoreHealth::State::ReadOnly);
        QVERIFY(!harness.faulty.health().reason.isEmpty());
        harness.under.commitPending();
        QCOMPARE(harness.outcomes, QByteArray("aB"));
        QCOMPARE(durable(harness.faulty, 1, "k"), Bytes("a"));
    }

    void aRefusalSaysReadOnly()
    {
        FaultyHarness harness(MemoryStore::Commit::AtOnce);
        harness.faulty.setFault({{}, true});
        std::optional<Error> refusal;
        harness.faulty.write(contract::put(1, "k", "v"), [&](const Result<void>& done) {
            if (!done)
                refusal = done.error();
        });
        QVERIFY(refusal);
        QCOMPARE(refusal->code, ErrorCode::ReadOnly);
    }

    void aDiskWithRoomAgainTakesWrites()
    {
        FaultyHarness harness(MemoryStore::Commit::AtOnce);
        harness.faulty.setFault({{}, true});
        harness.put("a");
        harness.faulty.setFault({});
        harness.put("b");
        QCOMPARE(harness.outcomes, QByteArray("Ab"));
        QCOMPARE(harness.faulty.health().state, StoreHealth::State::Ok);
        QVERIFY(summariesMatch(harness.faulty));
    }

    void theTroubleOfTheStoreUnderItShowsThrough()
    {
        FaultyHarness harness(MemoryStore::Commit::AtOnce);
        harness.faulty.setFault({{}, true});
        harness.under.fail(QStringLiteral("sync"));
        harness.put("a");
        QCOMPARE(harness.outcomes, QByteArray("A"));
        QCOMPARE(harness.faulty.health().state, StoreHealth::State::Failed);
    }
};

QTEST_GUILESS_MAIN(FaultyStoreTest)
#include "faulty_store_test.moc"
