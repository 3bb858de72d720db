// SPDX-License-Identifier: GPL-3.0-or-later
// Three real nodes, N=3, W=2, R=2, some of them killed or frozen: how long requests take, and what they say.
#include "tests/cluster/asker.h"
#include "tests/cluster/chaos_cluster.h"

#include <algorithm>

using namespace ringmaster;
using namespace Qt::StringLiterals;

namespace {

constexpr int requests = 100;

// Takes nodes away, by a crash or by freezing them.
void takeAway(const ChaosCluster& cluster, int node, bool isFrozen)
{
    ::kill(static_cast<pid_t>(cluster.node(node)->pid()), isFrozen ? SIGSTOP : SIGKILL);
}

struct Times {
    double median = 0;
    double worst = 0;
    QString problem; // the first failure; empty: none
};

// Writes and reads, one after another, each key its own.
Times writeAndRead(const ChaosCluster& cluster, const QByteArray& prefix)
{
    Asker asker(cluster.url(0));
    std::vector<double> took;
    Times times;
    for (int i = 0; i < requests; ++i) {
        const QByteArray key = prefix + QByteArray::number(i);
        for (const Answer& answer : {asker.put(key, "v"), asker.get(key)}) {
            took.push_back(answer.ms);
            if (!answer.result && times.problem.isEmpty())
                times.problem = answer.result.error().message;
        }
    }
    std::sort(took.begin(), took.end());
    times.median = took.at(took.size() / 2);
    times.worst = took.back();
    return times;
}

bool seesAll(const ChaosCluster& cluster)
{
    const QJsonObject stats = cluster.json(0, u"/api/v1/stats"_s);
    return stats.value("peers"_L1).toObject().value("connected"_L1).toInt() == cluster.size() - 1;
}

} // namespace

class NodesDownTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void withOneOfThreeDownNothingWaitsForIt_data()
    {
        QTest::addColumn<bool>("isFrozen");
        QTest::newRow("killed") << false;
        QTest::newRow("frozen") << true;
    }
    void withOneOfThreeDownNothingWaitsForIt()
    {
        QFETCH(bool, isFrozen);
        ChaosCluster cluster(3);
        QVERIFY(cluster.start());
        QTRY_VERIFY_WITH_TIMEOUT(seesAll(cluster), 10'000);
        const Times before = writeAndRead(cluster, "before/");
        QVERIFY2(before.problem.isEmpty(), qPrintable(before.problem));
        takeAway(cluster, 2, isFrozen);
        Asker(cluster.url(0)).put("first", "v"); // the one attempt that may fail or wait
        const Times after = writeAndRead(cluster, "after/");
        qInfo("median %.2f ms, worst %.1f ms; with one down median %.2f ms, worst %.1f ms", before.median,
              before.worst, after.median, after.worst);
        QVERIFY2(after.problem.isEmpty(), qPrintable(after.problem));
        QVERIFY(after.worst < Asker::timeoutMs / 2.0);
        // Generous, for a busy machine; whoever waited for a silent node would be far beyond.
        QVERIFY(after.median < 4 * before.median + 20);
    }

    void withTwoOfThreeDownAWriteAnswersInTimeAndNamesThem_data()
    {
        QTest::addColumn<bool>("isFrozen");
        QTest::addColumn<bool>("sloppy");
        QTest::newRow("killed, sloppy") << false << true;
        QTest::newRow("killed, strict") << false << false;
        QTest::newRow("frozen, sloppy") << true << true;
        QTest::newRow("frozen, strict") << true << false;
    }
    void withTwoOfThreeDownAWriteAnswersInTimeAndNamesThem()
    {
        QFETCH(bool, isFrozen);
        QFETCH(bool, sloppy);
        ChaosCluster cluster(3);
        QVERIFY(cluster.start());
        QTRY_VERIFY_WITH_TIMEOUT(seesAll(cluster), 10'000);
        takeAway(cluster, 1, isFrozen);
        takeAway(cluster, 2, isFrozen);
        Asker asker(cluster.url(0));
        asker.options().quorum = 2;
        asker.options().sloppy = sloppy;
        // At once, while nobody knows yet, and again when it is known.
        for (const char* when : {"at once", "later"}) {
            const Answer answer = asker.put("k", "v");
            constexpr double grace = 500;
            QVERIFY2(answer.ms < Asker::timeoutMs + grace, when);
            QVERIFY2(!answer.result, when);
            const ClientError& error = answer.result.error();
            QVERIFY2(error.word == "quorum_not_met"_L1 || error.word == "deadline_passed"_L1,
                     qPrintable(error.word));
            QVERIFY2(error.message.contains(u"n2"_s) && error.message.contains(u"n3"_s),
                     qPrintable(error.message));
            QVERIFY(error.quorum);
            QCOMPARE(answer.missing(), (QStringList{u"n2"_s, u"n3"_s}));
            QTRY_VERIFY_WITH_TIMEOUT(cluster.ctl({u"status"_s}).exitCode == 4, 10'000);
        }
        const RingctlResult told = cluster.ctl({u"put"_s, u"k"_s, u"v"_s, u"--timeout"_s, u"2000"_s});
        QCOMPARE(told.exitCode, 4);
        QVERIFY2(told.errors.contains("n2") && told.errors.contains("n3"), told.errors.constData());
    }

    void whatWaitsForAFrozenPeerIsCounted()
    {
        ChaosCluster cluster(3);
        QVERIFY(cluster.start());
        QTRY_VERIFY_WITH_TIMEOUT(seesAll(cluster), 10'000);
        takeAway(cluster, 2, true);
        Asker asker(cluster.url(0));
        const QByteArray big(1000 * 1000, 'x');
        const auto queued = [&] {
            const QJsonObject stats = cluster.json(0, u"/api/v1/stats"_s);
            return stats.value("peers"_L1).toObject().value("queued_bytes"_L1).toInt();
        };
        for (int i = 0; i < 12 && queued() == 0; ++i)
            QVERIFY(asker.put(QByteArray::number(i), big).result);
        QVERIFY(queued() > 0);
    }
};

QTEST_GUILESS_MAIN(NodesDownTest)
#include "nodes_down_test.moc"
