// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sqlite/sqlite_harness.h"

using namespace ringmaster;

class SqliteContractTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void contract_data() { storeContractData(); }
    void contract()
    {
        SqliteHarness harness;
        runStoreContract(harness);
    }

    void contractWithRelaxedDurability_data() { storeContractData(); }
    void contractWithRelaxedDurability()
    {
        SqliteHarness harness;
        harness.options().durability = Durability::Relaxed;
        runStoreContract(harness);
    }

    // Everything is read from the keyed table, as soon as it is there.
    void contractWithoutCacheAndWithAFoldAfterEachCommit_data() { storeContractData(); }
    void contractWithoutCacheAndWithAFoldAfterEachCommit()
    {
        SqliteHarness harness;
        harness.options().foldBytes = 0;
        harness.options().cacheBytes = 0;
        runStoreContract(harness);
    }
};

QTEST_GUILESS_MAIN(SqliteContractTest)
#include "sqlite_contract_test.moc"
