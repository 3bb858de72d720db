// SPDX-License-Identifier: GPL-3.0-or-later
// Two nodes that take the same tokens at the same moment, in virtual time.
#include "tests/membership/changing_cluster.h"

#include <QtTest>

using namespace ringmaster;
using namespace ringmaster::changing;
using namespace std::chrono_literals;

class ClaimsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void ofTwoThatChooseAlikeTheLaterIdChoosesAgain();
    void ofTwoPlacedAlikeByHandOneStepsBack();
    void aMoveToAnothersPlaceIsTakenBack();
    void whatIsLeftOfTokensPlacedByHandIsTaken();
    void whoIsCrowdedOutJoinsAgain();
};

namespace {

// Two nodes of one token each, and two more that wait. Of so few ranges they choose alike.
struct FewTokens {
    explicit FewTokens(quint64 seed)
        : cluster(config(seed))
    {}
    static VirtualClusterConfig config(quint64 seed)
    {
        VirtualClusterConfig made{.nodes = 2, .seed = seed};
        made.node.tokens = 1;
        return made;
    }
    bool begin()
    {
        if (!cluster.startAll())
            return false;
        for (int i = 0; i < 2; ++i) {
            const int added = cluster.addNode();
            cluster.configOf(added).standby = true;
            cluster.start(added);
        }
        return cluster.runUntil([&] {
            for (int i = 0; i < 4; ++i) {
                if (stateOf(cluster, i, 2) != MemberState::Standby ||
                    stateOf(cluster, i, 3) != MemberState::Standby)
                    return false;
            }
            return true;
        }) && (cluster.runFor(2s), true);
    }
    bool bothAre(MemberState a, MemberState b)
    {
        const MemberState third = stateOf(cluster, 0, 2);
        const MemberState fourth = stateOf(cluster, 0, 3);
        return ((third == a && fourth == b) || (third == b && fourth == a)) && ringIsQuiet(cluster);
    }
    void joinAtOnce(const std::vector<Slot>& tokens)
    {
        for (const int i : {2, 3}) {
            QVERIFY(cluster.node(i).join(tokens));
            cluster.touched(i);
        }
    }
    VirtualCluster cluster;
};

} // namespace

void ClaimsTest::ofTwoThatChooseAlikeTheLaterIdChoosesAgain()
{
    qsizetype chosenAgain = 0;
    for (quint64 seed = 1; seed <= 10; ++seed) {
        FewTokens few(seed);
        QVERIFY(few.begin());
        few.joinAtOnce({});
        QVERIFY2(few.cluster.runUntil([&] { return few.bothAre(MemberState::Ready, MemberState::Ready); }),
                 qPrintable(QString::number(seed)));
        for (int i = 0; i < 4; ++i)
            QVERIFY2(few.cluster.node(0).ring().primarySlots(idOf(few.cluster, i)) > 0,
                     qPrintable(QStringLiteral("seed %1, n%2").arg(seed).arg(i + 1)));
        chosenAgain += few.cluster.log().filter(QStringLiteral("choosing again")).size();
    }
    QVERIFY(chosenAgain > 0); // or nothing was tried here
}

void ClaimsTest::ofTwoPlacedAlikeByHandOneStepsBack()
{
    FewTokens few(1);
    QVERIFY(few.begin());
    few.joinAtOnce({Slot{100}, Slot{200}});
    QVERIFY(few.cluster.runUntil([&] { return few.bothAre(MemberState::Ready, MemberState::Standby); }));
    const int winner = idOf(few.cluster, 2) < idOf(few.cluster, 3) ? 2 : 3;
    QCOMPARE(stateOf(few.cluster, 0, winner), MemberState::Ready);
}

void ClaimsTest::aMoveToAnothersPlaceIsTakenBack()
{
    for (const int owner : {0, 1}) { // of the smaller id, and of the larger
        FewTokens few(1);
        VirtualCluster& cluster = few.cluster;
        QVERIFY(few.begin());
        const int mover = 1 - owner;
        const std::vector<Token> before = cluster.node(0).ring().tokens();
        const auto token = std::find_if(before.begin(), before.end(),
                                        [&](const Token& one) { return one.node == idOf(cluster, owner); });
        QVERIFY(cluster.node(mover).move({token->slot}));
        cluster.touched(mover);
        cluster.runFor(10s);
        QVERIFY(ringIsQuiet(cluster));
        QVERIFY(cluster.node(0).ring().tokens() == before);
        QCOMPARE(stateOf(cluster, 0, mover), MemberState::Ready);
    }
}

void ClaimsTest::whatIsLeftOfTokensPlacedByHandIsTaken()
{
    FewTokens few(1);
    VirtualCluster& cluster = few.cluster;
    QVERIFY(few.begin());
    const std::vector<Token> before = cluster.node(0).ring().tokens();
    const Slot taken = before.front().slot;
    const Slot free{static_cast<quint16>(taken.value + 1000)};
    QVERIFY(cluster.node(2).join({taken, free}));
    cluster.touched(2);
    QVERIFY(cluster.runUntil(
        [&] { return stateOf(cluster, 0, 2) == MemberState::Ready && ringIsQuiet(cluster); }));
    std::vector<Token> expected = before;
    expected.push_back({free, idOf(cluster, 2)});
    std::sort(expected.begin(), expected.end());
    QVERIFY(cluster.node(0).ring().tokens() == expected);
}

// With as many nodes as replicas no data moves, so both moves are over at once.
void ClaimsTest::whoIsCrowdedOutJoinsAgain()
{
    qsizetype crowdedOut = 0;
    for (int seed = 1; seed <= 100; ++seed) {
        VirtualCluster cluster({.nodes = 3, .seed = quint64(seed)});
        QVERIFY(cluster.startAll());
        QVERIFY(write(cluster, 0, 20));
        cluster.runFor(1s);
        SeededRandom delays(static_cast<quint64>(seed));
        for (int i = 0; i < 3; ++i)
            cluster.setCommitDelay(i, std::chrono::microseconds(delays.below(2000)));
        for (const int i : {0, 1}) {
            QVERIFY(cluster.node(i).move({Slot{100}, Slot{200}}));
            cluster.touched(i);
        }
        cluster.runFor(8s);
        QVERIFY(ringIsQuiet(cluster));
        for (int i = 0; i < 3; ++i) {
            QCOMPARE(stateOf(cluster, 0, i), MemberState::Ready);
            QVERIFY(cluster.node(0).ring().primarySlots(idOf(cluster, i)) > 0);
        }
        QCOMPARE(misplaced(cluster, 20), QString());
        crowdedOut += cluster.log().filter(QStringLiteral("joining again")).size();
    }
    QVERIFY(crowdedOut > 0); // or nothing was tried here
}

QTEST_GUILESS_MAIN(ClaimsTest)
#include "claims_test.moc"
