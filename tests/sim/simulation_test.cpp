// SPDX-License-Identifier: GPL-3.0-or-later
// The simulator itself: a run is a function of its seed, and its log can be read.
#include "tests/sim/simulation.h"

#include <QSet>
#include <QtTest>

using namespace ringmaster::sim;

class SimulationTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aSeedReplaysIdenticallyWithAndWithoutItsLog();
    void seedsDrawDifferentMixtures();
    void aMixtureTakesAtMostOneStore();
    void aRemovalTakesTheOneStoreAndLeavesEnoughNodes();
    void theLogNamesMessagesFaultsAndClients();
};

void SimulationTest::aSeedReplaysIdenticallyWithAndWithoutItsLog()
{
    for (const quint64 seed : {1, 2, 3}) {
        const Mixture mixture = drawMixture(seed);
        Trace silent;
        const RunResult first = simulate(mixture, silent);
        QString log;
        QTextStream out(&log);
        Trace trace(&out);
        const RunResult second = simulate(mixture, trace);
        QCOMPARE(second.fingerprint, first.fingerprint);
        QCOMPARE(second.events, first.events);
        QVERIFY(first.operations > 0);
    }
}

void SimulationTest::seedsDrawDifferentMixtures()
{
    QSet<int> nodes;
    QSet<int> replicas;
    int strict = 0;
    for (quint64 seed = 1; seed <= 200; ++seed) {
        const Mixture mixture = drawMixture(seed);
        nodes << mixture.nodes;
        replicas << mixture.replicas;
        strict += mixture.isStrict() ? 1 : 0;
        QVERIFY(mixture.replicas <= mixture.nodes);
    }
    QCOMPARE(nodes, (QSet<int>{3, 4, 5, 6, 7}));
    QVERIFY(replicas.size() >= 4);
    QVERIFY(strict >= 20);
}

void SimulationTest::aMixtureTakesAtMostOneStore()
{
    int taken = 0;
    for (quint64 seed = 1; seed <= 500; ++seed) {
        const Mixture mixture = drawMixture(seed);
        const auto takers = std::count_if(mixture.faults.begin(), mixture.faults.end(),
                                          [](const Fault& fault) { return fault.takesAStore(); });
        QVERIFY(takers <= 1);
        taken += static_cast<int>(takers);
    }
    QVERIFY(taken > 50);
}

void SimulationTest::aRemovalTakesTheOneStoreAndLeavesEnoughNodes()
{
    constexpr int seeds = 1000;
    int changing = 0;
    int removing = 0;
    for (quint64 seed = 1; seed <= seeds; ++seed) {
        const Mixture mixture = drawMixture(seed);
        changing += mixture.ringActs.empty() ? 0 : 1;
        if (!mixture.removal)
            continue;
        ++removing;
        QVERIFY(!mixture.takesAStore());
        QVERIFY(mixture.writeQuorum >= 2);
        QVERIFY(mixture.nodes > mixture.replicas);
    }
    QVERIFY(changing > seeds / 3);
    QVERIFY(removing > seeds / 10);
}

void SimulationTest::theLogNamesMessagesFaultsAndClients()
{
    QString log;
    QTextStream out(&log);
    Trace trace(&out);
    quint64 seed = 1;
    while (drawMixture(seed).faults.empty())
        ++seed;
    (void)simulate(drawMixture(seed), trace);
    for (const char* word : {" → ", "ReadRequest", "WriteRequest", "CLIENT", "FAULT", "HEALED"})
        QVERIFY2(log.contains(QString::fromUtf8(word)), word);
}

QTEST_GUILESS_MAIN(SimulationTest)
#include "simulation_test.moc"
