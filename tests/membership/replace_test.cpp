// SPDX-License-Identifier: GPL-3.0-or-later
// A node that is to take over the tokens of a member: of one that is gone, and of nobody else.
#include "tests/membership/changing_cluster.h"

#include <QtTest>

using namespace ringmaster;
using namespace ringmaster::changing;
using namespace std::chrono_literals;

class ReplaceTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aLivingMemberIsNotReplaced();
    void oneThatAnotherReachesIsNotReplaced();
    void whoIsToReplaceNobodyWaitsAndSaysWhy();
    void aMemberThatIsBackDuringItsReplacementKeepsItsTokens();
    void theLastCopyIsReplacedByForceOnly();
    void whoWaitedMayBeAskedWhenTheMemberIsGone();
};

namespace {

int heirOf(VirtualCluster& cluster, const QString& name)
{
    const int heir = cluster.addNode();
    cluster.configOf(heir).replaces = name;
    cluster.start(heir);
    return heir;
}

bool waitsAsStandby(VirtualCluster& cluster, int heir, const QString& word)
{
    return cluster.runUntil([&] {
        return cluster.node(heir).state() == MemberState::Standby &&
               stateOf(cluster, 0, heir) == MemberState::Standby;
    }) && cluster.node(heir).waitsBecause().contains(word);
}

} // namespace

void ReplaceTest::aLivingMemberIsNotReplaced()
{
    for (const int replicas : {1, 3}) {
        VirtualClusterConfig config{.nodes = 3};
        config.node.replicas = replicas;
        config.node.readQuorum = config.node.writeQuorum = std::min(2, replicas);
        VirtualCluster cluster(config);
        QVERIFY(cluster.startAll());
        QVERIFY(write(cluster, 0, 100));
        const int heir = heirOf(cluster, QStringLiteral("n3"));
        QVERIFY2(waitsAsStandby(cluster, heir, QStringLiteral("lives")),
                 qPrintable(cluster.node(heir).waitsBecause()));
        cluster.runFor(20s);
        QCOMPARE(stateOf(cluster, 0, 2), MemberState::Ready);
        QCOMPARE(stateOf(cluster, 0, heir), MemberState::Standby);
        for (int key = 0; key < 100; ++key)
            QVERIFY(!valuesOf(cluster.get(0, keyName(key))->siblings).isEmpty());
        QCOMPARE(cluster.node(heir).join({}).error().code, ErrorCode::Conflict);
        QCOMPARE(cluster.node(heir).join({}, Force::Yes).error().code, ErrorCode::Conflict);
    }
}

void ReplaceTest::oneThatAnotherReachesIsNotReplaced()
{
    VirtualCluster cluster({.nodes = 3});
    QVERIFY(cluster.startAll());
    const int heir = cluster.addNode();
    cluster.configOf(heir).replaces = QStringLiteral("n3");
    cutApart(cluster, {0, heir}, {2}); // n2 alone reaches n3
    cluster.runFor(5s);
    cluster.start(heir);
    QVERIFY(waitsAsStandby(cluster, heir, QStringLiteral("n2 reaches it")));
    cluster.runFor(20s);
    QCOMPARE(stateOf(cluster, 1, 2), MemberState::Ready);
}

void ReplaceTest::whoIsToReplaceNobodyWaitsAndSaysWhy()
{
    VirtualCluster cluster({.nodes = 3});
    QVERIFY(cluster.startAll());
    const int heir = heirOf(cluster, QStringLiteral("n17"));
    QVERIFY(waitsAsStandby(cluster, heir, QStringLiteral("There is no member n17")));
    QCOMPARE(cluster.log().filter(QStringLiteral("There is no member n17")).size(), 1);
    cluster.runFor(20s);
    QCOMPARE(cluster.node(0).ring().nodes().size(), 3u);
}

void ReplaceTest::aMemberThatIsBackDuringItsReplacementKeepsItsTokens()
{
    int givenUp = 0;
    for (int step = 0; step < 12; ++step) {
        VirtualCluster cluster({.nodes = 4, .seed = quint64(step + 1)});
        QVERIFY(cluster.startAll());
        QVERIFY(write(cluster, 0, 200));
        cluster.crash(3);
        cluster.runFor(4s);
        const int heir = heirOf(cluster, QStringLiteral("n4"));
        QVERIFY(cluster.runUntil([&] { return stateOf(cluster, 0, heir) == MemberState::Pending; }));
        cluster.runFor(std::chrono::microseconds(500) * step * step);
        cluster.start(3);
        QVERIFY(cluster.runUntil([&] {
            const MemberState end = stateOf(cluster, 3, 3);
            const MemberState other = stateOf(cluster, 3, heir);
            return ringIsQuiet(cluster) && ((end == MemberState::Ready && other == MemberState::Standby) ||
                                            (end == MemberState::Removed && other == MemberState::Ready));
        }));
        const bool isBack = stateOf(cluster, 0, 3) == MemberState::Ready;
        givenUp += isBack ? 1 : 0;
        if (!isBack) {
            QVERIFY(cluster.runUntil([&] { return cluster.node(3).isDismissed(); }, 120s));
            cluster.crash(3);
        }
        QVERIFY2(cluster.runUntil([&] { return misplaced(cluster, 200).isEmpty(); }, 120s),
                 qPrintable(QStringLiteral("%1: %2").arg(step).arg(misplaced(cluster, 200))));
    }
    QVERIFY(givenUp > 0);
}

void ReplaceTest::theLastCopyIsReplacedByForceOnly()
{
    VirtualClusterConfig config{.nodes = 3};
    config.node.replicas = config.node.readQuorum = config.node.writeQuorum = 1;
    VirtualCluster cluster(config);
    QVERIFY(cluster.startAll());
    cluster.crash(2);
    cluster.runFor(4s);
    const int heir = heirOf(cluster, QStringLiteral("n3"));
    QVERIFY(waitsAsStandby(cluster, heir, QStringLiteral("last copy")));
    QVERIFY(!cluster.node(heir).join({}));
    QVERIFY(cluster.node(heir).join({}, Force::Yes));
    cluster.touched(heir);
    QVERIFY(cluster.runUntil([&] { return stateOf(cluster, 0, heir) == MemberState::Ready; }));
}

void ReplaceTest::whoWaitedMayBeAskedWhenTheMemberIsGone()
{
    VirtualCluster cluster({.nodes = 4});
    QVERIFY(cluster.startAll());
    QVERIFY(write(cluster, 0, 100));
    const int heir = heirOf(cluster, QStringLiteral("n4"));
    QVERIFY(waitsAsStandby(cluster, heir, QStringLiteral("lives")));
    cluster.crash(3);
    cluster.runFor(5s);
    QVERIFY(cluster.node(heir).join({}));
    cluster.touched(heir);
    QVERIFY(cluster.runUntil([&] {
        return stateOf(cluster, 0, heir) == MemberState::Ready &&
               stateOf(cluster, 0, 3) == MemberState::Removed;
    }));
    QVERIFY(cluster.node(heir).waitsBecause().isEmpty());
    QVERIFY(cluster.runUntil([&] { return misplaced(cluster, 100).isEmpty(); }, 120s));
}

QTEST_GUILESS_MAIN(ReplaceTest)
#include "replace_test.moc"
