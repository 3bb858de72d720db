// SPDX-License-Identifier: GPL-3.0-or-later
// Five real nodes, N=3, and writers that remember what was acknowledged, while nodes are killed, paused and
// cut off one way in turn. Afterwards everything is there, and nothing else.
//
// RINGMASTER_CHAOS_SECONDS: how long each of the three goes on (default 20; 60 is the full run).
// RINGMASTER_CHAOS_SEED: repeats the draws of a run, though not its timing.
#include "tests/cluster/chaos_cluster.h"
#include "tests/cluster/chaos_faults.h"
#include "tests/cluster/chaos_history.h"
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
        QTest::newRow("killed, paused and cut off") << Disaster::None;
        QTest::newRow("and a store lost") << Disaster::LostStore;
        QTest::newRow("and an old store put back") << Disaster::OldStore;
    }
    void nothingAcknowledgedIsLost();
};

void ChaosTest::nothingAcknowledgedIsLost()
{
    QFETCH(Disaster, disaster);
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
    bool isOver = false;
    QTimer::singleShot(std::chrono::seconds(seconds), &clients, [&] { isOver = true; });
    clients.start(writers);
    faults.start();
    QTRY_VERIFY_WITH_TIMEOUT(isOver, (seconds + 10) * 1000);
    faults.stop();
    QTRY_VERIFY_WITH_TIMEOUT(faults.isDone(), healDeadlineMs);
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
    qInfo("%d attempts, %d acknowledged, %d failed; %d reads, %d failed; hints gone after %lld ms, replicas "
          "equal after %lld ms\n%s",
          history.attempts(), history.acknowledged(), clients.counts().failedWrites, clients.counts().reads,
          clients.counts().failedReads, hintsGoneMs, healing.elapsed(),
          qPrintable(faults.done().join(QStringLiteral(", "))));

    QVERIFY2(faults.trouble().isEmpty(), qPrintable(faults.trouble()));
    QVERIFY(history.acknowledged() > 10 * seconds);
    QCOMPARE(cluster.ctl({QStringLiteral("status")}).exitCode, 0);
    const ChaosHistory::Found found = exported(cluster, 1);
    QCOMPARE(exported(cluster, nodes - 1), found);
    const QString trouble = violations(history, found);
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
}

QTEST_GUILESS_MAIN(ChaosTest)
#include "chaos_test.moc"
