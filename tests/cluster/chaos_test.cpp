// SPDX-License-Identifier: GPL-3.0-or-later
// Five real nodes, N=3, and writers that remember what was acknowledged, while nodes are killed, paused, cut
// off one way and have their disks filled in turn, and members join, leave and are removed. Meanwhile no read
// denies what was acknowledged; afterwards everything is there, and nothing else.
//
// RINGMASTER_CHAOS_SECONDS: how long each variant goes on (default 20; 600 is the full run).
// RINGMASTER_CHAOS_SEED: repeats the draws of a run, though not its timing.
#include "tests/cluster/chaos_cluster.h"
#include "tests/cluster/chaos_faults.h"
#include "tests/cluster/chaos_history.h"
#include "tests/cluster/chaos_ring.h"
#include "tests/cluster/chaos_writers.h"
#include "tests/cluster/cluster_at_rest.h"

#include <QRandomGenerator>

using namespace ringmaster;
using Disaster = ChaosFaults::Disaster;

Q_DECLARE_METATYPE(ringmaster::ChaosFaults::Disaster)

namespace {

constexpr int nodes = 5;
constexpr int writers = 24;
constexpr int healDeadlineMs = 120'000;

// Which keys the primaries do not hold equally, asked with many requests under way.
QList<QByteArray> unequalKeys(const ChaosCluster& cluster, const QList<QByteArray>& keys)
{
    NodeClient client({cluster.url(0)});
    QObject context;
    QList<QByteArray> unequal;
    qsizetype next = 0;
    qsizetype left = keys.size();
    std::function<void()> askNext = [&] {
        if (next >= keys.size())
            return;
        const QByteArray key = keys.at(next++);
        client.placement(
            *Key::fromBytes(key), &context, [&, key](const ClientResult<ClientPlacement>& placed) {
                QSet<QStringList> held;
                bool isWhole = placed.has_value();
                for (const auto& replica : placed ? placed->replicas : QList<ClientPlacement::Replica>()) {
                    isWhole = isWhole && replica.siblings.has_value();
                    QStringList dots;
                    for (const ClientSibling& sibling : replica.siblings.value_or(QList<ClientSibling>()))
                        dots.append(sibling.dot);
                    dots.sort();
                    held.insert(dots);
                }
                if (!isWhole || held.size() != 1)
                    unequal.append(key);
                --left;
                askNext();
            });
    };
    constexpr int atOnce = 32;
    for (int i = 0; i < atOnce; ++i)
        askNext();
    const bool all = QTest::qWaitFor([&] { return left == 0; }, healDeadlineMs);
    return all ? unequal : keys;
}

} // namespace

class ChaosTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void nothingAcknowledgedIsLost_data()
    {
        QTest::addColumn<Disaster>("disaster");
        QTest::addColumn<bool>("ringChanges");
        QTest::newRow("killed, paused, cut off and full") << Disaster::None << false;
        QTest::newRow("and a store lost") << Disaster::LostStore << false;
        QTest::newRow("and an old store put back") << Disaster::OldStore << false;
        QTest::newRow("and members join, leave and are removed") << Disaster::None << true;
    }
    void nothingAcknowledgedIsLost();
};

void ChaosTest::nothingAcknowledgedIsLost()
{
    QFETCH(Disaster, disaster);
    QFETCH(bool, ringChanges);
    bool isGiven = false;
    const int given = qEnvironmentVariableIntValue("RINGMASTER_CHAOS_SECONDS", &isGiven);
    const int seconds = isGiven ? given : 20;
    const int givenSeed = qEnvironmentVariableIntValue("RINGMASTER_CHAOS_SEED", &isGiven);
    const auto seed =
        static_cast<quint64>(isGiven ? givenSeed : QRandomGenerator::global()->bounded(1'000'000));
    qInfo("seed %llu, %d s", static_cast<unsigned long long>(seed), seconds);

    ChaosCluster cluster(nodes);
    QVERIFY(cluster.start());
    ChaosHistory history;
    ChaosWriters clients(cluster.local().urls(), history, seed);
    ChaosFaults faults(cluster.local(), disaster, seed);
    ChaosRing ring(cluster.local(), faults, clients);
    // A replica that lost what it held is asked like any other until it is filled again.
    if (disaster != Disaster::None)
        clients.stopJudging();
    bool isOver = false;
    QTimer::singleShot(std::chrono::seconds(seconds), &clients, [&] { isOver = true; });
    clients.start(writers);
    faults.start();
    if (ringChanges)
        ring.start();
    QTRY_VERIFY_WITH_TIMEOUT(isOver, (seconds + 10) * 1000);
    faults.stop();
    QTRY_VERIFY_WITH_TIMEOUT(faults.isDone(), healDeadlineMs);
    ring.stop();
    QTRY_VERIFY2_WITH_TIMEOUT(ring.isDone(), qPrintable(ring.waitsFor()), healDeadlineMs);
    for (int i = 0; i < cluster.size(); ++i) {
        if (ring.isAway(cluster.node(i)))
            cluster.setAway(i);
    }
    clients.stop();
    QTRY_VERIFY_WITH_TIMEOUT(clients.isIdle(), healDeadlineMs);

    QElapsedTimer healing;
    healing.start();
    QTRY_COMPARE_WITH_TIMEOUT(sumOfRepair(cluster, QStringLiteral("hints")), 0, healDeadlineMs);
    const qint64 hintsGoneMs = healing.elapsed();
    QList<QByteArray> unequal = history.keys();
    QTRY_VERIFY2_WITH_TIMEOUT(
        (unequal = unequalKeys(cluster, unequal)).isEmpty(),
        (QByteArray::number(unequal.size()) + " keys differ: " + unequal.value(0)).constData(),
        healDeadlineMs);
    QTRY_COMPARE_WITH_TIMEOUT(sumOfRepair(cluster, QStringLiteral("divergent_slots")), 0, healDeadlineMs);
    const ChaosWriters::Counts& counts = clients.counts();
    qInfo("%d attempts, %d acknowledged, %d failed; %d reads, %d failed, %d answered by primaries, %d "
          "absent; hints "
          "gone after %lld ms, replicas equal after %lld ms\n%s\n%s",
          history.attempts(), history.acknowledged(), counts.failedWrites, counts.reads, counts.failedReads,
          counts.firmReads, counts.absent, hintsGoneMs, healing.elapsed(),
          qPrintable(faults.done().join(QStringLiteral(", "))),
          qPrintable(ring.done().join(QStringLiteral(", "))));
    QVERIFY2(clients.wrongReads().isEmpty(), qPrintable(clients.wrongReads().join(QLatin1Char('\n'))));

    QVERIFY2(faults.trouble().isEmpty(), qPrintable(faults.trouble()));
    QVERIFY(history.acknowledged() > 10 * seconds);
    QCOMPARE(cluster.ctl({QStringLiteral("status")}).exitCode, 0);
    const QList<int> present = cluster.present();
    const ChaosHistory::Found found = exported(cluster, present.first());
    QCOMPARE(exported(cluster, present.last()), found);
    const QString trouble = violations(history, found);
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
}

QTEST_GUILESS_MAIN(ChaosTest)
#include "chaos_test.moc"
