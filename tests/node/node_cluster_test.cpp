// SPDX-License-Identifier: GPL-3.0-or-later
// A few nodes together, in virtual time: what a client may count on.
#include "nodecore/request/coordinator.h"
#include "tests/support/virtual_cluster.h"

#include <QtTest>

using namespace ringmaster;
using namespace std::chrono_literals;

class NodeClusterTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aWriteOnOneNodeIsReadOnAnother();
    void twoBlindWritesLeaveTwoSiblingsEverywhereAndTheContextOfAReadLeavesOne();
    void aDeleteWithTheReadsContextLeavesNothing();
    void aDeleteWithoutAContextDeletesNothingThatItHasNotSeen();
    void writesAndReadsGoOnWithOneOfThreeDown();
    void aWriteWithTwoOfThreeDownSaysWhoIsMissingAndWritesNothing();
    void aSilentReplicaIsCountedMissingAtTheDeadline();
    void aReadAsksTheThirdReplicaWhenTheSecondIsSilent();
    void aWriteIsForwardedToAReplicaWhereThisNodeIsNone();
    void aForwardedWriteWhoseCoordinatorDiesMayExist();
    void nothingIsSeenBeforeItIsDurableWhereItWasMinted();
    void acknowledgedWritesSurviveACrashOfEveryNode();
    void aCrashedNodeServesAgainAndKeepsItsTokens();
    void aNodeThatLostItsStoreComesBackAsTheSameMemberWithANewActor();
    void aNodeOfAnotherNameOrClusterIsRefusedByTheStore();
    void aPeerOfAnotherClusterIsRefused();
    void quorumsOutOfRangeAreRefused_data();
    void quorumsOutOfRangeAreRefused();
    void anOversizedValueIsRefused();
    void blindWritesWithoutEndAreRefusedAndTheKeyStaysReadable();
    void listingsShowEveryLiveKeyOnceInPages();
    void listingsSeeWhatOneReplicaMissed();
    void placementShowsWhatEachReplicaHolds();
    void fiveNodesSpreadTheKeys();
    void nextDueMovesOn();
    void sameSeedSameRun();
};

namespace {

QByteArrayList read(VirtualCluster& cluster, int i, const QByteArray& key, int r = 2)
{
    RequestOptions options;
    options.quorum = r;
    const auto got = cluster.get(i, key, options);
    return got ? valuesOf(got->siblings) : QByteArrayList{"failed: " + got.error().error.message.toUtf8()};
}

VersionVector contextOf(VirtualCluster& cluster, int i, const QByteArray& key)
{
    return cluster.get(i, key)->siblings.context();
}

// A key whose preference list has no room for node i.
QByteArray keyNotOn(VirtualCluster& cluster, int i)
{
    for (int k = 0;; ++k) {
        const QByteArray key = "key" + QByteArray::number(k);
        const Slot slot = slotOf(Partitioner::Md5, keyOf(key));
        if (!cluster.node(0).ring().isPrimary(cluster.node(i).id(), slot))
            return key;
    }
}

QStringList namesMissing(const RequestFailure& failure, Node& node)
{
    QStringList names;
    for (const auto& missing : failure.quorum.missing)
        names << node.nameOf(missing.node);
    names.sort();
    return names;
}

} // namespace

void NodeClusterTest::aWriteOnOneNodeIsReadOnAnother()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    const auto put = cluster.put(0, "greeting", "hello");
    QVERIFY(put);
    QVERIFY(put->quorum.answered.size() >= 2);
    for (int i = 0; i < 3; ++i)
        QCOMPARE(read(cluster, i, "greeting"), QByteArrayList{"hello"});
}

void NodeClusterTest::twoBlindWritesLeaveTwoSiblingsEverywhereAndTheContextOfAReadLeavesOne()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    QVERIFY(cluster.put(0, "cart", "milk"));
    QVERIFY(cluster.put(1, "cart", "jam"));
    for (int i = 0; i < 3; ++i)
        QCOMPARE(read(cluster, i, "cart"), (QByteArrayList{"jam", "milk"}));
    QVERIFY(cluster.put(2, "cart", "both", contextOf(cluster, 0, "cart")));
    for (int i = 0; i < 3; ++i)
        QCOMPARE(read(cluster, i, "cart"), QByteArrayList{"both"});
}

