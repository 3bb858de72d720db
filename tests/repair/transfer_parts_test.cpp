// SPDX-License-Identifier: GPL-3.0-or-later
// The plain values that transfers are paced and told by.
#include "nodecore/repair/bandwidth_limit.h"
#include "nodecore/repair/transfer_meter.h"

#include <QtTest>

using namespace ringmaster;
using namespace std::chrono_literals;

namespace {

constexpr MonoTime start{100s};
constexpr NodeId peer{7};

} // namespace

class TransferPartsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void withoutALimitNobodyWaits()
    {
        BandwidthLimit none;
        none.spend(1'000'000'000, start);
        QCOMPARE(none.wait(start), Duration{0});
    }

    void whatWasSpentIsWaitedFor()
    {
        BandwidthLimit limit(1000);
        limit.spend(500, start);
        QVERIFY(limit.wait(start) >= 300ms && limit.wait(start) <= 500ms);
        QCOMPARE(limit.wait(start + 500ms), Duration{0});
    }

    void overTimeNoMoreThanTheLimitPasses()
    {
        BandwidthLimit limit(1000);
        MonoTime now = start;
        qint64 spent = 0;
        while (now < start + 10s) {
            now = now + limit.wait(now) + 7ms;
            limit.spend(130, now);
            spent += 130;
        }
        QVERIFY2(spent <= 10'500 && spent >= 9'000, qPrintable(QString::number(spent)));
    }

    void aRestIsNotSavedUp()
    {
        BandwidthLimit limit(1000);
        limit.spend(1, start);
        limit.spend(1000, start + 3600s);
        QVERIFY(limit.wait(start + 3600s) >= 800ms);
    }

    void theRestOfATransferIsEstimatedFromItsSlots()
    {
        TransferMeter meter;
        meter.compared(peer, 10, 30, start);
        meter.taken(peer, {200, 20'000}, start);
        meter.taken(peer, {200, 20'000}, start + 1s);
        const auto views = meter.view(start + 2s);
        QCOMPARE(views.size(), size_t(1));
        QCOMPARE(views.front().peer, peer);
        QCOMPARE(views.front().taken.keys, quint64(400));
        QCOMPARE(views.front().taken.bytes, quint64(40'000));
        QCOMPARE(views.front().keysLeft, quint64(1200));
        QCOMPARE(views.front().keysPerSecond, 200.0);
        QCOMPARE(*views.front().timeLeft, Duration(6s));
    }

    void aTransferIsOverWhenNothingHasMovedForAWhile()
    {
        TransferMeter meter;
        meter.given(peer, {500, 50'000}, start);
        QCOMPARE(meter.view(start + 1s).size(), size_t(1));
        QVERIFY(meter.view(start + TransferMeter::lifetime + 1s).empty());
        meter.given(peer, {300, 30'000}, start + 20s);
        QCOMPARE(meter.view(start + 20s).front().given.keys, quint64(300));
    }

    void aFewKeysAreNoTransfer()
    {
        TransferMeter meter;
        meter.given(peer, {TransferMeter::leastKeys - 1, 100}, start);
        QVERIFY(meter.view(start).empty());
        meter.taken(peer, {1, 100}, start);
        QCOMPARE(meter.view(start).size(), size_t(1));
    }
};

QTEST_GUILESS_MAIN(TransferPartsTest)
#include "transfer_parts_test.moc"
