// SPDX-License-Identifier: GPL-3.0-or-later
// Real nodes whose network is cut in two, links and datagrams, seen from both sides: each serves what its
// quorums allow and knows whom it misses, nobody's ring changes. Healed, they are one cluster again by
// themselves, with all that was acknowledged on either side. N=3, R=W=2, sloppy, unless said otherwise.
#include "tests/cluster/asker.h"
#include "tests/cluster/copy_watch.h"
#include "tests/cluster/cut_cluster.h"

using namespace ringmaster;
using namespace Qt::StringLiterals;

namespace {

constexpr int deadlineMs = 60'000;
constexpr int nodes = 4;
constexpr int watchMs = 3000;

// Of the requests that ask for two answers.
enum class Serves { All, Some, Nothing };

// Nothing is right: it was refused at once, for want of some of those on the other side, by name.
QString isWrongInRefusal(const CutCluster& cluster, const Answer& answer, const Side& other)
{
    if (answer.result)
        return u"it was not refused"_s;
    const ClientError& error = answer.result.error();
    const QStringList missing = answer.missing();
    QStringList names;
    for (const int i : other)
        names.append(cluster.name(i));
    const bool isNamed =
        !missing.isEmpty() && std::all_of(missing.begin(), missing.end(), [&](const QString& each) {
            return names.contains(each) && error.message.contains(each);
        });
    const bool isQuick = answer.ms < Asker::timeoutMs / 2.0;
    return error.word == "quorum_not_met"_L1 && isNamed && isQuick
               ? QString()
               : u"%1 after %2 ms: %3"_s.arg(error.word).arg(answer.ms).arg(error.message);
}

} // namespace

class NetworkCutTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aMemberThatIsCutOff();
    void twoHalves();
    void aJoinBegunBeforeTheCut_data();
    void aJoinBegunBeforeTheCut();

private:
    // Clients use one side: what comes of it.
    static void serves(CutCluster& cluster, const Side& side, const Side& other, Serves expected,
                       std::optional<int> quorum = {});
    static void healsIntoOne(CutCluster& cluster);
    static void hasEverything(CutCluster& cluster, bool isWithSiblings);
};

void NetworkCutTest::serves(CutCluster& cluster, const Side& side, const Side& other, Serves expected,
                            std::optional<int> quorum)
{
    if (expected == Serves::Nothing) {
        for (const int i : side) {
            Asker asker(cluster.url(i));
            const QByteArray key = ChaosWriters::hotKey(0);
            QCOMPARE(isWrongInRefusal(cluster, asker.get(key), other), QString());
            QCOMPARE(isWrongInRefusal(cluster, cluster.write(asker, key), other), QString());
        }
        return;
    }
    constexpr int clients = 6;
    constexpr int enough = 300;
    const auto users = cluster.clientsOf(side, quorum);
    const int before = cluster.history().acknowledged();
    users->start(clients);
    QTRY_VERIFY_WITH_TIMEOUT(cluster.history().acknowledged() - before >= enough, deadlineMs);
    users->stop();
    QTRY_VERIFY_WITH_TIMEOUT(users->isIdle(), deadlineMs);
    const ChaosWriters::Counts& counts = users->counts();
    qInfo("%lld nodes: %d acknowledged; %d reads, %d failed; %d writes failed; %d given up, %d "
          "undecided %s",
          static_cast<long long>(side.size()), cluster.history().acknowledged() - before, counts.reads,
          counts.failedReads, counts.failedWrites, counts.givenUp, counts.undecided,
          qPrintable(users->problems().value(0)));
    if (expected == Serves::All)
        QVERIFY2(counts.givenUp == 0, qPrintable(users->problems().join(u'\n')));
}

