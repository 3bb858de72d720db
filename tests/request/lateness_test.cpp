// SPDX-License-Identifier: GPL-3.0-or-later
// How late a request is, found out between two clocks that have nothing to do with each other.
#include "nodecore/request/lateness.h"

#include <QtTest>

using namespace ringmaster;
using namespace std::chrono_literals;

class LatenessTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatComesAtOnceIsInTimeHoweverFarApartTheClocksAre();
    void whatWaitedForLongerThanItsBudgetIsOverdue();
    void theFirstOfALinkIsNeverKnownToBeLate();
    void aClockThatStoodStillIsFollowedWithinTwoWindows();
    void clocksThatDriftApartWhileNothingIsSaidAreNotLate();
    void aNewLinkBeginsAnew();
};

namespace {

constexpr NodeId peer{1};

// The sender's clock began long after the receiver's, and the way takes a millisecond.
MonoTime arrival(Duration sentAt, Duration waited = 0ms)
{
    return MonoTime{sentAt + 77h + 1ms + waited};
}

wire::Budget budget(quint32 ms, Duration sentAt)
{
    return {ms, static_cast<quint64>(std::chrono::duration_cast<std::chrono::milliseconds>(sentAt).count())};
}

bool isOverdue(Lateness& lateness, quint32 ms, Duration sentAt, Duration waited = 0ms)
{
    return lateness.overdue(peer, budget(ms, sentAt), arrival(sentAt, waited)) > Duration{0};
}

} // namespace

void LatenessTest::whatComesAtOnceIsInTimeHoweverFarApartTheClocksAre()
{
    Lateness lateness;
    for (Duration at = 1s; at < 200s; at += 700ms)
        QVERIFY(!isOverdue(lateness, 5, at));
}

void LatenessTest::whatWaitedForLongerThanItsBudgetIsOverdue()
{
    Lateness lateness;
    QVERIFY(!isOverdue(lateness, 500, 1s));
    QVERIFY(!isOverdue(lateness, 500, 2s, 400ms));
    QVERIFY(isOverdue(lateness, 500, 2s, 530ms));
    QVERIFY(isOverdue(lateness, 500, 3s, 50s)); // this process stood still
    QVERIFY(!isOverdue(lateness, 500, 54s));
}

void LatenessTest::theFirstOfALinkIsNeverKnownToBeLate()
{
    Lateness lateness;
    QVERIFY(!isOverdue(lateness, 10, 1s, 5s));
    QVERIFY(!isOverdue(lateness, 10, 7s));
    QVERIFY(isOverdue(lateness, 10, 8s, 5s)); // by now it is known what in time is
}

void LatenessTest::aClockThatStoodStillIsFollowedWithinTwoWindows()
{
    Lateness lateness;
    QVERIFY(!isOverdue(lateness, 500, 1s));
    constexpr Duration stoodStill =
        30s; // the sender's, seen from here: all of its requests seem late from now on
    QVERIFY(isOverdue(lateness, 500, 2s, stoodStill));
    for (Duration at = 2s; at < 2s + 2 * Lateness::window; at += 500ms)
        (void)isOverdue(lateness, 500, at, stoodStill);
    QVERIFY(!isOverdue(lateness, 500, 2s + 2 * Lateness::window, stoodStill));
}

void LatenessTest::clocksThatDriftApartWhileNothingIsSaidAreNotLate()
{
    Lateness lateness;
    QVERIFY(!isOverdue(lateness, 500, 1s));
    constexpr Duration drift = 9s; // in a day
    QVERIFY(!isOverdue(lateness, 500, 24h, drift));
    QVERIFY(!isOverdue(lateness, 500, 24h + 1s, drift));
    QVERIFY(isOverdue(lateness, 500, 24h + 2s, drift + 530ms));
}

void LatenessTest::aNewLinkBeginsAnew()
{
    Lateness lateness;
    QVERIFY(!isOverdue(lateness, 500, 1s));
    lateness.forget(peer);
    QVERIFY(!isOverdue(lateness, 500, 2s, 30s));
}

QTEST_GUILESS_MAIN(LatenessTest)
#include "lateness_test.moc"