void NodeClusterTest::aDeleteWithTheReadsContextLeavesNothing()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    QVERIFY(cluster.put(0, "k", "v"));
    QVERIFY(cluster.put(1, "k", std::nullopt, contextOf(cluster, 1, "k")));
    const auto got = cluster.get(2, "k");
    QVERIFY(got);
    QVERIFY(!got->siblings.hasValue());
    QVERIFY(!got->siblings.context().isEmpty());
}

void NodeClusterTest::aDeleteWithoutAContextDeletesNothingThatItHasNotSeen()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    QVERIFY(cluster.put(0, "k", "v"));
    QVERIFY(cluster.put(1, "k", std::nullopt));
    QCOMPARE(read(cluster, 2, "k"), (QByteArrayList{"(deleted)", "v"}));
}

void NodeClusterTest::writesAndReadsGoOnWithOneOfThreeDown()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    QVERIFY(cluster.put(0, "before", "1"));
    cluster.crash(2);
    cluster.runFor(1ms);
    for (int i = 0; i < 20; ++i) {
        const MonoTime began = cluster.queue().now();
        QVERIFY(cluster.put(i % 2, "during" + QByteArray::number(i), "2"));
        QVERIFY(cluster.queue().now() - began < 10ms);
    }
    QCOMPARE(read(cluster, 0, "before"), QByteArrayList{"1"});
    QCOMPARE(read(cluster, 1, "during7"), QByteArrayList{"2"});
}

void NodeClusterTest::aWriteWithTwoOfThreeDownSaysWhoIsMissingAndWritesNothing()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    cluster.crash(1);
    cluster.crash(2);
    cluster.runFor(1ms);
    const auto put = cluster.put(0, "k", "v");
    QVERIFY(!put);
    QCOMPARE(put.error().error.code, ErrorCode::QuorumNotMet);
    QCOMPARE(namesMissing(put.error(), cluster.node(0)),
             (QStringList{QStringLiteral("n2"), QStringLiteral("n3")}));
    QVERIFY(!put.error().mayExist);
    QVERIFY(put.error().error.message.contains(QStringLiteral("Nothing was written")));
    RequestOptions one;
    one.quorum = 1;
    QVERIFY(!cluster.get(0, "k", one)->siblings.hasValue());
}

void NodeClusterTest::aSilentReplicaIsCountedMissingAtTheDeadline()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    cluster.pause(1);
    cluster.pause(2);
    RequestOptions options;
    options.timeout = 200ms;
    const MonoTime began = cluster.queue().now();
    const auto put = cluster.put(0, "k", "v", {}, options);
    QVERIFY(!put);
    QCOMPARE(put.error().error.code, ErrorCode::DeadlinePassed);
    QVERIFY(put.error().mayExist);
    const Duration took = cluster.queue().now() - began; // each reading moves the clock
    QVERIFY(took >= 200ms && took < 201ms);
    QCOMPARE(namesMissing(put.error(), cluster.node(0)),
             (QStringList{QStringLiteral("n2"), QStringLiteral("n3")}));
}

void NodeClusterTest::aReadAsksTheThirdReplicaWhenTheSecondIsSilent()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    QVERIFY(cluster.put(0, "k", "v"));
    cluster.pause(1);
    for (int i = 0; i < 4; ++i) { // whichever of the two others is asked first
        const MonoTime began = cluster.queue().now();
        QCOMPARE(read(cluster, 0, "k"), QByteArrayList{"v"});
        QVERIFY(cluster.queue().now() - began < Coordinator::hedgeDelay + 10ms);
    }
}

void NodeClusterTest::aWriteIsForwardedToAReplicaWhereThisNodeIsNone()
{
    VirtualCluster cluster({.nodes = 5});
    QVERIFY(cluster.startAll());
    for (int i = 0; i < 5; ++i) {
        const QByteArray key = keyNotOn(cluster, i);
        const auto put = cluster.put(i, key, "v", contextOf(cluster, i, key));
        QVERIFY(put);
        QVERIFY(put->quorum.coordinator != cluster.node(i).id());
        QCOMPARE(put->quorum.n, 3);
        QCOMPARE(read(cluster, (i + 1) % 5, key), QByteArrayList{"v"});
    }
}

