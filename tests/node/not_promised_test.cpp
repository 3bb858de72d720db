// SPDX-License-Identifier: GPL-3.0-or-later
// What a user gives up with R=1 and with sloppy quorums, shown, so that nobody reads a promise into them.
#include "tests/support/virtual_cluster.h"

#include <QtTest>

using namespace ringmaster;
using namespace std::chrono_literals;

namespace {

void cutBetween(VirtualCluster& cluster, const std::vector<int>& side, const std::vector<int>& other)
{
    for (const int a : side) {
        for (const int b : other) {
            cluster.network().cut(cluster.address(a), cluster.address(b));
            cluster.network().cut(cluster.address(b), cluster.address(a));
        }
    }
}

bool reaches(VirtualCluster& cluster, int from, int to)
{
    for (const MemberView& view : cluster.node(from).members().members) {
        if (view.member.id == cluster.node(to).id())
            return view.reachable;
    }
    return false;
}

// A key of which the first three nodes are the replicas.
QByteArray keyOfTheFirstThree(VirtualCluster& cluster)
{
    for (int k = 0;; ++k) {
        const QByteArray key = "k" + QByteArray::number(k);
        const Slot slot = slotOf(Partitioner::Md5, keyOf(key));
        const HashRing& ring = cluster.node(0).ring();
        if (!ring.isPrimary(cluster.node(3).id(), slot) && !ring.isPrimary(cluster.node(4).id(), slot))
            return key;
    }
}

} // namespace

class NotPromisedTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aReadOfOneReplicaIsAsOldAsThatReplica()
    {
        VirtualCluster cluster({});
        QVERIFY(cluster.startAll());
        const auto old = cluster.put(0, "k", "old");
        QVERIFY(old);
        cluster.runFor(1s);
        cutBetween(cluster, {2}, {0, 1});
        QVERIFY(cluster.runUntil([&] { return !reaches(cluster, 0, 2); }));
        QVERIFY(cluster.put(0, "k", "new", old->siblings.context()));
        RequestOptions one;
        one.quorum = 1;
        const auto read = cluster.get(2, "k", one);
        QVERIFY(read);
        QCOMPARE(valuesOf(read->siblings), QByteArrayList{"old"});
    }

    void aReadMayMissWhatStandInsHaveAcknowledged()
    {
        VirtualCluster cluster({.nodes = 5});
        QVERIFY(cluster.startAll());
        const QByteArray key = keyOfTheFirstThree(cluster);
        const auto old = cluster.put(0, key, "old");
        QVERIFY(old);
        cluster.runFor(1s);
        cutBetween(cluster, {0, 1, 2}, {3, 4});
        QVERIFY(cluster.runUntil(
            [&] { return !reaches(cluster, 3, 0) && !reaches(cluster, 3, 1) && !reaches(cluster, 3, 2); }));
        QVERIFY(cluster.put(3, key, "new", old->siblings.context())); // by two that stand in
        const auto read = cluster.get(0, key);
        QVERIFY(read);
        QCOMPARE(valuesOf(read->siblings), QByteArrayList{"old"});

        RequestOptions strict;
        strict.sloppy = false;
        QVERIFY(!cluster.put(3, key, "strict", old->siblings.context(), strict));

        cluster.network().healAll();
        QVERIFY(cluster.runUntil([&] {
            const auto later = cluster.get(0, key);
            return later && valuesOf(later->siblings) == QByteArrayList{"new"};
        }));
    }
};

QTEST_GUILESS_MAIN(NotPromisedTest)
#include "not_promised_test.moc"
