// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/version/version_vector.h"

#include <QTest>

using namespace ringmaster;

namespace {

constexpr ActorId a{1};
constexpr ActorId b{2};
constexpr ActorId c{3};

VersionVector vectorOf(const std::vector<VersionVector::Entry>& entries)
{
    VersionVector vector;
    for (const VersionVector::Entry& entry : entries)
        vector.raise(entry.actor, entry.counter, entry.minted);
    return vector;
}

} // namespace

class VersionVectorTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void anEmptyVectorCoversNothing()
    {
        const VersionVector empty;
        QVERIFY(empty.isEmpty());
        QCOMPARE(empty.counterOf(a), quint64{0});
        QVERIFY(!empty.covers(Dot{a, 1}));
    }

    void coversAllDotsUpToItsCounter()
    {
        const VersionVector seen = vectorOf({{a, 3, {}}});
        QVERIFY(seen.covers(Dot{a, 1}));
        QVERIFY(seen.covers(Dot{a, 3}));
        QVERIFY(!seen.covers(Dot{a, 4}));
        QVERIFY(!seen.covers(Dot{b, 1}));
    }

    void raisingKeepsTheLargerCounterAndItsTime()
    {
        VersionVector seen = vectorOf({{a, 3, WallTime{30}}});
        seen.raise(a, 2, WallTime{99});
        QCOMPARE(seen, vectorOf({{a, 3, WallTime{30}}}));
        seen.raise(a, 4, WallTime{10});
        QCOMPARE(seen, vectorOf({{a, 4, WallTime{10}}}));
    }

    void raisingToTheSameCounterKeepsTheLaterTime()
    {
        VersionVector seen = vectorOf({{a, 3, WallTime{30}}});
        seen.raise(a, 3, WallTime{31});
        seen.raise(a, 3, WallTime{29});
        QCOMPARE(seen.entries().front().minted, WallTime{31});
    }

    void raisingToZeroAddsNothing()
    {
        VersionVector seen;
        seen.raise(a, 0);
        QVERIFY(seen.isEmpty());
    }

    void entriesAreSortedWhateverTheOrderOfRaising()
    {
        const VersionVector seen = vectorOf({{c, 1, {}}, {a, 1, {}}, {b, 1, {}}});
        QCOMPARE(seen, vectorOf({{a, 1, {}}, {b, 1, {}}, {c, 1, {}}}));
        QCOMPARE(seen.entries()[1].actor, b);
    }

    void descendsFromWhatItHasSeen()
    {
        const VersionVector older = vectorOf({{a, 1, {}}});
        const VersionVector newer = vectorOf({{a, 2, {}}, {b, 1, {}}});
        const VersionVector other = vectorOf({{c, 1, {}}});
        QVERIFY(newer.descends(older));
        QVERIFY(newer.descends(newer));
        QVERIFY(newer.descends(VersionVector()));
        QVERIFY(!older.descends(newer));
        QVERIFY(!newer.descends(other));
        QVERIFY(!other.descends(newer));
    }

    void mergingTakesTheLargerOfBoth()
    {
        VersionVector merged = vectorOf({{a, 3, WallTime{1}}, {b, 1, WallTime{5}}});
        merged.merge(vectorOf({{a, 2, WallTime{9}}, {b, 1, WallTime{6}}, {c, 1, {}}}));
        QCOMPARE(merged, vectorOf({{a, 3, WallTime{1}}, {b, 1, WallTime{6}}, {c, 1, {}}}));
    }

    void trimmingDropsTheOldestTimesAndThenTheSmallerActors()
    {
        const VersionVector seen = vectorOf({{a, 1, WallTime{5}}, {b, 1, WallTime{5}}, {c, 1, WallTime{4}}});
        QCOMPARE(seen.trimmed(3, {}), seen);
        QCOMPARE(seen.trimmed(2, {}), vectorOf({{a, 1, WallTime{5}}, {b, 1, WallTime{5}}}));
        QCOMPARE(seen.trimmed(1, {}), vectorOf({{b, 1, WallTime{5}}}));
        QVERIFY(seen.trimmed(0, {}).isEmpty());
    }

    void trimmingNeverDropsAnEntryThatIsNeeded()
    {
        const VersionVector seen = vectorOf({{a, 1, WallTime{1}}, {b, 1, WallTime{2}}, {c, 1, WallTime{3}}});
        QCOMPARE(seen.trimmed(2, {a}), vectorOf({{a, 1, WallTime{1}}, {c, 1, WallTime{3}}}));
        QCOMPARE(seen.trimmed(1, {a}), vectorOf({{a, 1, WallTime{1}}}));
        QCOMPARE(seen.trimmed(1, {a, b}), vectorOf({{a, 1, WallTime{1}}, {b, 1, WallTime{2}}}));
    }
};

QTEST_GUILESS_MAIN(VersionVectorTest)
#include "version_vector_test.moc"
