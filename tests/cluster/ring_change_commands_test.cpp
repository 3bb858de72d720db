// SPDX-License-Identifier: GPL-3.0-or-later
// A ring that grows and shrinks by hand, with real processes: through ringctl, as an operator does it.
#include "tests/cluster/chaos_cluster.h"
#include "tests/cluster/ringnode_process.h"

#include <QDir>
#include <QJsonArray>

using namespace ringmaster;
using namespace Qt::StringLiterals;

namespace {

constexpr int deadlineMs = 60'000;
constexpr int keyCount = 3000;
constexpr int replicas = 3;
constexpr int removedExitCode = 7;
constexpr int refusedExitCode = 6;

QJsonObject parsed(const RingctlResult& result)
{
    return QJsonDocument::fromJson(result.output).object();
}

QByteArray lines(int count)
{
    QByteArray text;
    for (int i = 0; i < count; ++i)
        text += "key-" + QByteArray::number(i) + "\tvalue-" + QByteArray::number(i) + '\n';
    return text;
}

class GrowingCluster : public ChaosCluster {
public:
    explicit GrowingCluster(int nodes)
        : ChaosCluster(nodes)
    {}
    ~GrowingCluster()
    {
        reopen(); // with the nodes that ringctl has added, so that they end too
        for (const NodeProcess* node : m_reopened ? m_reopened->nodes() : QList<NodeProcess*>()) {
            if (node->pid() > 0)
                ::kill(static_cast<pid_t>(node->pid()), SIGKILL);
        }
    }

    QString folder() { return local().spec().folder; }
    RingctlResult cluster(const QStringList& arguments) const
    {
        return ctl(QStringList{u"cluster"_s} + arguments);
    }
    bool fill() const
    {
        return ringctl({u"import"_s, u"--format"_s, u"tsv"_s, u"-"_s}, lines(keyCount), url(0).toString())
                   .exitCode == 0;
    }
    // Keys held by all nodes that live, as each says itself: what a member last said of itself may be old.
    qint64 copies() const
    {
        qint64 sum = 0;
        const QJsonObject view = json(0, u"/api/v1/members"_s);
        for (const QJsonValue& one : view.value("members"_L1).toArray()) {
            if (one.toObject().value("reachable"_L1).toBool())
                sum += keysAt(one.toObject().value("http"_L1).toString());
        }
        return sum;
    }
    qint64 keysOf(const QString& name) const { return keysAt(member(name).value("http"_L1).toString()); }
    qint64 listed() const { return static_cast<qint64>(ctl({u"keys"_s}).output.count('\n')); }
    // A process of the folder that this object's own cluster does not know.
    NodeProcess* added(const QString& name)
    {
        reopen();
        NodeProcess* const node = m_reopened ? m_reopened->node(name) : nullptr;
        if (node)
            node->adoptRunning();
        return node;
    }
    void killNode(const QString& name)
    {
        if (NodeProcess* const node = added(name))
            node->kill();
    }
    // What a further node is started with, by hand.
    QStringList joining(const QString& name, const QString& data, const QString& clusterName = u"local"_s)
    {
        return RingnodeProcess::alone(name, data) +
               QStringList{u"--cluster"_s, clusterName, u"--join"_s, node(0)->spec().peerAddress};
    }
    QString dataOf(const QString& name) { return folder() + u'/' + name + u"/data"_s; }

private:
    static qint64 keysAt(const QString& httpAddress)
    {
        NodeClient client({QUrl(u"http://"_s + httpAddress)});
        QObject context;
        std::optional<qint64> keys;
        client.json(u"/api/v1/stats"_s, &context, [&](const ClientResult<QJsonObject>& answer) {
            keys = answer ? answer->value("keys"_L1).toInteger() : 0;
        });
        [[maybe_unused]] const bool came = QTest::qWaitFor([&] { return keys.has_value(); }, 10'000);
        return keys.value_or(0);
    }
    void reopen()
    {
        LocalClusterSpec spec;
        spec.folder = folder();
        auto opened = LocalCluster::open(spec);
        if (!opened)
            return;
        m_reopened = std::move(*opened);
        for (NodeProcess* node : m_reopened->nodes())
            node->adoptRunning();
    }
    std::unique_ptr<LocalCluster> m_reopened;
};

} // namespace

class RingChangeCommandsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void threeBecomeFiveAndThreeAgain();
    void aJoinMovesWhatItsPlanForetold();
    void nothingIsDoneUnasked();
    void aDeadMemberIsRemovedAndCannotComeBack();
    void aNewNodeTakesTheTokensOfADeadOne();
    void aStrangerOfAnotherClusterIsRefused();
    void aNamesakeOfALivingMemberIsRefused();
};

