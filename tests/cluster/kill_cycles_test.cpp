// SPDX-License-Identifier: GPL-3.0-or-later
// Three real nodes under load, of which one, two or all are killed at once, again and again. Every
// acknowledged write is there afterwards, and no read meanwhile denies one.
//
// RINGMASTER_KILL_CYCLES: how often (default 10; 100 is the full run).
// RINGMASTER_CHAOS_SEED: repeats the draws of a run, though not its timing.
#include "tests/cluster/chaos_cluster.h"
#include "tests/cluster/chaos_history.h"
#include "tests/cluster/chaos_writers.h"
#include "tests/cluster/cluster_at_rest.h"

#include <QRandomGenerator>

#include <random>

using namespace ringmaster;

namespace {

constexpr int nodes = 3;
constexpr int writers = 16;
constexpr int deadlineMs = 120'000;
constexpr int leastWritesBetween = 20; // acknowledged, before the next kill

int given(const char* variable, int otherwise)
{
    bool isGiven = false;
    const int value = qEnvironmentVariableIntValue(variable, &isGiven);
    return isGiven ? value : otherwise;
}

} // namespace

class KillCyclesTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyAcknowledgedWriteOutlivesKillsOfAnyNumber()
    {
        const int cycles = given("RINGMASTER_KILL_CYCLES", 10);
        const auto seed = static_cast<quint64>(
            given("RINGMASTER_CHAOS_SEED", QRandomGenerator::global()->bounded(1'000'000)));
        qInfo("seed %llu, %d cycles", static_cast<unsigned long long>(seed), cycles);
        std::mt19937_64 random(seed);
        ChaosCluster cluster(nodes);
        QVERIFY(cluster.start());
        ChaosHistory history;
        ChaosWriters clients(cluster.local().urls(), history, seed);
        clients.start(writers);
        int killed[nodes + 1] = {};
        for (int cycle = 0; cycle < cycles; ++cycle) {
            const int enough = history.acknowledged() + leastWritesBetween + static_cast<int>(random() % 200);
            QTRY_VERIFY_WITH_TIMEOUT(history.acknowledged() >= enough, deadlineMs);
            QList<int> victims{0, 1, 2};
            std::shuffle(victims.begin(), victims.end(), random);
            victims.resize(1 + static_cast<qsizetype>(random() % nodes));
            ++killed[victims.size()];
            for (const int victim : std::as_const(victims))
                ::kill(static_cast<pid_t>(cluster.node(victim)->pid()), SIGKILL);
            for (const int victim : std::as_const(victims)) {
                QTRY_COMPARE_WITH_TIMEOUT(cluster.node(victim)->pid(), 0, deadlineMs);
                cluster.node(victim)->start();
            }
            for (const int victim : std::as_const(victims))
                QTRY_COMPARE_WITH_TIMEOUT(cluster.node(victim)->state(), NodeProcess::State::Serving,
                                          deadlineMs);
        }
        clients.stop();
        QTRY_VERIFY_WITH_TIMEOUT(clients.isIdle(), deadlineMs);
        QString underWay;
        QTRY_VERIFY2_WITH_TIMEOUT((underWay = whatIsUnderWay(cluster)).isEmpty(), qPrintable(underWay),
                                  deadlineMs);
        const ChaosWriters::Counts& counts = clients.counts();
        qInfo("one, two, all three killed: %d, %d, %d times; %d attempts, %d acknowledged, %d failed; %d "
              "reads, %d "
              "failed, %d answered by primaries",
              killed[1], killed[2], killed[3], history.attempts(), history.acknowledged(),
              counts.failedWrites, counts.reads, counts.failedReads, counts.firmReads);
        QVERIFY2(clients.wrongReads().isEmpty(), qPrintable(clients.wrongReads().join(QLatin1Char('\n'))));
        const ChaosHistory::Found found = exported(cluster, 0);
        QCOMPARE(exported(cluster, nodes - 1), found);
        const QString trouble = violations(history, found);
        QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
    }
};

QTEST_GUILESS_MAIN(KillCyclesTest)
#include "kill_cycles_test.moc"
