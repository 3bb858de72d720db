// SPDX-License-Identifier: GPL-3.0-or-later
// The quorum's arithmetic against a second, naive one.
#include "nodecore/request/latency_histogram.h"
#include "nodecore/request/quorum_tally.h"
#include "tests/support/virtual_time.h"

#include <QtTest>

using namespace ringmaster;
using Verdict = QuorumTally::Verdict;

class QuorumTallyTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void isMetExactlyAtTheQuorum();
    void isImpossibleAsSoonAsTooFewAreLeft();
    void primariesAreCountedApart();
    void anAnswerCountsOnce();
    void anAnswerOfOneThatWasNotAskedDoesNotCount();
    void aPrimaryAndWhoStandsInForItAreOneCopy();
    void aStandInCountsInTheRingsOfItsPrimary();
    void whoWasAReplicaBeforeIsNotAskedOnceMoreAsAStandIn();
    void theReportNamesThoseWhoAnsweredInOrderAndThoseWhoDidNot();
    void agreesWithANaiveCountOnRandomHistories();
    void percentilesAreWithinABucketOfTheTruth();
    void oldLatenciesFade();
};

namespace {

constexpr NodeId a{1};
constexpr NodeId b{2};
constexpr NodeId c{3};

QuorumTally threePrimaries(int needed, int primaries = 0)
{
    QuorumTally tally(needed, primaries);
    for (const NodeId node : {a, b, c})
        tally.addCandidate(node, ReplicaRole::Primary);
    return tally;
}

bool answer(QuorumTally& tally, NodeId node, Duration after)
{
    tally.markAsked(node);
    return tally.markAnswered(node, after);
}

} // namespace

void QuorumTallyTest::isMetExactlyAtTheQuorum()
{
    QuorumTally tally = threePrimaries(2);
    QCOMPARE(tally.verdict(), Verdict::Pending);
    QVERIFY(answer(tally, a, Duration{1}));
    QCOMPARE(tally.verdict(), Verdict::Pending);
    QVERIFY(answer(tally, b, Duration{2}));
    QCOMPARE(tally.verdict(), Verdict::Met);
    QVERIFY(tally.markMissing(c, MissingReason::Unreachable));
    QCOMPARE(tally.verdict(), Verdict::Met);
}

void QuorumTallyTest::isImpossibleAsSoonAsTooFewAreLeft()
{
    QuorumTally tally = threePrimaries(2);
    tally.markMissing(a, MissingReason::Unreachable);
    QCOMPARE(tally.verdict(), Verdict::Pending);
    tally.markMissing(b, MissingReason::NoAnswer);
    QCOMPARE(tally.verdict(), Verdict::Impossible);
    tally.addCandidate(NodeId{4}, ReplicaRole::Fallback);
    QCOMPARE(tally.verdict(), Verdict::Pending);
}

void QuorumTallyTest::primariesAreCountedApart()
{
    QuorumTally tally(2, 2);
    tally.addCandidate(a, ReplicaRole::Primary);
    tally.addCandidate(b, ReplicaRole::Primary);
    tally.addCandidate(c, ReplicaRole::Fallback);
    answer(tally, a, Duration{1});
    answer(tally, c, Duration{1});
    QCOMPARE(tally.verdict(), Verdict::Pending);
    tally.markMissing(b, MissingReason::Unreachable);
    QCOMPARE(tally.verdict(), Verdict::Impossible);
}

void QuorumTallyTest::anAnswerCountsOnce()
{
    QuorumTally tally = threePrimaries(2);
    QVERIFY(answer(tally, a, Duration{1}));
    QVERIFY(!answer(tally, a, Duration{2}));
    QVERIFY(!tally.markMissing(a, MissingReason::Refused));
    QVERIFY(!answer(tally, NodeId{99}, Duration{2}));
    QCOMPARE(tally.verdict(), Verdict::Pending);
    QVERIFY(tally.markMissing(b, MissingReason::Refused));
    QVERIFY(!answer(tally, b, Duration{3}));
}

void QuorumTallyTest::anAnswerOfOneThatWasNotAskedDoesNotCount()
{
    QuorumTally tally = threePrimaries(1);
    QVERIFY(!tally.markAnswered(a, Duration{1}));
    QCOMPARE(tally.verdict(), Verdict::Pending);
    tally.markAsked(a);
    QVERIFY(tally.markAnswered(a, Duration{1}));
    QCOMPARE(tally.verdict(), Verdict::Met);
}

void QuorumTallyTest::aPrimaryAndWhoStandsInForItAreOneCopy()
{
    constexpr NodeId d{4};
    constexpr NodeId e{5};
    QuorumTally tally = threePrimaries(2);
    tally.addStandIn(d, a);
    answer(tally, d, Duration{1});
    answer(tally, a, Duration{1});
    QCOMPARE(tally.verdict(), Verdict::Pending);
    tally.markMissing(b, MissingReason::NoAnswer);
    tally.markMissing(c, MissingReason::NoAnswer);
    QCOMPARE(tally.verdict(), Verdict::Impossible);
    tally.addStandIn(e, a);
    answer(tally, e, Duration{1});
    QCOMPARE(tally.verdict(), Verdict::Impossible);
    tally.addStandIn(NodeId{6}, b);
    QCOMPARE(tally.verdict(), Verdict::Pending);
    answer(tally, NodeId{6}, Duration{1});
    QCOMPARE(tally.verdict(), Verdict::Met);
}