void NetworkCutTest::healsIntoOne(CutCluster& cluster)
{
    QElapsedTimer clock;
    clock.start();
    QVERIFY(cluster.heal());
    QTRY_COMPARE_WITH_TIMEOUT(whoIsMissed(cluster), QString(), deadlineMs);
    const qint64 aliveMs = clock.elapsed();
    QTRY_COMPARE_WITH_TIMEOUT(whatIsUnderWay(cluster), QString(), deadlineMs);
    QCOMPARE(cluster.ringsSeen().size(), 1);
    qInfo("healed: all alive after %lld ms, at rest after %lld ms", aliveMs, clock.elapsed());
}

void NetworkCutTest::hasEverything(CutCluster& cluster, bool isWithSiblings)
{
    const ChaosHistory::Found found = exported(cluster, nodes - 1);
    QCOMPARE(violations(cluster.history(), found), QString());
    const HashRing ring = ringOf(cluster, 0);
    QTRY_COMPARE_WITH_TIMEOUT(wrongCounts(cluster, ring, found.keys()), QString(), deadlineMs);
    const auto withSiblings = std::count_if(found.begin(), found.end(),
                                            [](const QSet<QByteArray>& values) { return values.size() > 1; });
    qInfo("%d writes acknowledged; %lld keys, %lld of them with siblings", cluster.history().acknowledged(),
          static_cast<long long>(found.size()), static_cast<long long>(withSiblings));
    QVERIFY(withSiblings > 0 || !isWithSiblings);
    QVERIFY(cluster.stop());
    QCOMPARE(misplaced(cluster, ring).mid(0, 10).join(u'\n'), QString());
}

void NetworkCutTest::aMemberThatIsCutOff()
{
    const Side majority{0, 1, 2};
    const Side alone{3};
    CutCluster cluster(nodes);
    QCOMPARE(cluster.begin(200), QString());
    const QSet<QString> rings = cluster.ringsSeen();
    QCOMPARE(rings.size(), 1);
    QVERIFY(cluster.cut(majority, alone));
    QTRY_COMPARE_WITH_TIMEOUT(cluster.isWrongInViewOf(majority), QString(), deadlineMs);
    QTRY_COMPARE_WITH_TIMEOUT(cluster.isWrongInViewOf(alone), QString(), deadlineMs);
    QTRY_COMPARE_WITH_TIMEOUT(cluster.member(u"n4"_s)["observed"_L1].toString(), u"down"_s, deadlineMs);

    serves(cluster, majority, alone, Serves::All);
    if (QTest::currentTestFailed())
        return;
    serves(cluster, alone, majority, Serves::All, 1);
    if (QTest::currentTestFailed())
        return;
    QVERIFY(sumOfRepair(cluster, u"hints"_s) > 0);
    // Even three answers can be had: one is a fallback's.
    const QByteArray ofTheLost = cluster.keyOwnedBy(alone.first());
    Asker asker(cluster.url(0));
    asker.options().quorum = 3;
    const Answer sloppy = cluster.write(asker, ofTheLost);
    QVERIFY2(sloppy.result, qPrintable(sloppy.result ? QString() : sloppy.result.error().message));
    QVERIFY(std::any_of(sloppy.result->quorum.answered.begin(), sloppy.result->quorum.answered.end(),
                        [](const ClientQuorum::Answer& each) { return each.role == "fallback"_L1; }));
    asker.options().sloppy = false;
    const Answer strict = cluster.write(asker, ofTheLost);
    QVERIFY(!strict.result);
    QCOMPARE(strict.result.error().word, u"quorum_not_met"_s);
    QCOMPARE(strict.missing(), QStringList{u"n4"_s});

    // The one alone cannot have two answers.
    serves(cluster, alone, majority, Serves::Nothing);
    if (QTest::currentTestFailed())
        return;
    QCOMPARE(cluster.ringsSeen(), rings);
    healsIntoOne(cluster);
    if (QTest::currentTestFailed())
        return;
    QCOMPARE(cluster.ringsSeen(), rings);
    hasEverything(cluster, true);
}

