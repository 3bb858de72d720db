// SPDX-License-Identifier: GPL-3.0-or-later
// The checker of the chaos test: what it lets pass, and what it catches.
#include "tests/cluster/chaos_history.h"

#include <QTest>

using namespace ringmaster;

namespace {

// One key, "k", and what is done to it.
struct OneKey {
    ChaosHistory history;
    ChaosHistory::Held held = ChaosHistory::Held::ByPrimaries; // what is done

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
        history.acknowledge(number, held);
        return number;
    }
    // Of a read that begins now and finds these.
    QString judged(const std::vector<int>& found, ChaosHistory::Held by = ChaosHistory::Held::ByPrimaries)
    {
        QSet<QByteArray> values;
        for (const int number : found)
            values.insert(ChaosHistory::valueOf(number));
        return history.judgeRead("k", history.now(), values, by);
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

    void anAcknowledgedKeyThatReadsAsAbsentIsCaught()
    {
        OneKey key;
        const ChaosHistory::Moment before = key.history.now();
        const int first = key.done({});
        QVERIFY(key.history.judgeRead("k", before, {}, ChaosHistory::Held::ByPrimaries).isEmpty());
        QVERIFY(!key.judged({}).isEmpty());
        QVERIFY(!key.judged({}, ChaosHistory::Held::ByAny).isEmpty());
        const int second = key.tried({first});
        QVERIFY(!key.judged({}).isEmpty()); // replaced, perhaps, but by a value
        key.tried({second}, isDelete);
        QVERIFY(key.judged({}).isEmpty());
    }

    void aReadIsJudgedByWhatPrimariesAcknowledged()
    {
        OneKey key;
        const int first = key.done({});
        key.held = ChaosHistory::Held::ByAny;
        const int second = key.done({first});
        QVERIFY(key.judged({first}).isEmpty());
        key.held = ChaosHistory::Held::ByPrimaries;
        const int third = key.done({first});
        QVERIFY(!key.judged({first}).isEmpty());  // the third replaced it
        QVERIFY(!key.judged({second}).isEmpty()); // and is missing
        QVERIFY(key.judged({second}, ChaosHistory::Held::ByAny).isEmpty());
        QVERIFY(key.judged({second, third}).isEmpty());
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