void NodeClusterTest::aForwardedWriteWhoseCoordinatorDiesMayExist()
{
    VirtualCluster cluster({.nodes = 4});
    QVERIFY(cluster.startAll());
    const QByteArray key = keyNotOn(cluster, 0);
    std::optional<RequestResult<PutResponse>> result;
    cluster.node(0).put({keyOf(key), QByteArray("v"), {}, {}},
                        [&](RequestResult<PutResponse> put) { result = std::move(put); });
    for (int i = 1; i < 4; ++i)
        cluster.crash(i);
    QVERIFY(cluster.runUntil([&] { return result.has_value(); }));
    QVERIFY(!*result);
    QVERIFY(result->error().mayExist);
}

void NodeClusterTest::nothingIsSeenBeforeItIsDurableWhereItWasMinted()
{
    VirtualCluster cluster({.commitDelay = 20ms});
    QVERIFY(cluster.startAll());
    bool answered = false;
    cluster.node(0).put({keyOf("k"), QByteArray("v"), {}, {}}, [&](const auto&) { answered = true; });
    cluster.touched(0);
    cluster.runFor(15ms);
    RequestOptions one;
    one.quorum = 1;
    for (int i = 0; i < 3; ++i)
        QVERIFY(cluster.get(i, "k", one)->siblings.isEmpty());
    QVERIFY(!answered);
    cluster.crash(0);
    cluster.runFor(1s);
    for (int i = 1; i < 3; ++i)
        QVERIFY(cluster.get(i, "k", one)->siblings.isEmpty());
}

void NodeClusterTest::acknowledgedWritesSurviveACrashOfEveryNode()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    for (int k = 0; k < 50; ++k)
        QVERIFY(cluster.put(k % 3, "k" + QByteArray::number(k), QByteArray::number(k)));
    for (int i = 0; i < 3; ++i)
        cluster.crash(i);
    cluster.runFor(1s);
    QVERIFY(cluster.startAll());
    for (int k = 0; k < 50; ++k)
        QCOMPARE(read(cluster, k % 3, "k" + QByteArray::number(k)), QByteArrayList{QByteArray::number(k)});
}

void NodeClusterTest::aCrashedNodeServesAgainAndKeepsItsTokens()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    const QString digest = cluster.node(0).ring().digest();
    const auto put = cluster.put(2, "k", "v");
    QVERIFY(put);
    cluster.crash(2);
    cluster.runFor(3s);
    QVERIFY(!cluster.node(0).members().members[2].reachable);
    QVERIFY(cluster.node(0).members().members[2].unreachableFor >= 2s);
    cluster.start(2);
    QVERIFY(cluster.runUntil(
        [&] { return cluster.node(0).members().members[2].reachable && cluster.node(2).isServing(); }));
    QCOMPARE(cluster.node(2).ring().digest(), digest);
    QCOMPARE(cluster.node(0).ring().digest(), digest);
    QCOMPARE(read(cluster, 2, "k"), QByteArrayList{"v"});
}

void NodeClusterTest::aNodeThatLostItsStoreComesBackAsTheSameMemberWithANewActor()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    const QString digest = cluster.node(0).ring().digest();
    const ActorId before = cluster.node(2).hello().actor;
    cluster.loseStore(2);
    cluster.runFor(3s);
    cluster.start(2);
    QVERIFY(cluster.runUntil(
        [&] { return cluster.node(2).isServing() && cluster.node(0).members().members[2].reachable; }));
    QCOMPARE(cluster.node(0).ring().digest(), digest);
    QCOMPARE(cluster.node(2).ring().digest(), digest);
    QVERIFY(cluster.node(2).hello().actor != before);
    QVERIFY(cluster.runUntil(
        [&] { return cluster.node(0).members().members[2].member.actor == cluster.node(2).hello().actor; }));
}

void NodeClusterTest::aNodeOfAnotherNameOrClusterIsRefusedByTheStore()
{
    VirtualCluster cluster({.nodes = 1});
    QVERIFY(cluster.startAll());
    NodeConfig config = cluster.node(0).config();
    cluster.crash(0);
    VirtualClock clock(cluster.queue());
    SeededRandom random(1);
    NodeObserver observer;
    const auto tryWith = [&](const NodeConfig& changed) {
        auto node = Node::create(changed, {clock, random, cluster.network().transportAt(cluster.address(0)),
                                           cluster.store(0), observer,
                                           cluster.network().datagramsAt(cluster.address(0))});
        return node ? QString() : node.error().message;
    };
    NodeConfig other = config;
    other.cluster = QStringLiteral("elsewhere");
    QVERIFY(tryWith(other).contains(QStringLiteral("belongs to cluster")));
    other = config;
    other.name = QStringLiteral("n9");
    QVERIFY(tryWith(other).contains(QStringLiteral("belongs to node")));
    other = config;
    other.partitioner = Partitioner::Md5Mod10000;
    QVERIFY(tryWith(other).contains(QStringLiteral("belongs to partitioner")));
    QCOMPARE(tryWith(config), QString());
}