void RingChangeCommandsTest::threeBecomeFiveAndThreeAgain()
{
    GrowingCluster cluster(3);
    QVERIFY(cluster.start());
    QVERIFY(cluster.fill());
    for (const QString& joiner : {u"n4"_s, u"n5"_s}) {
        const RingctlResult joined = cluster.cluster({u"join"_s, u"--dir"_s, cluster.folder(), u"--yes"_s});
        QVERIFY2(joined.exitCode == 0, joined.errors.constData());
        QVERIFY2(joined.output.contains("FROM"), joined.output.constData());
        QVERIFY2(joined.errors.contains(joiner.toUtf8() + " is READY"), joined.errors.constData());
        QTRY_COMPARE_WITH_TIMEOUT(cluster.copies(), qint64{replicas * keyCount}, deadlineMs);
    }
    for (const QString& leaver : {u"n2"_s, u"n4"_s}) {
        const RingctlResult left = cluster.cluster({u"leave"_s, leaver, u"--yes"_s});
        QVERIFY2(left.exitCode == 0, left.errors.constData());
        QCOMPARE(cluster.state(leaver), u"LEFT"_s);
        QTRY_COMPARE_WITH_TIMEOUT(cluster.copies(), qint64{replicas * keyCount}, deadlineMs);
    }
    QCOMPARE(cluster.listed(), qint64{keyCount});
    const RingctlResult progress = cluster.cluster({u"progress"_s});
    QVERIFY2(progress.output.contains("does not change"), progress.output.constData());
    const RingctlResult again = cluster.cluster({u"join"_s, u"n4"_s, u"--yes"_s});
    QVERIFY2(again.exitCode == 0, again.errors.constData());
}

void RingChangeCommandsTest::aJoinMovesWhatItsPlanForetold()
{
    GrowingCluster cluster(3);
    QVERIFY(cluster.start());
    QVERIFY(cluster.fill());
    const QStringList place{u"--at"_s, u"9000,30000,41000,60000"_s};
    const RingctlResult foretold =
        cluster.cluster(QStringList{u"plan"_s, u"--join"_s, u"n4"_s, u"--json"_s} + place);
    QVERIFY2(foretold.exitCode == 0, foretold.output.constData());
    const QJsonObject plan = parsed(foretold);
    const qint64 objects = plan.value("objects"_L1).toInteger();
    QVERIFY(objects > 0);
    QVERIFY(cluster.state(u"n4"_s).isEmpty()); // nothing was done

    const RingctlResult joined = cluster.cluster(
        QStringList{u"join"_s, u"--dir"_s, cluster.folder(), u"--yes"_s, u"--json"_s} + place);
    QVERIFY2(joined.exitCode == 0, joined.output.constData());
    QCOMPARE(parsed(joined).value("outcome"_L1).toString(), u"done"_s);
    QCOMPARE(cluster.json(0, u"/api/v1/ring"_s).value("digest"_L1), plan.value("digest_after"_L1));
    QCOMPARE(cluster.keysOf(u"n4"_s), objects);
    QTRY_COMPARE_WITH_TIMEOUT(cluster.copies(), qint64{replicas * keyCount}, deadlineMs);
}

void RingChangeCommandsTest::nothingIsDoneUnasked()
{
    GrowingCluster cluster(3);
    QVERIFY(cluster.start());
    const RingctlResult costly = cluster.cluster({u"leave"_s, u"n3"_s, u"--yes"_s});
    QCOMPARE(costly.exitCode, 6);
    QVERIFY2(costly.errors.contains("2 replicas instead of N=3"), costly.errors.constData());
    const RingctlResult unasked = cluster.cluster({u"leave"_s, u"n3"_s, u"--force"_s});
    QCOMPARE(unasked.exitCode, 2);
    QVERIFY2(unasked.errors.contains("--yes"), unasked.errors.constData());
    QVERIFY2(unasked.output.contains("HOLDS"), unasked.output.constData()); // the plan
    QCOMPARE(cluster.cluster({u"remove"_s, u"n3"_s, u"--yes"_s}).exitCode, 6);
    QCOMPARE(cluster.cluster({u"leave"_s, u"n9"_s, u"--yes"_s}).exitCode, 3);
    QCOMPARE(cluster.cluster({u"cancel"_s}).exitCode, 6);
    QCOMPARE(cluster.cluster({u"join"_s}).exitCode, 2);
    const RingctlResult stranger = cluster.cluster({u"join"_s, u"n9"_s, u"--yes"_s});
    QVERIFY2(stranger.errors.contains("ringnode --name n9"), stranger.errors.constData());
    QCOMPARE(cluster.state(u"n3"_s), u"READY"_s);
}

