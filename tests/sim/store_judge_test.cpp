// SPDX-License-Identifier: GPL-3.0-or-later
// The judge of what stores let go of: a cluster whose stores are changed behind its back.
#include "tests/sim/store_judge.h"

#include <QtTest>

using namespace ringmaster;
using namespace ringmaster::sim;
using namespace std::chrono_literals;

namespace {

const Key key = keyOf("k");
const Slot slot = slotOf(Partitioner::Md5, key);

// Four nodes, three of which own the key.
struct Judged {
    explicit Judged(HintLimits limits = {})
        : cluster({.nodes = 4})
        , judge(
              cluster, limits, [this](const Key&, Label) { return isTold; },
              [this](int rule, const QString&) { rules << rule; })
    {
        ready = cluster.startAll();
        const std::vector<NodeId>& list = cluster.node(0).ring().preferenceList(slot);
        for (int i = 0; i < cluster.size(); ++i) {
            const bool owns = std::find(list.begin(), list.end(), cluster.node(i).id()) != list.end();
            (owns ? owners : others) << i;
        }
    }

    // What a node would do to its store.
    void write(int node, const WriteBatch& batch)
    {
        WatchedStore store(cluster.disk(node).store(),
                           [this, node](const WriteBatch& each) { cluster.writeWatcher()(node, each); });
        store.write(batch, nullptr);
        cluster.disk(node).commitPending();
    }
    void put(int node, const SiblingSet& set)
    {
        WriteBatch batch;
        batch.putObject(slot, key, set.encoded(), set.hasValue());
        write(node, batch);
    }
    void remove(int node)
    {
        WriteBatch batch;
        batch.removeObject(slot, key);
        write(node, batch);
    }

    VirtualCluster cluster;
    QList<int> rules;
    StoreJudge judge;
    bool ready = false;
    bool isTold = true; // clients have seen everything
    QList<int> owners;
    QList<int> others;
};

SiblingSet setOf(SiblingSet::Content content, const VersionVector& context = {})
{
    SiblingSet set;
    set.write(key, context, std::move(content), ActorId{7}, WallTime{});
    return set;
}

} // namespace

class StoreJudgeTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aValueIsDroppedWhereEveryOwnerHoldsIt();
    void aValueThatAnOwnerLacksIsNotDropped();
    void anOwnerDropsNoValue();
    void anOwnerTakesBackWhatNobodyHasSeen();
    void aTombstoneIsReapedWhereNothingOfItsPastIsLeft();
    void aHintKeepsATombstone();
    void aCopyOnADiskThatIsLostCountsForNothing();
    void noMoreHintsAreKeptThanTheBoundAllows();
};

void StoreJudgeTest::aValueIsDroppedWhereEveryOwnerHoldsIt()
{
    Judged judged;
    QVERIFY(judged.ready);
    for (int i = 0; i < judged.cluster.size(); ++i)
        judged.put(i, setOf(QByteArray("v")));
    judged.remove(judged.others.front());
    QCOMPARE(judged.rules, QList<int>());
}

void StoreJudgeTest::aValueThatAnOwnerLacksIsNotDropped()
{
    Judged judged;
    QVERIFY(judged.ready);
    judged.put(judged.owners[0], setOf(QByteArray("v")));
    judged.put(judged.owners[1], setOf(QByteArray("v")));
    judged.put(judged.others.front(), setOf(QByteArray("v")));
    judged.remove(judged.others.front());
    QCOMPARE(judged.rules, QList<int>{9});
}

void StoreJudgeTest::anOwnerDropsNoValue()
{
    Judged judged;
    QVERIFY(judged.ready);
    for (const int owner : judged.owners)
        judged.put(owner, setOf(QByteArray("v")));
    judged.remove(judged.owners[0]);
    QCOMPARE(judged.rules, QList<int>{9});
}

void StoreJudgeTest::anOwnerTakesBackWhatNobodyHasSeen()
{
    for (const auto& [isTold, others] : {std::pair(false, 0), {true, 0}, {false, 1}}) {
        Judged judged;
        QVERIFY(judged.ready);
        judged.isTold = isTold;
        for (int i = 0; i <= others; ++i)
            judged.put(judged.owners[i], setOf(QByteArray("v")));
        judged.remove(judged.owners[0]);
        QCOMPARE(judged.rules, isTold || others > 0 ? QList<int>{9} : QList<int>());
    }
}

void StoreJudgeTest::aTombstoneIsReapedWhereNothingOfItsPastIsLeft()
{
    const SiblingSet past = setOf(QByteArray("v"));
    const SiblingSet tombstone = setOf(std::nullopt, past.context());
    for (const bool isPastLeft : {false, true}) {
        Judged judged;
        QVERIFY(judged.ready);
        for (const int owner : judged.owners)
            judged.put(owner, tombstone);
        if (isPastLeft)
            judged.put(judged.others.front(), past);
        judged.remove(judged.owners[0]);
        QCOMPARE(judged.rules, isPastLeft ? QList<int>{9} : QList<int>());
    }
}

void StoreJudgeTest::aHintKeepsATombstone()
{
    const SiblingSet past = setOf(QByteArray("v"));
    Judged judged;
    QVERIFY(judged.ready);
    for (const int owner : judged.owners)
        judged.put(owner, setOf(std::nullopt, past.context()));
    const int keeper = judged.others.front();
    HintStore hints(judged.cluster.disk(keeper).store());
    hints.keep(judged.cluster.node(judged.owners[1]).id(), slot, key, past.encoded(), {},
               [](const Result<void>&) {});
    judged.cluster.disk(keeper).commitPending();
    judged.remove(judged.owners[0]);
    QCOMPARE(judged.rules, QList<int>{9});
}

void StoreJudgeTest::aCopyOnADiskThatIsLostCountsForNothing()
{
    const SiblingSet past = setOf(QByteArray("v"));
    Judged judged;
    QVERIFY(judged.ready);
    for (const int owner : judged.owners)
        judged.put(owner, setOf(std::nullopt, past.context()));
    judged.put(judged.others.front(), past);
    judged.judge.diskTaken(judged.others.front());
    judged.remove(judged.owners[0]);
    QCOMPARE(judged.rules, QList<int>());
}

void StoreJudgeTest::noMoreHintsAreKeptThanTheBoundAllows()
{
    Judged judged(HintLimits{.hints = 2});
    QVERIFY(judged.ready);
    for (int i = 1; i <= 3; ++i) {
        WriteBatch batch;
        batch.put(SideTable::Hints, QByteArray::number(i), QByteArrayLiteral("a hint"));
        judged.write(0, batch);
        QCOMPARE(judged.rules, i > 2 ? QList<int>{10} : QList<int>());
    }
}

QTEST_GUILESS_MAIN(StoreJudgeTest)
#include "store_judge_test.moc"
