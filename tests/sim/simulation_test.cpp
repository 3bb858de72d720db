// SPDX-License-Identifier: GPL-3.0-or-later
// The simulator itself: a run is a function of its seed, and its log can be read.
#include "tests/sim/simulation.h"

#include <QMap>
#include <QSet>
#include <QtTest>

using namespace ringmaster::sim;

class SimulationTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aSeedReplaysIdenticallyWithAndWithoutItsLog();
    void seedsDrawDifferentMixtures();
    void everyOptionAndFaultIsDrawn();
    void aMixtureTakesAtMostOneStore();
    void theQuorumsCanSpareTheOneThatStaysDown();
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

void SimulationTest::everyOptionAndFaultIsDrawn()
{
    QSet<int> kinds;
    QSet<int> victims;
    QMap<QString, int> drawn;
    constexpr int leastDrawn = 12;
    for (quint64 seed = 1; seed <= 1000; ++seed) {
        const Mixture mixture = drawMixture(seed);
        drawn[QStringLiteral("own quorums")] += mixture.own.quorum > 0 ? 1 : 0;
        drawn[QStringLiteral("own PR or PW")] += mixture.own.primaryQuorum > 0 ? 1 : 0;
        drawn[QStringLiteral("other sloppiness")] += mixture.own.otherSloppiness > 0 ? 1 : 0;
        drawn[QStringLiteral("listings")] += mixture.habits.list > 0 ? 1 : 0;
        drawn[QStringLiteral("placements")] += mixture.habits.placement > 0 ? 1 : 0;
        drawn[QStringLiteral("long values")] += mixture.values.longOnes > 0 ? 1 : 0;
        drawn[QStringLiteral("many keys")] += mixture.keys >= 100 ? 1 : 0;
        drawn[QStringLiteral("few hints")] += mixture.hints.hints < 100 ? 1 : 0;
        drawn[QStringLiteral("short queues")] += mixture.network.queue < 100 ? 1 : 0;
        drawn[QStringLiteral("small contexts")] +=
            mixture.contextEntries < ringmaster::maxContextEntries ? 1 : 0;
        drawn[QStringLiteral("slow transfers")] += mixture.transferBytesPerSecond > 0 ? 1 : 0;
        drawn[QStringLiteral("rot in flight")] += mixture.rotInFlight > 0 ? 1 : 0;
        drawn[QStringLiteral("zones")] += mixture.zones > 0 ? 1 : 0;
        drawn[QStringLiteral("spared")] += mixture.spared ? 1 : 0;
        drawn[QStringLiteral("removed by itself")] += mixture.autoRemoveAfter.count() > 0 ? 1 : 0;
        drawn[QStringLiteral("two removals")] += mixture.otherRemoval ? 1 : 0;
        drawn[QStringLiteral("heirs")] += mixture.replaces() ? 1 : 0;
        for (const Fault& fault : mixture.faults) {
            kinds << static_cast<int>(fault.kind);
            victims << static_cast<int>(fault.victim);
            const bool stalls =
                fault.kind == FaultKind::SlowDisk && fault.commitDelay > std::chrono::seconds(5);
            drawn[QStringLiteral("stalled commits")] += stalls ? 1 : 0;
            drawn[QStringLiteral("days")] += std::abs(fault.jump.count()) > 86'400'000 ? 1 : 0;
        }
        for (const RingAct& act : mixture.ringActs)
            drawn[QStringLiteral("retirements")] += act.kind == RingActKind::Retire ? 1 : 0;
    }
    for (auto each = drawn.constBegin(); each != drawn.constEnd(); ++each)
        QVERIFY2(each.value() >= leastDrawn, qPrintable(each.key()));
    QCOMPARE(kinds.size(), faultKinds);
    QCOMPARE(victims.size(), 3);
}

void SimulationTest::theQuorumsCanSpareTheOneThatStaysDown()
{
    for (quint64 seed = 1; seed <= 500; ++seed) {
        const Mixture mixture = drawMixture(seed);
        if (!mixture.spared)
            continue;
        QVERIFY(mixture.readQuorum < mixture.replicas);
        QVERIFY(mixture.writeQuorum < mixture.replicas);
        QVERIFY(mixture.ringActs.empty() && !mixture.removal);
    }
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
        if (!mixture.otherRemoval)
            continue;
        // What only the two of them hold comes back with them.
        QVERIFY(!mixture.removal->isForGood && !mixture.otherRemoval->isForGood);
        QVERIFY(mixture.removal->member != mixture.otherRemoval->member);
        QVERIFY(mixture.nodes >= 5);
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
