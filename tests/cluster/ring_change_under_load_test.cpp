// SPDX-License-Identifier: GPL-3.0-or-later
// A ring that changes while it serves, with real processes: N=3, R=W=2, and clients that read, write and
// delete all the time, each request through up to three nodes. Nodes join and leave, and are killed in the
// middle of the copy. Afterwards everything that was acknowledged is there, on exactly its owners.
#include "tests/cluster/chaos_faults.h"
#include "tests/cluster/chaos_writers.h"
#include "tests/cluster/cluster_at_rest.h"
#include "tests/cluster/copy_watch.h"

#include <QRandomGenerator>

using namespace ringmaster;
using namespace Qt::StringLiterals;

namespace {

constexpr int deadlineMs = 60'000;
constexpr int replicas = 3;
constexpr int slowMs = 100;

// A cluster with keys in it, and clients that use them.
class BusyCluster : public ChaosCluster {
public:
    BusyCluster(int nodes, int keys)
        : ChaosCluster(nodes)
        , m_keys(keys)
    {
        qInfo("seed %llu", static_cast<unsigned long long>(m_seed));
    }

    // What went wrong; empty: the keys are in, and requests are going.
    QString begin(int clients)
    {
        if (!start())
            return u"the nodes do not start"_s;
        m_clock.start();
        if (const QString trouble = fillHotKeys(url(0), m_history, m_keys); !trouble.isEmpty())
            return trouble;
        qInfo("%d keys imported in %lld ms", m_keys, m_clock.elapsed());
        m_clock.start();
        m_writers.emplace(local().urls(), m_history, m_seed, ChaosLoad{.hotKeys = m_keys});
        m_writers->start(clients);
        return {};
    }
    // Ends the load and looks at what is there: what is wrong with it, or nothing.
    QString end()
    {
        const qint64 underLoadMs = m_clock.elapsed();
        m_writers->stop();
        if (!QTest::qWaitFor([&] { return m_writers->isIdle(); }, deadlineMs))
            return u"requests do not end"_s;
        const ChaosWriters::Counts& counts = m_writers->counts();
        qInfo("%lld ms under load: %d writes and deletes, %d of them acknowledged, %d failed; %d reads, %d "
              "failed; %d given up\n%s",
              underLoadMs, m_history.attempts() - m_keys, m_history.acknowledged() - m_keys,
              counts.failedWrites, counts.reads, counts.failedReads, counts.givenUp,
              qPrintable(m_writers->problems().join(u'\n')));
        if (counts.givenUp != 0)
            return u"%1 requests failed whichever node was asked"_s.arg(counts.givenUp);
        QString trouble;
        if (!QTest::qWaitFor([&] { return (trouble = whatIsUnderWay(*this)).isEmpty(); }, deadlineMs))
            return trouble;
        return whatIsWrongAtRest();
    }

    // Its record has come everywhere.
    bool isEverywhere(const QString& name, const QString& expected) const
    {
        for (int i = 0; i < size(); ++i) {
            if (state(name, i) != expected)
                return false;
        }
        return true;
    }
    // From now on clients use this one too.
    void use(int i) { m_writers->addNode(url(i)); }

    bool isInTheMiddle(const QList<int>& nodes) const
    {
        return ringmaster::isInTheMiddle(*this, nodes, m_keys);
    }

    bool killNode(int i)
    {
        node(i)->kill();
        return QTest::qWaitFor([&] { return node(i)->pid() == 0; }, deadlineMs);
    }
    // As it lies on the disk of one that was killed, by a copy, so that nothing is changed there.
    qsizetype objectsHeldBy(int i) const
    {
        QTemporaryDir copy;
        return copyFolder(dataOf(i), copy.path()) ? objectsOnDisk(copy.path()).size() : -1;
    }

private:
    QString whatIsWrongAtRest()
    {
        const ChaosHistory::Found found = exported(*this, 0);
        if (const QString lost = violations(m_history, found); !lost.isEmpty())
            return lost;
        const HashRing ring = ringOf(*this, 0);
        QString wrong;
        if (!QTest::qWaitFor([&] { return (wrong = wrongCounts(*this, ring, found.keys())).isEmpty(); },
                             deadlineMs))
            return wrong;
        if (!stop())
            return u"the nodes do not end"_s;
        const QStringList lines = misplaced(*this, ring);
        qInfo("%lld keys on %lld nodes", static_cast<long long>(found.size()),
              static_cast<long long>(ring.nodes().size()));
        return lines.mid(0, 10).join(u'\n');
    }

    int m_keys;
    quint64 m_seed = QRandomGenerator::global()->bounded(1'000'000);
    ChaosHistory m_history;
    std::optional<ChaosWriters> m_writers;
    QElapsedTimer m_clock;
};

} // namespace

class RingChangeUnderLoadTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void threeBecomeFiveAndThreeAgain();
    void twoJoinAtTheSameMoment();
    void aJoinerThatIsKilledInTheMiddleGoesOn();
    void aSenderThatIsKilledInTheMiddleComesBack();
    void aLeaverThatIsKilledInTheMiddleGoesOn();
};

