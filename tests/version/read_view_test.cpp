// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/version/read_view.h"

#include <QRandomGenerator>
#include <QTest>

using namespace ringmaster;

namespace {

constexpr ActorId writer{9999};

const Key& key()
{
    static const Key one = *Key::fromBytes("k");
    return one;
}

ActorId actor(int i)
{
    return ActorId{static_cast<quint64>(i)};
}

// One sibling of each actor 1..count; actor i minted at time i.
SiblingSet concurrent(int count, const QByteArray& value = "v")
{
    SiblingSet set;
    for (int i = 1; i <= count; ++i)
        set.write(key(), {}, value, actor(i), WallTime{i});
    return set;
}

// Resolves what a read of set shows; how many siblings are left.
size_t siblingsAfterResolving(SiblingSet set, const ReadLimits& limits = {})
{
    set.write(key(), readView(set, limits).context, QByteArray("decided"), writer, WallTime{1'000'000});
    return set.siblingCount();
}

// A set as a run of random writes leaves it: some blind, some with a whole or a trimmed context.
SiblingSet randomSet(QRandomGenerator& random)
{
    SiblingSet set;
    VersionVector seen;
    const int writes = random.bounded(1, 60);
    for (int i = 0; i < writes; ++i) {
        SiblingSet::Content content;
        if (random.bounded(5) > 0)
            content = QByteArray(random.bounded(40), 'v');
        const bool isBlind = random.bounded(3) == 0;
        set.write(key(), isBlind ? VersionVector() : seen, content, actor(random.bounded(1, 20)),
                  WallTime{random.bounded(100'000)});
        if (random.bounded(4) == 0)
            seen = readView(set, {.contextEntries = 3}).context;
    }
    return set;
}

} // namespace

class ReadViewTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aSmallSetIsGivenWholeWithItsWholeContext()
    {
        const SiblingSet set = concurrent(3);
        const ReadView view = readView(set);
        QCOMPARE(view.siblings, set.siblings());
        QCOMPARE(view.context, set.context());
        QCOMPARE(view.left, size_t{0});
    }

    void anEntryThatASiblingNeedsIsNeverDropped()
    {
        // Ten others minted later than the one that still has a value.
        SiblingSet set;
        set.write(key(), {}, QByteArray("stays"), actor(1), WallTime{1});
        for (int i = 2; i <= 12; ++i) {
            VersionVector own;
            own.raise(actor(i - 1), 1);
            set.write(key(), i == 2 ? VersionVector() : own, QByteArray("v"), actor(i), WallTime{1000 + i});
        }
        QCOMPARE(set.siblingCount(), size_t{2});
        const ReadView view = readView(set);
        QCOMPARE(view.context.entries().size(), maxContextEntries);
        QVERIFY(view.context.covers({actor(1), 1}));
        QCOMPARE(siblingsAfterResolving(set), size_t{1});
    }

    void historyGoesFirstTheOldestBeforeTheOthers()
    {
        SiblingSet set = concurrent(12);
        set.write(key(), set.context(), QByteArray("one"), writer, WallTime{50});
        const VersionVector context = readView(set).context;
        QCOMPARE(context.entries().size(), maxContextEntries);
        QVERIFY(context.covers({writer, 1}));
        for (const int gone : {1, 2, 3})
            QCOMPARE(context.counterOf(actor(gone)), quint64{0});
        QCOMPARE(context.counterOf(actor(4)), quint64{1});
    }

    void siblingsOfMoreActorsThanTheCapMakeALongerContext()
    {
        const SiblingSet set = concurrent(40);
        QCOMPARE(readView(set).context.entries().size(), size_t{40});
        QCOMPARE(siblingsAfterResolving(set), size_t{1});
    }

    void aSetOverTheLimitsIsGivenInPartsAndEachResolvesItself()
    {
        const SiblingSet set = concurrent(10, QByteArray(100, 'v'));
        const ReadView part = readView(set, {.valueBytes = 350});
        QCOMPARE(part.siblings.size(), size_t{3});
        QCOMPARE(part.left, size_t{7});
        QCOMPARE(siblingsAfterResolving(set, {.valueBytes = 350}), size_t{8});
        QCOMPARE(readView(set, {.actors = 4}).siblings.size(), size_t{4});
        QCOMPARE(readView(set, {.valueBytes = 1}).siblings.size(), size_t{1});
    }

    void ofOneActorTheOldestSiblingsAreGivenFirst()
    {
        SiblingSet set;
        for (int i = 1; i <= 4; ++i)
            set.write(key(), {}, QByteArray(100, static_cast<char>('0' + i)), actor(1), WallTime{i});
        const ReadView part = readView(set, {.valueBytes = 250});
        QCOMPARE(part.siblings.size(), size_t{2});
        QCOMPARE(part.siblings.front().dot, (Dot{actor(1), 2}));
        QVERIFY(!part.context.covers({actor(1), 3}));
    }

    void theContextOfOneSiblingReplacesItAlone()
    {
        SiblingSet set = concurrent(12);
        const std::vector<Sibling> siblings = set.siblings();
        set.write(key(), contextOf(siblings[3], set), QByteArray("instead"), writer, WallTime{99});
        QCOMPARE(set.siblingCount(), size_t{12});
        const std::vector<Sibling> left = set.siblings();
        QVERIFY(std::none_of(left.begin(), left.end(),
                             [&](const Sibling& sibling) { return sibling.dot == siblings[3].dot; }));
    }

    // Whatever was written and however small the limits are.
    void aWriteWithTheContextOfAReadSupersedesWhatTheReadReturnedAndNothingElse()
    {
        for (quint32 seed = 1; seed <= 2000; ++seed) {
            QRandomGenerator random(seed);
            SiblingSet set = randomSet(random);
            const ReadLimits limits{.contextEntries = static_cast<size_t>(random.bounded(12)),
                                    .actors = static_cast<size_t>(random.bounded(1, 30)),
                                    .valueBytes = random.bounded(1, 2000)};
            const ReadView view = readView(set, limits);
            const size_t before = set.siblingCount();
            const QByteArray where = "seed " + QByteArray::number(seed);
            QVERIFY2(view.siblings.size() + view.left == before, where);
            QVERIFY2(before == 0 || !view.siblings.empty(), where);
            set.write(key(), view.context, std::nullopt, writer, WallTime{1'000'000});
            QVERIFY2(set.siblingCount() == view.left + 1, where);
            for (const Sibling& sibling : set.siblings()) {
                const bool wasGiven =
                    std::find(view.siblings.begin(), view.siblings.end(), sibling) != view.siblings.end();
                QVERIFY2(!wasGiven, where);
            }
        }
    }
};

QTEST_GUILESS_MAIN(ReadViewTest)
#include "read_view_test.moc"
