// SPDX-License-Identifier: GPL-3.0-or-later
// Evening out the load, joining anew after a removal, and taking a removal back, with real processes: through
// ringctl and ringnode, as an operator does it.
#include "tests/cluster/chaos_cluster.h"
#include "tests/cluster/ringnode_process.h"

#include <QDir>
#include <QJsonArray>

using namespace ringmaster;
using namespace Qt::StringLiterals;

namespace {

constexpr int deadlineMs = 60'000;
constexpr int keyCount = 1000;
constexpr int replicas = 3;
constexpr int slotsOfARing = 65'536;
constexpr int dataRefusedExitCode = 3;
constexpr int removedExitCode = 7;

RingctlResult onCluster(const ChaosCluster& cluster, const QStringList& arguments, int askedNode = 0)
{
    return cluster.ctl(QStringList{u"cluster"_s} + arguments, askedNode);
}

QJsonObject memberOf(const ChaosCluster& cluster, const QString& name, int observer = 0)
{
    const QJsonObject view = cluster.json(observer, u"/api/v1/members"_s);
    for (const QJsonValue& one : view.value("members"_L1).toArray()) {
        if (one["name"_L1].toString() == name)
            return one.toObject();
    }
    return {};
}

QString stateOf(const ChaosCluster& cluster, const QString& name, int observer = 0)
{
    return memberOf(cluster, name, observer).value("state"_L1).toString();
}

bool fill(const ChaosCluster& cluster)
{
    QByteArray lines;
    for (int i = 0; i < keyCount; ++i)
        lines += "key-" + QByteArray::number(i) + "\tvalue-" + QByteArray::number(i) + '\n';
    return ringctl({u"import"_s, u"--format"_s, u"tsv"_s, u"-"_s}, lines, cluster.url(0).toString())
               .exitCode == 0;
}

// Of all nodes, as each says itself.
qint64 copies(const ChaosCluster& cluster)
{
    qint64 sum = 0;
    for (int i = 0; i < cluster.size(); ++i)
        sum += cluster.json(i, u"/api/v1/stats"_s).value("keys"_L1).toInteger();
    return sum;
}

bool isGone(const ChaosCluster& cluster, const QString& name)
{
    return !memberOf(cluster, name).value("reachable"_L1).toBool();
}

QStringList startedAgain(const ChaosCluster& cluster, int node)
{
    return RingnodeProcess::alone(cluster.name(node), cluster.node(node)->spec().folder + u"/data"_s) +
           QStringList{u"--cluster"_s, u"local"_s, u"--join"_s, cluster.node(0)->spec().peerAddress};
}

} // namespace

class RingActsCommandsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aRebalanceEvensOutTheLoad();
    void aRebalanceWithoutAMemberIsRefused();
    void aRemovedNodeJoinsAnewUnderItsName();
    void aRemovalIsTakenBackThroughAnyMember();
};

void RingActsCommandsTest::aRebalanceEvensOutTheLoad()
{
    ChaosCluster cluster(4);
    QVERIFY(cluster.start());
    for (const auto& [node, place] : {std::pair{u"n1"_s, u"20000"_s},
                                      {u"n2"_s, u"22000,25000"_s},
                                      {u"n3"_s, u"40000"_s},
                                      {u"n4"_s, u"41000"_s}}) {
        const RingctlResult placed = onCluster(cluster, {u"move"_s, node, u"--at"_s, place, u"--yes"_s});
        QVERIFY2(placed.exitCode == 0, placed.errors.constData());
    }
    QVERIFY(fill(cluster));
    const RingctlResult unasked = onCluster(cluster, {u"rebalance"_s});
    QCOMPARE(unasked.exitCode, 2);
    QVERIFY2(unasked.output.contains("OWNS"), unasked.output.constData());
    const RingctlResult done = onCluster(cluster, {u"rebalance"_s, u"--yes"_s}, 2);
    QVERIFY2(done.exitCode == 0, done.errors.constData());
    QVERIFY2(done.errors.contains(" moves (1 of "), done.errors.constData());
    for (int i = 0; i < cluster.size(); ++i) {
        const int owned = memberOf(cluster, cluster.name(i)).value("primary_slots"_L1).toInt();
        QVERIFY2(owned <= 1.05 * slotsOfARing / cluster.size(), qPrintable(QString::number(owned)));
    }
    QTRY_COMPARE_WITH_TIMEOUT(copies(cluster), qint64{replicas * keyCount}, deadlineMs);
    QCOMPARE(cluster.ctl({u"keys"_s}).output.count('\n'), qsizetype{keyCount});
    const RingctlResult again = onCluster(cluster, {u"rebalance"_s});
    QCOMPARE(again.exitCode, 0);
    QVERIFY2(again.output.contains("nothing to do"), again.output.constData());
}

