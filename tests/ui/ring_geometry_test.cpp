// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/ring/ring_geometry.h"

#include <QTest>

using namespace ringmaster;

class RingGeometryTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void positionsGoClockwiseFromTwelveOClock_data();
    void positionsGoClockwiseFromTwelveOClock();
    void aRangeThatGoesAroundTheTopKeepsItsLength();
    void aPointOnTheRingIsTheSlotDrawnThere_data();
    void aPointOnTheRingIsTheSlotDrawnThere();
    void pointsOffTheRingAreNoSlot();
    void theRingFitsItsArea_data();
    void theRingFitsItsArea();
    void badgesThatWouldOverlapArePushedApart_data();
    void badgesThatWouldOverlapArePushedApart();
    void aKeysLabelStaysInsideTheArea();
    void sectorsOfAllRangesCoverTheRingOnce();
};

namespace {
const RingGeometry ring{QPointF(200, 200), 100, 80};
}

void RingGeometryTest::positionsGoClockwiseFromTwelveOClock_data()
{
    QTest::addColumn<quint64>("position");
    QTest::addColumn<double>("x");
    QTest::addColumn<double>("y");
    QTest::newRow("top") << quint64(0) << 200.0 << 100.0;
    QTest::newRow("right") << quint64(0x4000000000000000) << 300.0 << 200.0;
    QTest::newRow("bottom") << quint64(0x8000000000000000) << 200.0 << 300.0;
    QTest::newRow("left") << quint64(0xc000000000000000) << 100.0 << 200.0;
}

void RingGeometryTest::positionsGoClockwiseFromTwelveOClock()
{
    QFETCH(quint64, position);
    QFETCH(double, x);
    QFETCH(double, y);
    const QPointF point = ring.at(turnOf(Position{position}), ring.outer);
    QVERIFY(qAbs(point.x() - x) < 1e-6);
    QVERIFY(qAbs(point.y() - y) < 1e-6);
}

void RingGeometryTest::aRangeThatGoesAroundTheTopKeepsItsLength()
{
    const TurnSpan span = turnsOf(SlotRange{Slot{65536 - 16384}, Slot{16383}});
    QCOMPARE(span.from, 0.75);
    QCOMPARE(span.length, 0.5);
    QCOMPARE(span.middle(), 0.0);
    QCOMPARE(turnsOf(SlotRange{Slot{0}, lastSlot}).length, 1.0);
}

void RingGeometryTest::aPointOnTheRingIsTheSlotDrawnThere_data()
{
    QTest::addColumn<int>("slot");
    for (const int slot : {0, 1, 8992, 16384, 32767, 32768, 49152, 65535})
        QTest::addRow("%d", slot) << slot;
}

void RingGeometryTest::aPointOnTheRingIsTheSlotDrawnThere()
{
    QFETCH(int, slot);
    const double turn = (slot + 0.5) / slotCount;
    const std::optional<Slot> found = ring.slotAt(ring.at(turn, 90));
    QVERIFY(found);
    QCOMPARE(int(found->value), slot);
}

void RingGeometryTest::pointsOffTheRingAreNoSlot()
{
    QVERIFY(!ring.slotAt(ring.centre));
    QVERIFY(!ring.slotAt(ring.at(0.3, 120)));
    QVERIFY(!ring.slotAt(ring.at(0.3, 60)));
}

void RingGeometryTest::theRingFitsItsArea_data()
{
    QTest::addColumn<QRectF>("area");
    QTest::newRow("wide") << QRectF(0, 0, 742, 500);
    QTest::newRow("tall") << QRectF(0, 0, 400, 900);
    QTest::newRow("small") << QRectF(0, 0, 260, 240);
}

void RingGeometryTest::theRingFitsItsArea()
{
    QFETCH(QRectF, area);
    const RingGeometry fitted = RingGeometry::fitting(area);
    QVERIFY(fitted.inner > 0 && fitted.inner < fitted.outer);
    const QRectF circle(fitted.centre.x() - fitted.outer, fitted.centre.y() - fitted.outer, 2 * fitted.outer,
                        2 * fitted.outer);
    QVERIFY(area.contains(circle));
    QVERIFY(circle.contains(fitted.hole()));
}

void RingGeometryTest::badgesThatWouldOverlapArePushedApart_data()
{
    QTest::addColumn<QList<double>>("turns");
    QTest::addColumn<QList<double>>("expected");
    QTest::newRow("far apart") << QList<double>{0.1, 0.3, 0.6} << QList<double>{0.1, 0.3, 0.6};
    QTest::newRow("close") << QList<double>{0.1, 0.11, 0.12} << QList<double>{0.1, 0.15, 0.2};
    QTest::newRow("over the top") << QList<double>{0.98, 0.99} << QList<double>{0.98, 0.03};
    QTest::newRow("the first ahead of the middle") << QList<double>{0.12, 0.11} << QList<double>{0.12, 0.17};
}

void RingGeometryTest::badgesThatWouldOverlapArePushedApart()
{
    QFETCH(QList<double>, turns);
    QFETCH(QList<double>, expected);
    const QList<double> apart = spread(turns, 0.05);
    QCOMPARE(apart.size(), expected.size());
    for (qsizetype i = 0; i < apart.size(); ++i)
        QVERIFY2(qAbs(apart[i] - expected[i]) < 1e-9, qPrintable(QString::number(apart[i])));
}

void RingGeometryTest::aKeysLabelStaysInsideTheArea()
{
    const QRectF area(0, 0, 320, 290);
    const RingGeometry fitted = RingGeometry::fitting(area);
    for (int step = 0; step < 64; ++step) {
        const KeyLabel label = placeKeyLabel(fitted, step / 64.0, QSizeF(120, 34), area);
        QVERIFY(area.contains(label.text));
    }
}

void RingGeometryTest::sectorsOfAllRangesCoverTheRingOnce()
{
    const QList<SlotRange> ranges{
        {Slot{60001}, Slot{5000}}, {Slot{5001}, Slot{40000}}, {Slot{40001}, Slot{60000}}};
    for (int step = 0; step < 100; ++step) {
        const QPointF point = ring.at((step + 0.5) / 100, 90);
        int holding = 0;
        for (const SlotRange range : ranges)
            holding += ring.sector(turnsOf(range)).contains(point) ? 1 : 0;
        QCOMPARE(holding, 1);
    }
}

QTEST_GUILESS_MAIN(RingGeometryTest)
#include "ring_geometry_test.moc"