void NodeClusterTest::aPeerOfAnotherClusterIsRefused()
{
    VirtualCluster cluster({.nodes = 2});
    QVERIFY(cluster.startAll());
    Hello hello = cluster.node(1).hello();
    QVERIFY(!cluster.node(0).judge(hello));
    Hello foreign = hello;
    foreign.cluster = QStringLiteral("elsewhere");
    QCOMPARE(cluster.node(0).judge(foreign)->code, ErrorCode::Foreign);
    Hello partitioner = hello;
    partitioner.partitioner = 1;
    QCOMPARE(cluster.node(0).judge(partitioner)->code, ErrorCode::Conflict);
    Hello replicas = hello;
    replicas.replicas = 5;
    QCOMPARE(cluster.node(0).judge(replicas)->code, ErrorCode::Conflict);
    Hello namesake = hello;
    namesake.process = 1;
    namesake.peerAddress = QStringLiteral("10.9.9.9:7000");
    QVERIFY(cluster.node(0).judge(namesake)->message.contains(QStringLiteral("n2")));
    Hello myself = cluster.node(0).hello();
    myself.process = 1;
    QVERIFY(cluster.node(0).judge(myself)->message.contains(QStringLiteral("n1")));
}

void NodeClusterTest::quorumsOutOfRangeAreRefused_data()
{
    QTest::addColumn<int>("quorum");
    QTest::addColumn<bool>("allowed");
    QTest::newRow("0") << 0 << false;
    QTest::newRow("1") << 1 << true;
    QTest::newRow("N") << 3 << true;
    QTest::newRow("above N") << 4 << false;
    QTest::newRow("negative") << -1 << false;
}

void NodeClusterTest::quorumsOutOfRangeAreRefused()
{
    QFETCH(int, quorum);
    QFETCH(bool, allowed);
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    RequestOptions options;
    options.quorum = quorum;
    const auto put = cluster.put(0, "k", "v", {}, options);
    const auto got = cluster.get(0, "k", options);
    QCOMPARE(put.has_value(), allowed);
    QCOMPARE(got.has_value(), allowed);
    if (!allowed) {
        QCOMPARE(put.error().error.code, ErrorCode::Malformed);
        QCOMPARE(got.error().error.code, ErrorCode::Malformed);
    }
}

void NodeClusterTest::anOversizedValueIsRefused()
{
    VirtualClusterConfig config;
    config.node.maxValueBytes = 10;
    VirtualCluster cluster(config);
    QVERIFY(cluster.startAll());
    QVERIFY(cluster.put(0, "k", QByteArray(10, 'x')));
    QCOMPARE(cluster.put(0, "k2", QByteArray(11, 'x')).error().error.code, ErrorCode::TooLarge);
    QVERIFY(cluster.get(0, "k2")->siblings.isEmpty());
}

void NodeClusterTest::blindWritesWithoutEndAreRefusedAndTheKeyStaysReadable()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    for (size_t i = 0; i < Replica::maxSiblingsWritten; ++i)
        QVERIFY(cluster.put(0, "k", QByteArray::number(i)));
    const auto refused = cluster.put(0, "k", "one too many");
    QCOMPARE(refused.error().error.code, ErrorCode::Conflict);
    QCOMPARE(cluster.get(1, "k")->siblings.siblingCount(), Replica::maxSiblingsWritten);
    QVERIFY(cluster.put(0, "k", "decided", contextOf(cluster, 0, "k")));
    QCOMPARE(read(cluster, 2, "k"), QByteArrayList{"decided"});
}

