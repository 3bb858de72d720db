// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/version/sibling_set.h"
#include "tests/version/notation.h"

#include <QTest>

using namespace ringmaster;
using notation::actor;
using notation::anyKey;
using notation::parse;
using notation::print;

namespace {

VersionVector contextOf(const char* text)
{
    return parse(QString::fromLatin1(text)).context();
}

// As the set's own context, so that a row can say "the context of a1[]".
SiblingSet written(const char* set, const VersionVector& context, char at, const char* value,
                   quint64 floor = 0)
{
    SiblingSet changed = parse(QString::fromLatin1(set));
    changed.write(anyKey(), context, QByteArray(value), actor(at), {}, floor);
    return changed;
}

} // namespace

class SiblingSetTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aWriteReplacesWhatItsContextHasSeen_data()
    {
        QTest::addColumn<QString>("context");
        QTest::addColumn<QString>("set");
        QTest::addColumn<QString>("at");
        QTest::addColumn<QString>("value");
        QTest::addColumn<QString>("result");
        const auto row = [](const char* name, const char* context, const char* set, const char* at,
                            const char* value, const char* result) {
            QTest::newRow(name) << QString::fromLatin1(context) << QString::fromLatin1(set)
                                << QString::fromLatin1(at) << QString::fromLatin1(value)
                                << QString::fromLatin1(result);
        };
        row("first write", "", "", "a", "v1", "a1[v1]");
        row("blind, same actor", "", "a1[v1]", "a", "v2", "a2[v2,v1]");
        row("blind, another actor", "", "a1[v1]", "b", "v2", "a1[v1] b1[v2]");
        row("read and written by one actor", "a1[v1]", "a1[v1]", "a", "v2", "a2[v2]");
        row("read at one, written at another", "a2[v2]", "a2[v2]", "b", "v3", "a2[] b1[v3]");
        row("stale context, another actor", "a1[v1]", "a2[v2]", "b", "v4", "a2[v2] b1[v4]");
        row("stale context, same actor", "a1[v1]", "a2[v2]", "a", "v5", "a3[v5,v2]");
        row("all siblings seen", "a2[v2,v1]", "a2[v2,v1]", "a", "v3", "a3[v3]");
        row("the older sibling seen", "a1[v1]", "a2[v2,v1]", "a", "v3", "a3[v3,v2]");
        row("a context newer than the set", "a3[v3]", "a1[v1]", "b", "v4", "a3[] b1[v4]");
        row("own actor newer in the context", "a3[v3]", "a1[v1]", "a", "v4", "a4[v4]");
        row("an actor learned from the context", "x1[]", "", "a", "v1", "a1[v1] x1[]");
    }

    void aWriteReplacesWhatItsContextHasSeen()
    {
        QFETCH(QString, context);
        QFETCH(QString, set);
        QFETCH(QString, at);
        QFETCH(QString, value);
        QFETCH(QString, result);
        SiblingSet changed = parse(set);
        const Dot dot = changed.write(anyKey(), parse(context).context(), value.toUtf8(),
                                      actor(at[0].toLatin1()), WallTime{});
        QCOMPARE(print(changed), result);
        QCOMPARE(changed.context().counterOf(dot.actor), dot.counter);
    }

    void mergingKeepsWhatNeitherHasSuperseded_data()
    {
        QTest::addColumn<QString>("one");
        QTest::addColumn<QString>("other");
        QTest::addColumn<QString>("merged");
        const auto row = [](const char* one, const char* other, const char* merged) {
            QTest::addRow("%s and %s", one, other)
                << QString::fromLatin1(one) << QString::fromLatin1(other) << QString::fromLatin1(merged);
        };
        row("a1[]", "a2[v2,v1]", "a2[v2]");
        row("a1[v1]", "a2[v2]", "a2[v2]");
        row("a2[] c1[v3]", "a2[] b1[v3]", "a2[] b1[v3] c1[v3]");
        row("x1[]", "a1[v1]", "a1[v1] x1[]");
        row("a1[v1]", "b1[v2]", "a1[v1] b1[v2]");
        row("", "a1[v1]", "a1[v1]");
        row("a2[v2,v1]", "a3[v3,v2]", "a3[v3,v2]");
        row("a1[v1]", "a4[v4,v3]", "a4[v4,v3]");
        row("a2[v2,v1]", "a5[]", "a5[]");
    }

    void mergingKeepsWhatNeitherHasSuperseded()
    {
        QFETCH(QString, one);
        QFETCH(QString, other);
        QFETCH(QString, merged);
        SiblingSet forth = parse(one);
        SiblingSet back = parse(other);
        QCOMPARE(forth.merge(parse(other)), one != merged);
        QCOMPARE(back.merge(parse(one)), other != merged);
        QCOMPARE(print(forth), merged);
        QCOMPARE(print(back), merged);
        QCOMPARE(forth, back);
    }

    void mergingASetWithItselfChangesNothing()
    {
        SiblingSet set = parse(QStringLiteral("a2[v2,v1] b1[]"));
        QVERIFY(!set.merge(set));
        QCOMPARE(print(set), QStringLiteral("a2[v2,v1] b1[]"));
    }

    void mergingTheSameDotKeepsTheLaterTime()
    {
        SiblingSet early;
        SiblingSet late;
        VersionVector seenEarly;
        seenEarly.raise(actor('x'), 1, WallTime{10});
        VersionVector seenLate;
        seenLate.raise(actor('x'), 1, WallTime{20});
        early.write(anyKey(), seenEarly, QByteArray("v"), actor('a'), WallTime{30});
        late.write(anyKey(), seenLate, QByteArray("v"), actor('a'), WallTime{30});
        QVERIFY(!late.merge(early));
        QVERIFY(early.merge(late));
        QCOMPARE(early, late);
    }

    // It takes a store that minted a dot twice; replicas must still come to agree.
    void oneDotWithTwoContentsBecomesTheSameOneEverywhere()
    {
        SiblingSet forth = parse(QStringLiteral("a2[this,v1]"));
        SiblingSet back = parse(QStringLiteral("a2[that,v1]"));
        forth.merge(parse(QStringLiteral("a2[that,v1]")));
        back.merge(parse(QStringLiteral("a2[this,v1]")));
        QCOMPARE(forth, back);
        QCOMPARE(forth.siblingCount(), size_t{2});
    }

    void aFloorRaisesTheCounterWhereNoOlderValueOfTheActorSurvives()
    {
        QCOMPARE(print(written("", {}, 'a', "v1", 7)), QStringLiteral("a8[v1]"));
        QCOMPARE(print(written("a2[v2]", contextOf("a2[]"), 'a', "v3", 7)), QStringLiteral("a8[v3]"));
        QCOMPARE(print(written("a2[v2] b1[w]", contextOf("a2[]"), 'a', "v3", 7)),
                 QStringLiteral("a8[v3] b1[w]"));
        QCOMPARE(print(written("a9[v9]", contextOf("a9[]"), 'a', "v10", 7)), QStringLiteral("a10[v10]"));
    }

    void aFloorNeverChangesTheDotsOfSurvivingValues()
    {
        QCOMPARE(print(written("a2[v2,v1]", {}, 'a', "v3", 7)), QStringLiteral("a3[v3,v2,v1]"));
        QCOMPARE(print(written("a2[v2,v1]", contextOf("a1[]"), 'a', "v3", 7)), QStringLiteral("a3[v3,v2]"));
    }

    void aForgedContextCannotMakeACounterOverflow()
    {
        VersionVector forged;
        forged.raise(actor('a'), ~quint64{0});
        forged.raise(actor('b'), ~quint64{0});
        SiblingSet set = written("a1[v1] b1[w]", forged, 'a', "v2");
        QCOMPARE(set.siblingCount(), size_t{1});
        QCOMPARE(set.context().counterOf(actor('a')), SiblingSet::maxContextCounter + 1);
        // The key stays usable: contexts above the bound still replace what they have seen.
        set.write(anyKey(), set.context(), QByteArray("v3"), actor('b'), WallTime{});
        set.write(anyKey(), set.context(), QByteArray("v4"), actor('a'), WallTime{});
        QCOMPARE(set.siblingCount(), size_t{1});
        const Result<SiblingSet> decoded = SiblingSet::decode(anyKey(), set.encoded());
        QVERIFY(decoded && *decoded == set);
    }

    void countersStopAtTheBoundThatDecodingAccepts()
    {
        SiblingSet set = written("", {}, 'a', "v1", ~quint64{0});
        set.write(anyKey(), {}, QByteArray("v2"), actor('a'), WallTime{});
        QCOMPARE(set.context().counterOf(actor('a')), SiblingSet::maxCounter);
        QVERIFY(SiblingSet::decode(anyKey(), set.encoded()).has_value());
    }

    void aDeleteLeavesATombstoneThatIsASibling()
    {
        SiblingSet set = parse(QStringLiteral("a1[v1]"));
        set.write(anyKey(), set.context(), std::nullopt, actor('a'), WallTime{5});
        QCOMPARE(print(set), QStringLiteral("a2[-]"));
        QVERIFY(!set.hasValue());
        QVERIFY(!set.isEmpty());
        set.write(anyKey(), {}, QByteArray("v2"), actor('b'), WallTime{6});
        QCOMPARE(print(set), QStringLiteral("a2[-] b1[v2]"));
        QVERIFY(set.hasValue());
    }

    void anEmptyValueIsAValue()
    {
        SiblingSet set;
        set.write(anyKey(), {}, QByteArray(), actor('a'), WallTime{});
        QVERIFY(set.hasValue());
        QVERIFY(!set.siblings().front().tombstone);
    }

    void siblingsComeByActorAndNewestFirstWithTheirDotsAndTimes()
    {
        SiblingSet set;
        set.write(anyKey(), {}, QByteArray("late actor"), actor('b'), WallTime{1});
        set.write(anyKey(), {}, QByteArray("old"), actor('a'), WallTime{2});
        set.write(anyKey(), {}, QByteArray("new"), actor('a'), WallTime{3});
        std::vector<Sibling> expected{
            {Dot{actor('a'), 2}, WallTime{3}, false, "new", {}, 0},
            {Dot{actor('a'), 1}, WallTime{2}, false, "old", {}, 0},
            {Dot{actor('b'), 1}, WallTime{1}, false, "late actor", {}, 0},
        };
        for (Sibling& sibling : expected)
            sibling.checksum = checksumOf(anyKey(), sibling);
        QVERIFY(set.siblings() == expected);
        QCOMPARE(set.siblingCount(), size_t{3});
    }

    void theContextCarriesTheTimesOfTheNewestDots()
    {
        SiblingSet set;
        set.write(anyKey(), {}, QByteArray("v1"), actor('a'), WallTime{2});
        set.write(anyKey(), set.context(), QByteArray("v2"), actor('b'), WallTime{3});
        VersionVector expected;
        expected.raise(actor('a'), 1, WallTime{2});
        expected.raise(actor('b'), 1, WallTime{3});
        QCOMPARE(set.context(), expected);
    }

    void theClockOfASiblingLeavesItsRivalsOut()
    {
        const SiblingSet set = parse(QStringLiteral("a3[v3,v2] b1[w] c4[]"));
        const std::vector<Sibling> siblings = set.siblings();
        VersionVector ofW;
        ofW.raise(actor('a'), 1);
        ofW.raise(actor('b'), 1);
        ofW.raise(actor('c'), 4);
        QCOMPARE(set.clockOf(siblings[2]), ofW);
        VersionVector ofV3;
        ofV3.raise(actor('a'), 3);
        ofV3.raise(actor('c'), 4);
        QCOMPARE(set.clockOf(siblings[0]), ofV3);
    }

    // A token names the second in which a dot was minted; whoever writes with it may know the dot from there
    // only.
    void aTimeInWholeSecondsDoesNotContradictTheMintersOwn()
    {
        const auto contradicts = [](qint64 minted, qint64 named) {
            SiblingSet minter;
            minter.write(anyKey(), {}, std::nullopt, actor('a'), WallTime{minted});
            VersionVector context;
            context.raise(actor('a'), 1, WallTime{named});
            SiblingSet other;
            other.write(anyKey(), context, QByteArray("v"), actor('b'), WallTime{minted + 10});
            return minter.contradicts(other, actor('a'));
        };
        QVERIFY(!contradicts(5'678, 5'678));
        QVERIFY(!contradicts(5'678, 5'000));
        QVERIFY(contradicts(5'678, 5'677));
        QVERIFY(contradicts(5'678, 6'000));
        QVERIFY(contradicts(5'678, 4'000));
    }
};

QTEST_GUILESS_MAIN(SiblingSetTest)
#include "sibling_set_test.moc"
