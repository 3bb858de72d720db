// SPDX-License-Identifier: GPL-3.0-or-later
// ringctl fault against real nodes.
#include "tests/cluster/chaos_cluster.h"
#include "tests/cluster/ringnode_process.h"

using namespace ringmaster;
using namespace Qt::StringLiterals;

class RingctlFaultTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        m_cluster = std::make_unique<ChaosCluster>(3);
        QVERIFY(m_cluster->start());
    }
    void cleanupTestCase() { m_cluster.reset(); }
    void cleanup()
    {
        if (m_cluster)
            run("fault clear");
    }

    void eachFaultIsDoneAndShown_data();
    void eachFaultIsDoneAndShown();
    void aMistakeIsSaidAndChangesNothing_data();
    void aMistakeIsSaidAndChangesNothing();
    void faultsAddUpUntilTheyAreTakenAway();
    void aNodeThatIsCutOffIsSeenToBe();
    void aPausedNodeGoesOn();
    void aProgramGetsJson();
    void whatIsWithoutInjectionSaysHowToHaveIt();

private:
    RingctlResult run(const char* line, int askedNode = 0) const
    {
        return m_cluster->ctl(QString::fromUtf8(line).split(u' '), askedNode);
    }

    std::unique_ptr<ChaosCluster> m_cluster;
};

void RingctlFaultTest::eachFaultIsDoneAndShown_data()
{
    QTest::addColumn<QByteArray>("shown");
    QTest::newRow("fault cut n2 n1") << QByteArray("nothing reaches n1, nothing comes from n1");
    QTest::newRow("fault cut n2 n1 --direction out") << QByteArray("nothing reaches n1");
    QTest::newRow("fault cut n2 n3 --direction in") << QByteArray("nothing comes from n3");
    QTest::newRow("fault delay n2 n1 20") << QByteArray("20 ms later at n1");
    QTest::newRow("fault loss n2 n1 0.25") << QByteArray("25 % lost to n1");
    QTest::newRow("fault disk n2 slow") << QByteArray("disk 50 ms slow");
    QTest::newRow("fault disk n2 slow --ms 7") << QByteArray("disk 7 ms slow");
    QTest::newRow("fault disk n2 full") << QByteArray("disk full");
    QTest::newRow("fault clock n2 5000") << QByteArray("wall clock 5000 ms ahead");
    QTest::newRow("fault clock -- n2 -5000") << QByteArray("wall clock 5000 ms behind");
    QTest::newRow("fault heal n2 n1") << QByteArray("none");
    QTest::newRow("fault disk n2 ok") << QByteArray("none");
}

void RingctlFaultTest::eachFaultIsDoneAndShown()
{
    QFETCH(QByteArray, shown);
    const RingctlResult done = run(QTest::currentDataTag());
    QVERIFY2(done.exitCode == 0, done.errors.constData());
    QCOMPARE(done.output, "n2: " + shown + '\n');
    const RingctlResult all = run("fault show", 2);
    QVERIFY2(all.output.contains("n2    " + shown + '\n'), all.output.constData());
    QVERIFY2(all.output.contains("n1    none\n"), all.output.constData());
    QCOMPARE(run("fault clear").exitCode, 0);
    QVERIFY(run("fault show").output.contains("n2    none\n"));
}

void RingctlFaultTest::aMistakeIsSaidAndChangesNothing_data()
{
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("said");
    QTest::newRow("fault cut n9 n1") << 3 << QByteArray("n1, n2, n3");
    QTest::newRow("fault cut n1 n9") << 1 << QByteArray("Its peers: n2, n3");
    QTest::newRow("fault cut n1 n1") << 1 << QByteArray("Its peers: n2, n3");
    QTest::newRow("fault cut n1 n2 --direction up") << 1 << QByteArray("out, in, both, none");
    QTest::newRow("fault cut n1") << 2 << QByteArray("NODE PEER");
    QTest::newRow("fault delay n1 n2 soon") << 2 << QByteArray("no number");
    QTest::newRow("fault delay n1 n2 60001") << 1 << QByteArray("from 0 to 60000");
    QTest::newRow("fault loss n1 n2 2") << 1 << QByteArray("from 0 to 1");
    QTest::newRow("fault disk n1 lost") << 2 << QByteArray("slow, full or ok");
    QTest::newRow("fault disk n1 slow --ms x") << 2 << QByteArray("--ms");
    QTest::newRow("fault pause n1 99999") << 1 << QByteArray("from 1 to 60000");
    QTest::newRow("fault") << 2 << QByteArray("needs one more word");
}