void NetworkCutTest::twoHalves()
{
    const Side left{0, 1};
    const Side right{2, 3};
    CutCluster cluster(nodes);
    QCOMPARE(cluster.begin(200), QString());
    const QSet<QString> rings = cluster.ringsSeen();
    QVERIFY(cluster.cut(left, right));
    QTRY_COMPARE_WITH_TIMEOUT(cluster.isWrongInViewOf(left), QString(), deadlineMs);
    QTRY_COMPARE_WITH_TIMEOUT(cluster.isWrongInViewOf(right), QString(), deadlineMs);
    serves(cluster, left, right, Serves::All);
    if (QTest::currentTestFailed())
        return;
    serves(cluster, right, left, Serves::All);
    if (QTest::currentTestFailed())
        return;
    QCOMPARE(cluster.ringsSeen(), rings);
    healsIntoOne(cluster);
    if (QTest::currentTestFailed())
        return;
    QCOMPARE(cluster.ringsSeen(), rings);
    hasEverything(cluster, true);
}

void NetworkCutTest::aJoinBegunBeforeTheCut_data()
{
    QTest::addColumn<Side>("withJoiner");
    QTest::addColumn<Side>("without");
    QTest::addColumn<Serves>("joinersSide");
    QTest::addColumn<Serves>("otherSide");
    QTest::addColumn<bool>("mayEnd"); // two of the three replicas of every slot are there to compare with
    QTest::newRow("the joiner alone")
        << Side{4} << Side{0, 1, 2, 3} << Serves::Nothing << Serves::All << false;
    QTest::newRow("the joiner with one of four")
        << Side{4, 0} << Side{1, 2, 3} << Serves::Nothing << Serves::All << false;
    // A write needs two answers in the ring of before and in the one to come.
    QTest::newRow("the joiner with two of four")
        << Side{4, 0, 1} << Side{2, 3} << Serves::All << Serves::Some << false;
    QTest::newRow("the joiner with three of four")
        << Side{4, 1, 2, 3} << Side{0} << Serves::All << Serves::Nothing << true;
}

void NetworkCutTest::aJoinBegunBeforeTheCut()
{
    QFETCH(Side, withJoiner);
    QFETCH(Side, without);
    QFETCH(Serves, joinersSide);
    QFETCH(Serves, otherSide);
    QFETCH(bool, mayEnd);
    constexpr int keys = 10'000;
    CutCluster cluster(nodes);
    QCOMPARE(cluster.begin(keys), QString());
    const int joiner = cluster.addNode();
    QVERIFY(slowDisks(cluster, {joiner}, 100));
    QVERIFY(isInTheMiddle(cluster, {joiner}, keys));
    QVERIFY(cluster.cut(withJoiner, without));
    QVERIFY(slowDisks(cluster, {joiner}, 0));
    const int observer = withJoiner.first();
    QCOMPARE(cluster.state(u"n5"_s, observer), u"PENDING"_s);
    QTRY_COMPARE_WITH_TIMEOUT(cluster.isWrongInViewOf(without), QString(), deadlineMs);
    QTRY_COMPARE_WITH_TIMEOUT(cluster.isWrongInViewOf(withJoiner), QString(), deadlineMs);
    serves(cluster, withJoiner, without, joinersSide);
    if (QTest::currentTestFailed())
        return;
    serves(cluster, without, withJoiner, otherSide);
    if (QTest::currentTestFailed())
        return;
    // In many times what the copy takes.
    const bool hasEnded = QTest::qWaitFor([&] { return cluster.state(u"n5"_s, observer) != "PENDING"_L1; },
                                          mayEnd ? deadlineMs : watchMs);
    QCOMPARE(hasEnded, mayEnd);
    for (const int i : without)
        QCOMPARE(cluster.state(u"n5"_s, i), u"PENDING"_s);
    healsIntoOne(cluster);
    if (QTest::currentTestFailed())
        return;
    for (int i = 0; i < cluster.size(); ++i)
        QCOMPARE(cluster.state(u"n5"_s, i), u"READY"_s);
    hasEverything(cluster, false);
}

QTEST_GUILESS_MAIN(NetworkCutTest)
#include "network_cut_test.moc"
