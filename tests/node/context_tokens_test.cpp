// SPDX-License-Identifier: GPL-3.0-or-later
// What a client may count on of a context, carried as a token from one node to another, in virtual time.
#include "nodecore/version/context_token.h"
#include "nodecore/version/read_view.h"
#include "tests/support/virtual_cluster.h"

#include <QtTest>

using namespace ringmaster;
using namespace std::chrono_literals;

namespace {

// What node i answers a read of key with.
QByteArray tokenFrom(VirtualCluster& cluster, int i, const QByteArray& key)
{
    const auto got = cluster.get(i, key);
    if (!got)
        return {};
    return encodeContextToken(readView(got->siblings).context, keyOf(key), cluster.node(i).secrets());
}

RequestResult<PutResponse> put(VirtualCluster& cluster, int i, const QByteArray& key,
                               SiblingSet::Content content, const QByteArray& token)
{
    const Result<VersionVector> context = decodeContextToken(token, keyOf(key), cluster.node(i).secrets());
    if (!context)
        return tl::make_unexpected(RequestFailure{context.error(), {}, false});
    return cluster.put(i, key, std::move(content), *context);
}

bool allKnowTheSameSecrets(VirtualCluster& cluster)
{
    for (int i = 0; i < cluster.size(); ++i) {
        if (cluster.node(i).secrets().isEmpty() || !(cluster.node(i).secrets() == cluster.node(0).secrets()))
            return false;
    }
    return true;
}

VirtualClusterConfig clusterOf(int nodes, int replicas, int quorum)
{
    VirtualClusterConfig config;
    config.nodes = nodes;
    config.node.replicas = replicas;
    config.node.readQuorum = config.node.writeQuorum = quorum;
    return config;
}

// As a folder of the version that had no secrets.
void forgetSecrets(MemoryStore& store)
{
    WriteBatch batch;
    batch.remove(SideTable::Meta, "cluster secrets");
    store.write(std::move(batch), [](const Result<void>&) {});
    store.commitPending();
}

} // namespace

class ContextTokensTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aTokenOfOneNodeIsGoodAtEachOther();
    void aTokenIsGoodAfterARestartOfAll();
    void aMemberThatJoinsOrLostItsDiskIsToldTheSecret();
    void membersWithoutASecretAgreeOnTheUnionOfTheirs();
    void aSecretSealsOnceItIsDurable();
    void aClockThatIsBehindNeverMakesAVersionThatCannotBeReplaced();
    void aContextThatNamesWhatTheCoordinatorNeverMintedIsRefused();
    void aKeyThatWasReapedIsWrittenWithAContextOfItsPast();
};

void ContextTokensTest::aTokenOfOneNodeIsGoodAtEachOther()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    QVERIFY(allKnowTheSameSecrets(cluster));
    QCOMPARE(cluster.node(0).secrets().all().size(), size_t{1});
    QVERIFY(cluster.put(0, "k", "v0"));
    for (int i = 0; i < 9; ++i) {
        const auto written =
            put(cluster, (i + 1) % 3, "k", QByteArray::number(i), tokenFrom(cluster, i % 3, "k"));
        QVERIFY(written);
        QCOMPARE(written->siblings.siblingCount(), size_t{1});
    }
}

void ContextTokensTest::aTokenIsGoodAfterARestartOfAll()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    QVERIFY(cluster.put(0, "k", "v"));
    const QByteArray token = tokenFrom(cluster, 0, "k");
    for (int i = 0; i < 3; ++i)
        cluster.crash(i);
    QVERIFY(cluster.startAll());
    QCOMPARE(cluster.node(0).secrets().all().size(), size_t{1});
    const auto written = put(cluster, 2, "k", "after", token);
    QVERIFY(written);
    QCOMPARE(written->siblings.siblingCount(), size_t{1});
}

void ContextTokensTest::aMemberThatJoinsOrLostItsDiskIsToldTheSecret()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    QVERIFY(cluster.put(0, "k", "v"));
    const QByteArray token = tokenFrom(cluster, 0, "k");
    cluster.crash(2);
    cluster.loseStore(2);
    cluster.start(2);
    const int joiner = cluster.addNode();
    cluster.start(joiner);
    QVERIFY(
        cluster.runUntil([&] { return cluster.node(2).isServing() && cluster.node(joiner).isServing(); }));
    QVERIFY(allKnowTheSameSecrets(cluster));
    QCOMPARE(cluster.node(joiner).secrets().all().size(), size_t{1});
    QVERIFY(decodeContextToken(token, keyOf("k"), cluster.node(2).secrets()));
    QVERIFY(put(cluster, joiner, "k", "after", token));
}