void NodeClusterTest::listingsShowEveryLiveKeyOnceInPages()
{
    VirtualCluster cluster({.nodes = 5});
    QVERIFY(cluster.startAll());
    QByteArrayList expected;
    for (int k = 0; k < 300; ++k) {
        const QByteArray key = (k % 3 == 0 ? "a:" : "b:") + QByteArray::number(k);
        QVERIFY(cluster.put(k % 5, key, "v"));
        if (k % 10 == 0)
            QVERIFY(cluster.put(k % 5, key, std::nullopt, contextOf(cluster, 0, key)));
        else if (k % 3 == 0)
            expected << key;
    }
    std::sort(expected.begin(), expected.end());
    for (int i = 0; i < 5; ++i) {
        QByteArrayList listed;
        std::optional<ObjectCursor> cursor = ObjectCursor{Slot{0}, std::nullopt};
        while (cursor) {
            std::optional<RequestResult<KeysPage>> page;
            cluster.node(i).keys(*cursor, "a:", 7,
                                 [&](RequestResult<KeysPage> got) { page = std::move(got); });
            cluster.touched(i);
            QVERIFY(cluster.runUntil([&] { return page.has_value(); }));
            QVERIFY(*page);
            QVERIFY((*page)->keys.size() <= 7);
            for (const Key& key : (*page)->keys)
                listed << key.bytes();
            cursor = (*page)->next;
        }
        std::sort(listed.begin(), listed.end());
        QCOMPARE(listed, expected);
    }
}

void NodeClusterTest::listingsSeeWhatOneReplicaMissed()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    cluster.crash(2);
    cluster.runFor(1ms);
    QVERIFY(cluster.put(0, "missed", "v"));
    cluster.start(2);
    QVERIFY(cluster.startAll());
    std::optional<RequestResult<KeysPage>> page;
    cluster.node(2).keys({Slot{0}, std::nullopt}, {}, 10, [&](auto got) { page = std::move(got); });
    cluster.touched(2);
    QVERIFY(cluster.runUntil([&] { return page.has_value(); }));
    QCOMPARE((*page)->keys.size(), size_t(1));
}

void NodeClusterTest::placementShowsWhatEachReplicaHolds()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    QVERIFY(cluster.put(0, "k", "v"));
    cluster.runFor(10ms);
    cluster.crash(1);
    cluster.runFor(1ms);
    std::optional<PlacementView> view;
    cluster.node(0).placement(keyOf("k"), [&](PlacementView got) { view = std::move(got); });
    cluster.touched(0);
    QVERIFY(cluster.runUntil([&] { return view.has_value(); }));
    QCOMPARE(view->slot, slotOf(Partitioner::Md5, keyOf("k")));
    QCOMPARE(view->preferenceList.size(), size_t(3));
    for (const PlacementReplica& replica : view->preferenceList) {
        const bool down = replica.node == nodeIdFor(QStringLiteral("n2"), 0);
        QCOMPARE(replica.reachable, !down);
        QCOMPARE(replica.siblings.has_value(), !down);
        if (!down)
            QCOMPARE(replica.siblings->front().value, QByteArray("v"));
    }
}

void NodeClusterTest::fiveNodesSpreadTheKeys()
{
    VirtualCluster cluster({.nodes = 5});
    QVERIFY(cluster.startAll());
    for (int k = 0; k < 500; ++k)
        QVERIFY(cluster.put(k % 5, "k" + QByteArray::number(k), "v"));
    cluster.runFor(1s);
    quint64 held = 0;
    for (int i = 0; i < 5; ++i) {
        const quint64 here = cluster.store(i).totals().live;
        QVERIFY2(here > 200 && here < 400, qPrintable(QString::number(here)));
        held += here;
    }
    QCOMPARE(held, quint64(1500));
}

void NodeClusterTest::nextDueMovesOn()
{
    VirtualCluster cluster({.nodes = 1});
    QVERIFY(cluster.startAll());
    const std::optional<MonoTime> due = cluster.node(0).nextDue();
    QVERIFY(due);
    cluster.runFor(5s);
    QVERIFY(*cluster.node(0).nextDue() > *due);
}

void NodeClusterTest::sameSeedSameRun()
{
    const auto run = [] {
        VirtualCluster cluster({.nodes = 4, .seed = 42});
        if (!cluster.startAll())
            return QStringList();
        for (int k = 0; k < 30; ++k) {
            if (cluster.isUp(k % 4))
                (void)cluster.put(k % 4, "k" + QByteArray::number(k % 5), QByteArray::number(k));
            if (k == 10)
                cluster.crash(1);
            if (k == 20)
                cluster.start(1);
        }
        QStringList trace = cluster.log();
        trace << QString::number(cluster.network().messagesSent()) << cluster.node(0).ring().digest()
              << QString::number(cluster.store(0).totals().hash);
        return trace;
    };
    const QStringList once = run();
    QVERIFY(!once.isEmpty());
    QCOMPARE(run(), once);
}

QTEST_GUILESS_MAIN(NodeClusterTest)
#include "node_cluster_test.moc"