void RingctlFaultTest::aMistakeIsSaidAndChangesNothing()
{
    QFETCH(QByteArray, said);
    const RingctlResult done = run(QTest::currentDataTag());
    QTEST(done.exitCode, "code");
    QVERIFY2(done.errors.contains(said), done.errors.constData());
    QVERIFY(run("fault show").output.contains("n1    none\n"));
}

void RingctlFaultTest::faultsAddUpUntilTheyAreTakenAway()
{
    run("fault cut n1 n2 --direction in");
    run("fault delay n1 n2 5");
    QCOMPARE(run("fault disk n1 slow").output,
             QByteArray("n1: nothing comes from n2, 5 ms later at n2; disk 50 ms slow\n"));
    QCOMPARE(run("fault heal n1 n2").output, QByteArray("n1: disk 50 ms slow\n"));
}

void RingctlFaultTest::aNodeThatIsCutOffIsSeenToBe()
{
    run("fault cut n3 n1 --direction out");
    QTRY_VERIFY_WITH_TIMEOUT(run("status").output.contains("unreachable"), 20'000);
    QCOMPARE(run("put k v").exitCode, 0);
    run("fault clear");
    QTRY_VERIFY_WITH_TIMEOUT(!run("status").output.contains("unreachable"), 20'000);
}

void RingctlFaultTest::aPausedNodeGoesOn()
{
    const RingctlResult done = run("fault pause n3 700");
    QVERIFY2(done.exitCode == 0, done.errors.constData());
    QCOMPARE(done.output, QByteArray("n3: paused for 700 ms\n"));
    QTRY_VERIFY_WITH_TIMEOUT(run("get absent", 2).exitCode == 3, 20'000);
}

void RingctlFaultTest::aProgramGetsJson()
{
    const QJsonObject done = QJsonDocument::fromJson(run("fault disk n1 full --json").output).object();
    QVERIFY(done.value("disk"_L1).toObject().value("full"_L1).toBool());
    const QJsonObject all = QJsonDocument::fromJson(run("fault show --json").output).object();
    QCOMPARE(all.keys(), (QStringList{u"n1"_s, u"n2"_s, u"n3"_s}));
    const QJsonObject wrong = QJsonDocument::fromJson(run("fault disk n9 full --json").output).object();
    QCOMPARE(wrong.value("error"_L1).toString(), u"absent"_s);
}

// A node of its own, started as for real data.
void RingctlFaultTest::whatIsWithoutInjectionSaysHowToHaveIt()
{
    QTemporaryDir folder;
    RingnodeProcess node(RingnodeProcess::alone(u"n1"_s, folder.path()));
    QVERIFY(node.waitUntilServing());
    QVERIFY(!node.log().contains(u"FAULT INJECTION"_s));
    const QString url = u"http://"_s + node.listening(u"http"_s);
    const RingctlResult done = ringctl({u"fault"_s, u"disk"_s, u"n1"_s, u"full"_s}, {}, url);
    QCOMPARE(done.exitCode, 1);
    QVERIFY2(done.errors.contains("--enable-fault-injection"), done.errors.constData());

    QTemporaryDir other;
    RingnodeProcess open(RingnodeProcess::alone(u"n1"_s, other.path()) << u"--enable-fault-injection"_s);
    QVERIFY(open.waitUntilServing());
    QVERIFY(open.log().contains(u"FAULT INJECTION IS ENABLED"_s));
}

QTEST_GUILESS_MAIN(RingctlFaultTest)
#include "ringctl_fault_test.moc"