void RingChangeCommandsTest::aDeadMemberIsRemovedAndCannotComeBack()
{
    GrowingCluster cluster(4);
    QVERIFY(cluster.start());
    QVERIFY(cluster.fill());
    cluster.killNode(u"n4"_s);
    QTRY_VERIFY_WITH_TIMEOUT(!cluster.member(u"n4"_s).value("reachable"_L1).toBool(), deadlineMs);
    QVERIFY(QDir(cluster.folder() + u"/n4"_s).rename(cluster.dataOf(u"n4"_s), cluster.folder() + u"/lost"_s));
    const RingctlResult removed = cluster.cluster({u"remove"_s, u"n4"_s, u"--yes"_s});
    QVERIFY2(removed.exitCode == 0, removed.errors.constData());
    QCOMPARE(cluster.state(u"n4"_s), u"REMOVED"_s);
    QTRY_COMPARE_WITH_TIMEOUT(cluster.copies(), qint64{replicas * keyCount}, deadlineMs);

    for (const QString& data : {cluster.folder() + u"/lost"_s, cluster.folder() + u"/empty"_s}) {
        RingnodeProcess back(cluster.joining(u"n4"_s, data));
        QVERIFY2(back.waitForEnd(), qPrintable(back.log()));
        QVERIFY2(back.exitCode() == removedExitCode, qPrintable(back.log()));
        QVERIFY2(back.log().contains(u"To join anew"_s), qPrintable(back.log()));
    }
    QCOMPARE(cluster.state(u"n4"_s), u"REMOVED"_s);
    RingnodeProcess anew(cluster.joining(u"n5"_s, cluster.folder() + u"/anew"_s));
    QVERIFY2(anew.waitUntilServing(), qPrintable(anew.log()));
}

void RingChangeCommandsTest::aNewNodeTakesTheTokensOfADeadOne()
{
    GrowingCluster cluster(4);
    QVERIFY(cluster.start());
    QVERIFY(cluster.fill());
    const QJsonValue owned = cluster.member(u"n4"_s).value("primary_slots"_L1);
    const RingctlResult living =
        cluster.cluster({u"replace"_s, u"n4"_s, u"--dir"_s, cluster.folder(), u"--yes"_s});
    QVERIFY2(living.exitCode == 6, living.errors.constData());
    cluster.killNode(u"n4"_s);
    QTRY_VERIFY_WITH_TIMEOUT(!cluster.member(u"n4"_s).value("reachable"_L1).toBool(), deadlineMs);
    QVERIFY(QDir(cluster.dataOf(u"n4"_s)).removeRecursively());
    const RingctlResult replaced =
        cluster.cluster({u"replace"_s, u"n4"_s, u"--dir"_s, cluster.folder(), u"--yes"_s});
    QVERIFY2(replaced.exitCode == 0, replaced.errors.constData());
    QCOMPARE(cluster.state(u"n4"_s), u"REMOVED"_s);
    QCOMPARE(cluster.state(u"n5"_s), u"READY"_s);
    QCOMPARE(cluster.member(u"n5"_s).value("primary_slots"_L1), owned);
    QTRY_COMPARE_WITH_TIMEOUT(cluster.copies(), qint64{replicas * keyCount}, deadlineMs);
    QCOMPARE(cluster.listed(), qint64{keyCount});
}

void RingChangeCommandsTest::aStrangerOfAnotherClusterIsRefused()
{
    GrowingCluster cluster(1);
    QVERIFY(cluster.start());
    RingnodeProcess stranger(cluster.joining(u"n9"_s, cluster.folder() + u"/n9"_s, u"another"_s));
    QVERIFY2(stranger.waitForEnd(), qPrintable(stranger.log()));
    QCOMPARE(stranger.exitCode(), refusedExitCode);
    QVERIFY2(stranger.log().contains(u"n1 belongs to cluster \"local\""_s), qPrintable(stranger.log()));
    QVERIFY(cluster.state(u"n9"_s).isEmpty());
}

void RingChangeCommandsTest::aNamesakeOfALivingMemberIsRefused()
{
    GrowingCluster cluster(2);
    QVERIFY(cluster.start());
    RingnodeProcess namesake(cluster.joining(u"n2"_s, cluster.folder() + u"/namesake"_s));
    QVERIFY2(namesake.waitForEnd(), qPrintable(namesake.log()));
    QCOMPARE(namesake.exitCode(), refusedExitCode);
    QVERIFY2(namesake.log().contains(u"living member already"_s), qPrintable(namesake.log()));
    QCOMPARE(cluster.state(u"n2"_s), u"READY"_s);
}

QTEST_GUILESS_MAIN(RingChangeCommandsTest)
#include "ring_change_commands_test.moc"
