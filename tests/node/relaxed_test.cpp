// SPDX-License-Identifier: GPL-3.0-or-later
// What a node whose store runs relaxed may lose with the power, and what nobody may lose by it.
#include "tests/support/virtual_cluster.h"

#include <QtTest>

using namespace ringmaster;
using namespace std::chrono_literals;

namespace {

constexpr int keys = 40;

QByteArray keyNumber(int k)
{
    return "k" + QByteArray::number(k);
}

RequestOptions all()
{
    RequestOptions options;
    options.quorum = 3;
    return options;
}

VirtualClusterConfig alone()
{
    VirtualClusterConfig config;
    config.nodes = 1;
    config.node.replicas = config.node.readQuorum = config.node.writeQuorum = 1;
    return config;
}

} // namespace

class RelaxedTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    // n1 forgets what all three acknowledged, and mints for the same keys.
    void noDotIsMintedTwiceAfterAPowerCut()
    {
        VirtualCluster cluster({});
        cluster.setRelaxed(0, true);
        QVERIFY(cluster.startAll());
        std::vector<Dot> dots;
        for (int k = 0; k < keys; ++k) {
            const auto first = cluster.put(0, keyNumber(k), "first", {}, all());
            QVERIFY(first);
            const auto second =
                cluster.put(0, keyNumber(k), "acknowledged", first->siblings.context(), all());
            QVERIFY(second);
            dots.push_back(second->dot);
        }
        QVERIFY(cluster.store(0).unsynced() > size_t{keys});
        cluster.losePower(0, keys / 2);
        cluster.start(0);
        QVERIFY(cluster.runUntil([&] { return cluster.node(0).isServing(); }));
        for (int k = 0; k < keys; ++k) {
            const auto blind = cluster.put(0, keyNumber(k), "blind");
            QVERIFY(blind);
            QVERIFY(blind->dot != dots[size_t(k)]);
        }
        cluster.node(0).repairNow(std::nullopt);
        cluster.touched(0);
        cluster.runFor(30s);
        for (int k = 0; k < keys; ++k) {
            for (int i = 0; i < 3; ++i) {
                const auto read = cluster.get(i, keyNumber(k), all());
                QVERIFY(read);
                QCOMPARE(valuesOf(read->siblings), (QByteArrayList{"acknowledged", "blind"}));
            }
        }
    }

    void aCleanStopKeepsTheActor()
    {
        VirtualCluster cluster(alone());
        cluster.setRelaxed(0, true);
        QVERIFY(cluster.startAll());
        const ActorId before = actorOf(cluster);
        cluster.stop(0);
        cluster.start(0);
        QCOMPARE(actorOf(cluster), before);
        cluster.crash(0);
        cluster.start(0);
        QVERIFY(actorOf(cluster) != before);
    }

    // Whoever goes over to syncing each commit does not get back what was lost before.
    void theActorChangesAlsoWhereTheNextStartSyncsEachCommit()
    {
        VirtualCluster cluster(alone());
        cluster.setRelaxed(0, true);
        QVERIFY(cluster.startAll());
        const ActorId before = actorOf(cluster);
        cluster.losePower(0);
        cluster.setRelaxed(0, false);
        cluster.start(0);
        QVERIFY(cluster.runUntil([&] { return cluster.node(0).isServing(); }));
        const ActorId after = actorOf(cluster);
        QVERIFY(after != before);
        cluster.runFor(1s);
        cluster.crash(0);
        cluster.start(0);
        QVERIFY(cluster.runUntil([&] { return cluster.node(0).isServing(); }));
        QCOMPARE(actorOf(cluster), after);
    }

    // n1 loses what it had not synced when it voted, and that was the tombstone.
    void aPowerCutBringsNoReapedValueBack()
    {
        VirtualClusterConfig config;
        config.node.reap = {5s, 3s};
        VirtualCluster cluster(config);
        cluster.setRelaxed(0, true);
        QVERIFY(cluster.startAll());
        std::vector<VersionVector> contexts;
        for (int k = 0; k < keys; ++k) {
            const auto put = cluster.put(1, keyNumber(k), "deleted", {}, all());
            QVERIFY(put);
            contexts.push_back(put->siblings.context());
        }
        cluster.stop(0); // which syncs the values
        cluster.start(0);
        QVERIFY(cluster.runUntil([&] { return cluster.node(0).isServing(); }));
        cluster.runFor(1s);
        for (int k = 0; k < keys; ++k)
            QVERIFY(cluster.put(1, keyNumber(k), std::nullopt, contexts[size_t(k)], all()));
        const auto held = [&](int i) { return cluster.store(i).totals().objects; };
        QVERIFY(cluster.runUntil([&] { return held(0) + held(1) + held(2) == 0; }, 120s));
        cluster.losePower(0);
        cluster.start(0);
        QVERIFY(cluster.runUntil([&] { return cluster.node(0).isServing(); }));
        cluster.runFor(60s);
        for (int k = 0; k < keys; ++k) {
            const auto read = cluster.get(1, keyNumber(k), all());
            QVERIFY(read);
            QVERIFY(!valuesOf(read->siblings).contains("deleted"));
        }
    }

private:
    static ActorId actorOf(VirtualCluster& cluster)
    {
        const auto put = cluster.put(0, "whose", "dot");
        return put ? put->dot.actor : ActorId{};
    }
};

QTEST_GUILESS_MAIN(RelaxedTest)
#include "relaxed_test.moc"