void RingChangeUnderLoadTest::threeBecomeFiveAndThreeAgain()
{
    BusyCluster cluster(3, 50'000);
    QCOMPARE(cluster.begin(16), QString());
    QElapsedTimer clock;
    for (int joiner = 3; joiner < 5; ++joiner) {
        clock.start();
        QCOMPARE(cluster.addNode(), joiner);
        QTRY_VERIFY_WITH_TIMEOUT(cluster.isEverywhere(cluster.name(joiner), u"READY"_s), deadlineMs);
        qInfo("%s has joined after %lld ms", qPrintable(cluster.name(joiner)), clock.elapsed());
        cluster.use(joiner);
    }
    for (const int leaver : {1, 3}) {
        clock.start();
        QVERIFY(cluster.post(leaver, u"/api/v1/cluster/leave"_s));
        QTRY_VERIFY_WITH_TIMEOUT(cluster.isEverywhere(cluster.name(leaver), u"LEFT"_s), deadlineMs);
        qInfo("%s has left after %lld ms", qPrintable(cluster.name(leaver)), clock.elapsed());
    }
    QCOMPARE(cluster.end(), QString());
}

void RingChangeUnderLoadTest::twoJoinAtTheSameMoment()
{
    BusyCluster cluster(3, 10'000);
    QCOMPARE(cluster.begin(8), QString());
    QCOMPARE(cluster.addNode(), 3);
    QCOMPARE(cluster.addNode(), 4);
    QTRY_VERIFY_WITH_TIMEOUT(cluster.isEverywhere(u"n4"_s, u"READY"_s), deadlineMs);
    QTRY_VERIFY_WITH_TIMEOUT(cluster.isEverywhere(u"n5"_s, u"READY"_s), deadlineMs);
    QCOMPARE(cluster.end(), QString());
}

void RingChangeUnderLoadTest::aJoinerThatIsKilledInTheMiddleGoesOn()
{
    constexpr int keys = 20'000;
    BusyCluster cluster(3, keys);
    QCOMPARE(cluster.begin(8), QString());
    const int joiner = cluster.addNode();
    QVERIFY(slowDisks(cluster, {joiner}, slowMs));
    QVERIFY(cluster.isInTheMiddle({joiner}));
    QVERIFY(cluster.killNode(joiner));
    const qsizetype held = cluster.objectsHeldBy(joiner);
    qInfo("it holds %lld", static_cast<long long>(held));
    QVERIFY(held > 0 && held < keys * replicas / 4);
    QTRY_VERIFY_WITH_TIMEOUT(!cluster.member(u"n4"_s)["reachable"_L1].toBool(), deadlineMs);
    QCOMPARE(cluster.state(u"n4"_s), u"PENDING"_s);
    cluster.node(joiner)->start();
    QTRY_VERIFY_WITH_TIMEOUT(cluster.isEverywhere(u"n4"_s, u"READY"_s), deadlineMs);
    QCOMPARE(cluster.end(), QString());
}

void RingChangeUnderLoadTest::aSenderThatIsKilledInTheMiddleComesBack()
{
    BusyCluster cluster(3, 20'000);
    QCOMPARE(cluster.begin(8), QString());
    const int joiner = cluster.addNode();
    constexpr int sender = 1;
    QVERIFY(slowDisks(cluster, {joiner}, slowMs));
    QVERIFY(cluster.isInTheMiddle({joiner}));
    QVERIFY(cluster.killNode(sender));
    QCOMPARE(cluster.state(u"n4"_s), u"PENDING"_s);
    QVERIFY(slowDisks(cluster, {joiner}, 0));
    QTRY_VERIFY_WITH_TIMEOUT(!cluster.member(cluster.name(sender))["reachable"_L1].toBool(), deadlineMs);
    cluster.node(sender)->start();
    QTRY_VERIFY_WITH_TIMEOUT(cluster.isEverywhere(u"n4"_s, u"READY"_s), deadlineMs);
    QCOMPARE(cluster.end(), QString());
}

void RingChangeUnderLoadTest::aLeaverThatIsKilledInTheMiddleGoesOn()
{
    BusyCluster cluster(4, 20'000);
    QCOMPARE(cluster.begin(8), QString());
    constexpr int leaver = 3;
    const QList<int> receivers{0, 1, 2};
    QVERIFY(slowDisks(cluster, receivers, slowMs));
    QVERIFY(cluster.post(leaver, u"/api/v1/cluster/leave"_s));
    QVERIFY(cluster.isInTheMiddle(receivers));
    QVERIFY(cluster.killNode(leaver));
    QVERIFY(slowDisks(cluster, receivers, 0));
    QTRY_VERIFY_WITH_TIMEOUT(!cluster.member(u"n4"_s)["reachable"_L1].toBool(), deadlineMs);
    QCOMPARE(cluster.state(u"n4"_s), u"LEAVING"_s);
    cluster.node(leaver)->start();
    QTRY_VERIFY_WITH_TIMEOUT(cluster.isEverywhere(u"n4"_s, u"LEFT"_s), deadlineMs);
    QCOMPARE(cluster.end(), QString());
}

QTEST_GUILESS_MAIN(RingChangeUnderLoadTest)
#include "ring_change_under_load_test.moc"