void QuorumTallyTest::aStandInCountsInTheRingsOfItsPrimary()
{
    using Rings = QuorumTally::Rings;
    constexpr NodeId joiner{4};
    QuorumTally tally(2);
    tally.addCandidate(a, ReplicaRole::Primary, Rings::Both);
    tally.addCandidate(b, ReplicaRole::Primary, Rings::Current);
    tally.addCandidate(joiner, ReplicaRole::Primary, Rings::Next);
    tally.addStandIn(NodeId{5}, joiner);
    answer(tally, a, Duration{1});
    answer(tally, NodeId{5}, Duration{1});
    QCOMPARE(tally.verdict(), Verdict::Pending); // in the ring as it is only a has it
    answer(tally, b, Duration{1});
    QCOMPARE(tally.verdict(), Verdict::Met);
}

void QuorumTallyTest::whoWasAReplicaBeforeIsNotAskedOnceMoreAsAStandIn()
{
    using Rings = QuorumTally::Rings;
    QuorumTally tally(2, 0);
    for (const NodeId node : {a, b})
        tally.addCandidate(node, ReplicaRole::Primary, Rings::Both);
    tally.addCandidate(c, ReplicaRole::Primary, Rings::Next);
    for (const NodeId node : {a, b, c})
        tally.markAsked(node);
    tally.setRings(c, Rings::Neither); // the change was taken back
    tally.addStandIn(c, b);
    QVERIFY(!tally.nextToAsk());
}

void QuorumTallyTest::theReportNamesThoseWhoAnsweredInOrderAndThoseWhoDidNot()
{
    QuorumTally tally = threePrimaries(2);
    for (const NodeId node : {a, b, c})
        tally.markAsked(node);
    answer(tally, c, Duration{5});
    tally.markMissing(a, MissingReason::Refused, QStringLiteral("why"));
    tally.markSilentMissing();
    const QuorumReport report = tally.report();
    QCOMPARE(report.answered.size(), size_t(1));
    QCOMPARE(report.answered[0].node, c);
    QCOMPARE(report.missing.size(), size_t(2));
    QCOMPARE(report.missing[0].detail, QStringLiteral("why"));
    QCOMPARE(report.missing[1].node, b);
    QVERIFY(report.missing[1].reason == MissingReason::NoAnswer);
}

void QuorumTallyTest::agreesWithANaiveCountOnRandomHistories()
{
    const quint64 seed = 4711;
    qInfo("seed %llu", seed);
    SeededRandom random(seed);
    for (int round = 0; round < 5000; ++round) {
        const int n = 1 + int(random.below(7));
        const int needed = 1 + int(random.below(quint64(n)));
        const int primaries = int(random.below(quint64(needed) + 1));
        QuorumTally tally(needed, primaries);
        QList<bool> isPrimary;
        QList<char> state(n, '?'); // ? open, a answered, m missing
        for (int i = 0; i < n; ++i) {
            isPrimary << random.chance(0.7);
            tally.addCandidate(NodeId{quint64(i)},
                               isPrimary[i] ? ReplicaRole::Primary : ReplicaRole::Fallback);
        }
        for (int step = 0; step < 2 * n; ++step) {
            const int i = int(random.below(quint64(n)));
            const bool answers = random.chance(0.6);
            const bool taken = answers ? answer(tally, NodeId{quint64(i)}, Duration{1})
                                       : tally.markMissing(NodeId{quint64(i)}, MissingReason::NoAnswer);
            QCOMPARE(taken, state[i] == '?');
            if (taken)
                state[i] = answers ? 'a' : 'm';
            // Naively: try both "nobody else answers" and "everybody else answers".
            const auto met = [&](bool othersAnswer) {
                int all = 0;
                int first = 0;
                for (int k = 0; k < n; ++k) {
                    const bool counts = state[k] == 'a' || (state[k] == '?' && othersAnswer);
                    all += counts ? 1 : 0;
                    first += counts && isPrimary[k] ? 1 : 0;
                }
                return all >= needed && first >= primaries;
            };
            const Verdict expected = met(false)  ? Verdict::Met
                                     : met(true) ? Verdict::Pending
                                                 : Verdict::Impossible;
            QCOMPARE(tally.verdict(), expected);
        }
    }
}

void QuorumTallyTest::percentilesAreWithinABucketOfTheTruth()
{
    LatencyHistogram histogram;
    QCOMPARE(histogram.percentile(0.5), Duration{0});
    for (int us = 1; us <= 1000; ++us)
        histogram.add(std::chrono::microseconds(us));
    const auto us = [&](double fraction) {
        return std::chrono::duration<double, std::micro>(histogram.percentile(fraction)).count();
    };
    QVERIFY2(us(0.5) >= 500 && us(0.5) <= 500 * 1.13, qPrintable(QString::number(us(0.5))));
    QVERIFY2(us(0.99) >= 990 && us(0.99) <= 990 * 1.13, qPrintable(QString::number(us(0.99))));
    histogram.add(std::chrono::hours(3)); // beyond the last bucket
    QVERIFY(us(1.0) > 1e8);
}

void QuorumTallyTest::oldLatenciesFade()
{
    LatencyHistogram histogram;
    for (int i = 0; i < 1000; ++i)
        histogram.add(std::chrono::milliseconds(100));
    for (int i = 0; i < 10; ++i)
        histogram.age();
    histogram.add(std::chrono::milliseconds(1));
    QVERIFY(histogram.percentile(0.5) < std::chrono::milliseconds(2));
}

QTEST_GUILESS_MAIN(QuorumTallyTest)
#include "quorum_tally_test.moc"