void RingActsCommandsTest::aRebalanceWithoutAMemberIsRefused()
{
    ChaosCluster cluster(3);
    QVERIFY(cluster.start());
    cluster.node(2)->kill();
    QTRY_VERIFY_WITH_TIMEOUT(isGone(cluster, u"n3"_s), deadlineMs);
    const RingctlResult refused = onCluster(cluster, {u"rebalance"_s, u"--yes"_s});
    QCOMPARE(refused.exitCode, 6);
    QVERIFY2(refused.errors.contains("n3 cannot be reached"), refused.errors.constData());
}

void RingActsCommandsTest::aRemovedNodeJoinsAnewUnderItsName()
{
    ChaosCluster cluster(4);
    QVERIFY(cluster.start());
    QVERIFY(fill(cluster));
    cluster.node(3)->kill();
    QTRY_VERIFY_WITH_TIMEOUT(isGone(cluster, u"n4"_s), deadlineMs);
    const QStringList arguments = startedAgain(cluster, 3);
    const QStringList anew = arguments + QStringList{u"--rejoin"_s};
    {
        RingnodeProcess early(anew);
        QVERIFY2(early.waitForEnd(), qPrintable(early.log()));
        QCOMPARE(early.exitCode(), dataRefusedExitCode);
        QVERIFY2(early.log().contains(u"n4 was not removed"_s), qPrintable(early.log()));
    }
    const RingctlResult removed = onCluster(cluster, {u"remove"_s, u"n4"_s, u"--yes"_s});
    QVERIFY2(removed.exitCode == 0, removed.errors.constData());
    {
        RingnodeProcess back(arguments);
        QVERIFY2(back.waitForEnd(), qPrintable(back.log()));
        QCOMPARE(back.exitCode(), removedExitCode);
        QVERIFY2(back.log().contains(u"ringnode --rejoin --name n4"_s), qPrintable(back.log()));
    }
    const QDir data(cluster.node(3)->spec().folder + u"/data"_s);
    {
        RingnodeProcess joined(anew);
        QVERIFY2(joined.waitUntilServing(), qPrintable(joined.log()));
        QTRY_COMPARE_WITH_TIMEOUT(stateOf(cluster, u"n4"_s), u"READY"_s, deadlineMs);
        QVERIFY(memberOf(cluster, u"n4"_s).value("primary_slots"_L1).toInt() > slotsOfARing / 5);
        QVERIFY(data.exists(u"set-aside-1"_s));
        joined.signal(SIGTERM);
        QVERIFY(joined.waitForEnd());
    }
    {
        RingnodeProcess again(anew);
        QVERIFY2(again.waitForEnd(), qPrintable(again.log()));
        QCOMPARE(again.exitCode(), dataRefusedExitCode);
    }
    RingnodeProcess plainly(arguments);
    QVERIFY2(plainly.waitUntilServing(), qPrintable(plainly.log()));
    QVERIFY(!data.exists(u"set-aside-2"_s));
}

void RingActsCommandsTest::aRemovalIsTakenBackThroughAnyMember()
{
    ChaosCluster cluster(5);
    QVERIFY(cluster.start());
    for (const int node : {3, 4}) {
        cluster.node(node)->kill();
        QTRY_VERIFY_WITH_TIMEOUT(isGone(cluster, cluster.name(node)), deadlineMs);
    }
    // n5 is to get some of what n4 held: so it cannot end.
    const RingctlResult plan = onCluster(cluster, {u"plan"_s, u"--remove"_s, u"n4"_s});
    QCOMPARE(plan.exitCode, 4);
    QVERIFY2(plan.output.contains("data is to come to n5"), plan.output.constData());
    for (int asked = 0; asked < 3; ++asked) {
        const RingctlResult begun = onCluster(cluster, {u"remove"_s, u"n4"_s, u"--yes"_s, u"--no-wait"_s});
        QVERIFY2(begun.exitCode == 0, begun.errors.constData());
        for (int i = 0; i < 3; ++i)
            QTRY_COMPARE_WITH_TIMEOUT(stateOf(cluster, u"n4"_s, i), u"LEAVING"_s, deadlineMs);
        const RingctlResult cancelled = onCluster(cluster, {u"cancel"_s, u"n4"_s}, asked);
        QVERIFY2(cancelled.exitCode == 0, cancelled.errors.constData());
        QTRY_COMPARE_WITH_TIMEOUT(stateOf(cluster, u"n4"_s), u"READY"_s, deadlineMs);
    }
    QCOMPARE(onCluster(cluster, {u"cancel"_s, u"n4"_s}).exitCode, 6);
}

QTEST_GUILESS_MAIN(RingActsCommandsTest)
#include "ring_acts_commands_test.moc"
