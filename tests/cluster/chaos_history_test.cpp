// SPDX-License-Identifier: GPL-3.0-or-later
// The checker of the chaos test: what it lets pass, and what it catches.
#include "tests/cluster/chaos_history.h"

#include <QTest>

using namespace ringmaster;

namespace {

// One key, "k", and what is done to it.
struct OneKey {
    ChaosHistory history;

    int tried(const std::vector<int>& saw, bool isDelete = false)
    {
        QList<QByteArray> values;
        for (const int number : saw)
            values.append(ChaosHistory::valueOf(number));
        return history.begin("k", isDelete, values);
    }
    int done(const std::vector<int>& saw, bool isDelete = false)
    {
        const int number = tried(saw, isDelete);
        history.acknowledge(number);
        return number;
    }
    // With these writes found in the end.
    QStringList violations(const std::vector<int>& found) const
    {
        ChaosHistory::Found all;
        for (const int number : found)
            all[QByteArrayLiteral("k")].insert(ChaosHistory::valueOf(number));
        return history.violations(all);
    }
};

constexpr bool isDelete = true;

} // namespace

class ChaosHistoryTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatIsThereOrWasReplacedIsWell()
    {
        OneKey key;
        const int first = key.done({});
        const int second = key.done({first});
        const int beside = key.done({first});
        QVERIFY(key.violations({second, beside}).isEmpty());
        const int both = key.done({second, beside});
        QVERIFY(key.violations({both}).isEmpty());
    }

    void whatNobodyAcknowledgedMayBeThereOrNot()
    {
        OneKey key;
        const int first = key.done({});
        const int tried = key.tried({first});
        QVERIFY(key.violations({tried}).isEmpty());
        QVERIFY(key.violations({first}).isEmpty());
        QVERIFY(key.violations({first, tried}).isEmpty());
    }

    void aLostWriteIsCaught()
    {
        OneKey key;
        const int first = key.done({});
        key.tried({first});
        QCOMPARE(key.violations({}).size(), 1);
        const int blind = key.done({});
        QCOMPARE(key.violations({blind}).size(), 1);
    }

    void aDeletedValueThatReturnsIsCaught()
    {
        OneKey key;
        const int first = key.done({});
        key.done({first}, isDelete);
        QVERIFY(key.violations({}).isEmpty());
        QCOMPARE(key.violations({first}).size(), 1);
    }

    void aDeleteDeletesNothingThatItHadNotSeen()
    {
        OneKey key;
        const int first = key.done({});
        const int beside = key.done({});
        key.done({first}, isDelete);
        QVERIFY(key.violations({beside}).isEmpty());
        QCOMPARE(key.violations({}).size(), 1);
    }

    void aReplacedValueThatReturnsIsCaught()
    {
        OneKey key;
        const int first = key.done({});
        const int second = key.done({first});
        QCOMPARE(key.violations({first, second}).size(), 1);
    }

    void whatNobodyWroteIsCaught()
    {
        OneKey key;
        key.done({});
        QCOMPARE(key.violations({0, 7}).size(), 1);
        QCOMPARE(key.history.violations({{"other", {ChaosHistory::valueOf(0)}}}).size(), 2);
    }
};

QTEST_GUILESS_MAIN(ChaosHistoryTest)
#include "chaos_history_test.moc"