void ContextTokensTest::membersWithoutASecretAgreeOnTheUnionOfTheirs()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    QVERIFY(cluster.put(0, "k", "v"));
    for (int i = 0; i < 3; ++i) {
        cluster.crash(i);
        forgetSecrets(cluster.store(i));
    }
    for (int i = 0; i < 3; ++i)
        cluster.start(i);
    QVERIFY(cluster.runUntil([&] {
        return allKnowTheSameSecrets(cluster) && cluster.node(0).secrets().all().size() == 3 &&
               cluster.node(0).isServing() && cluster.node(1).isServing() && cluster.node(2).isServing();
    }));
    const auto written = put(cluster, 2, "k", "after", tokenFrom(cluster, 1, "k"));
    QVERIFY(written);
    QCOMPARE(written->siblings.siblingCount(), size_t{1});
    for (int i = 0; i < 3; ++i)
        cluster.crash(i);
    QVERIFY(cluster.startAll());
    QCOMPARE(cluster.node(2).secrets().all().size(), size_t{3});
}

void ContextTokensTest::aSecretSealsOnceItIsDurable()
{
    VirtualCluster cluster(clusterOf(1, 1, 1));
    cluster.setCommitDelay(0, 10s);
    cluster.start(0);
    cluster.runFor(5s);
    QVERIFY(cluster.node(0).secrets().isEmpty());
    QVERIFY(!cluster.node(0).isServing());
    QVERIFY(cluster.runUntil([&] { return cluster.node(0).isServing(); }));
    const ClusterSecrets sealedWith = cluster.node(0).secrets();
    cluster.crash(0);
    cluster.setCommitDelay(0, 300us);
    cluster.start(0);
    QVERIFY(cluster.runUntil([&] { return cluster.node(0).isServing(); }));
    QVERIFY(cluster.node(0).secrets() == sealedWith);
}

// Twelve replicas, so twelve actors in the context of a key. The cap is ten, and the version that is there
// was minted by the one whose clock is a day behind.
void ContextTokensTest::aClockThatIsBehindNeverMakesAVersionThatCannotBeReplaced()
{
    VirtualCluster cluster(clusterOf(12, 12, 7)); // R + W > N: a read sees each write before it
    QVERIFY(cluster.startAll());
    for (int i = 1; i < 12; ++i)
        QVERIFY(put(cluster, i, "k", QByteArray::number(i), tokenFrom(cluster, i, "k")));
    cluster.clock(0).jump(-24h);
    QVERIFY(put(cluster, 0, "k", "of yesterday", tokenFrom(cluster, 0, "k")));

    const auto resolved = put(cluster, 5, "k", "resolved", tokenFrom(cluster, 3, "k"));
    QVERIFY(resolved);
    QCOMPARE(resolved->siblings.siblingCount(), size_t{1});
    cluster.clock(0).jump(-24h);
    QVERIFY(put(cluster, 0, "k", "of the day before", tokenFrom(cluster, 0, "k")));
    QVERIFY(put(cluster, 7, "k", std::nullopt, tokenFrom(cluster, 7, "k")));
    QVERIFY(!cluster.get(2, "k")->siblings.hasValue());
}

void ContextTokensTest::aContextThatNamesWhatTheCoordinatorNeverMintedIsRefused()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    const auto written = cluster.put(0, "k", "v");
    QVERIFY(written);
    VersionVector ahead = written->siblings.context();
    ahead.raise(written->dot.actor, written->dot.counter + 1);
    const auto refused = cluster.put(0, "k", "w", ahead);
    QVERIFY(!refused);
    QCOMPARE(refused.error().error.code, ErrorCode::Malformed);
    QVERIFY(!refused.error().mayExist);
    QVERIFY(cluster.put(0, "k", "w", written->siblings.context()));
    QCOMPARE(valuesOf(cluster.get(1, "k")->siblings), QByteArrayList{"w"});
}

// Its dots are gone everywhere, and known to be minted all the same.
void ContextTokensTest::aKeyThatWasReapedIsWrittenWithAContextOfItsPast()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    QVERIFY(cluster.put(0, "k", "v"));
    QVERIFY(put(cluster, 0, "k", std::nullopt, tokenFrom(cluster, 0, "k")));
    const QByteArray token = tokenFrom(cluster, 0, "k");
    QVERIFY(cluster.runUntil([&] { return cluster.store(0).totals().objects == 0; }, std::chrono::hours(48)));
    QVERIFY(put(cluster, 0, "k", "again", token));
    QCOMPARE(valuesOf(cluster.get(1, "k")->siblings), QByteArrayList{"again"});
}

QTEST_GUILESS_MAIN(ContextTokensTest)
#include "context_tokens_test.moc"
