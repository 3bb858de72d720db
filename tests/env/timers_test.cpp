// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/env/timers.h"

#include <QTest>

using namespace ringmaster;

namespace {

MonoTime at(int ns)
{
    return MonoTime{Duration{ns}};
}

} // namespace

class TimersTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void nothingIsDueWithoutTimers()
    {
        Timers timers;
        QVERIFY(!timers.nextDue());
        timers.runDue(at(1000));
    }

    void runsWhatIsDueAndNothingElse()
    {
        Timers timers;
        QStringList ran;
        timers.startAt(at(10), [&] { ran << QStringLiteral("ten"); });
        timers.startAt(at(20), [&] { ran << QStringLiteral("twenty"); });
        timers.runDue(at(9));
        QVERIFY(ran.isEmpty());
        timers.runDue(at(10));
        QCOMPARE(ran, QStringList{QStringLiteral("ten")});
        QCOMPARE(timers.nextDue(), std::optional(at(20)));
        timers.runDue(at(100));
        QCOMPARE(ran.size(), 2);
        QVERIFY(!timers.nextDue());
    }

    void runsInOrderOfDueTimeAndThenOfStart()
    {
        Timers timers;
        QString order;
        timers.startAt(at(20), [&] { order += QLatin1Char('c'); });
        timers.startAt(at(10), [&] { order += QLatin1Char('a'); });
        timers.startAt(at(10), [&] { order += QLatin1Char('b'); });
        timers.runDue(at(20));
        QCOMPARE(order, QStringLiteral("abc"));
    }

    void aCancelledTimerNeverRuns()
    {
        Timers timers;
        bool ran = false;
        const TimerId id = timers.startAt(at(10), [&] { ran = true; });
        timers.cancel(id);
        timers.cancel(id);
        timers.cancel(TimerId{});
        timers.cancel(TimerId{99});
        timers.runDue(at(10));
        QVERIFY(!ran);
        QVERIFY(!timers.nextDue());
    }

    void aCallbackMayCancelATimerThatIsDueToo()
    {
        Timers timers;
        bool ran = false;
        TimerId second;
        timers.startAt(at(10), [&] { timers.cancel(second); });
        second = timers.startAt(at(10), [&] { ran = true; });
        timers.runDue(at(10));
        QVERIFY(!ran);
    }

    void aCallbackMayCancelItself()
    {
        Timers timers;
        TimerId self;
        int runs = 0;
        self = timers.startAt(at(10), [&] {
            ++runs;
            timers.cancel(self);
        });
        timers.runDue(at(10));
        timers.runDue(at(20));
        QCOMPARE(runs, 1);
    }

    void aTimerStartedByACallbackWaitsForTheNextCall()
    {
        Timers timers;
        int runs = 0;
        std::function<void()> again = [&] {
            ++runs;
            timers.startAt(at(0), again);
        };
        timers.startAt(at(10), again);
        timers.startAt(at(30), [&] { runs += 100; });
        timers.runDue(at(30));
        QCOMPARE(runs, 101);
        timers.runDue(at(30));
        QCOMPARE(runs, 102);
        QCOMPARE(timers.nextDue(), std::optional(at(0)));
    }
};

QTEST_GUILESS_MAIN(TimersTest)
#include "timers_test.moc"
