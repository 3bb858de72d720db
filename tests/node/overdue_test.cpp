// SPDX-License-Identifier: GPL-3.0-or-later
// A replica does nothing for requests that nobody waits for any more. In virtual time.
#include "nodecore/wire/message.h"
#include "tests/support/virtual_cluster.h"

#include <QtTest>

using namespace ringmaster;
using namespace std::chrono_literals;

class OverdueTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aReplicaThatStoodStillDropsTheWritesWhoseTimeIsOver();
    void aForwardedWriteThatComesTooLateIsNotDone();
    void whatNobodyWaitsForSaysNothingOfTheSendersClock();
};

namespace {

bool holds(VirtualCluster& cluster, int i, const QByteArray& key)
{
    return cluster.store(i).latestObject(slotOf(Partitioner::Md5, keyOf(key)), keyOf(key))->has_value();
}

RequestOptions within(Duration timeout)
{
    RequestOptions options;
    options.timeout = timeout;
    options.sloppy = false; // no hint brings it
    return options;
}

} // namespace

void OverdueTest::aReplicaThatStoodStillDropsTheWritesWhoseTimeIsOver()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    QVERIFY(cluster.put(0, "before", "v")); // on all three, in time
    QVERIFY(cluster.runUntil([&] { return holds(cluster, 2, "before"); }));
    cluster.pause(2);
    QVERIFY(cluster.put(0, "k", "v", {}, within(200ms)));
    cluster.runFor(500ms);
    cluster.resume(2);
    cluster.runFor(1ms);
    QVERIFY(!holds(cluster, 2, "k"));
    QVERIFY(cluster.node(2).stats().overdueRequests > 0);
    QVERIFY(cluster.put(0, "after", "v", {}, within(200ms)));
    QVERIFY(cluster.runUntil([&] { return holds(cluster, 2, "after"); }, 100ms));
}

void OverdueTest::aForwardedWriteThatComesTooLateIsNotDone()
{
    VirtualCluster cluster({.nodes = 4});
    QVERIFY(cluster.startAll());
    const int asker = 3;
    QByteArray key;
    for (int k = 0; key.isEmpty(); ++k) {
        const QByteArray candidate = "key" + QByteArray::number(k);
        const HashRing& ring = cluster.node(asker).ring();
        const Slot slot = slotOf(Partitioner::Md5, keyOf(candidate));
        if (!ring.isPrimary(cluster.node(asker).id(), slot) &&
            ring.preferenceList(slot).front() == cluster.node(0).id())
            key = candidate;
    }
    QVERIFY(cluster.put(asker, key, "first"));
    cluster.pause(0);
    const auto put = cluster.put(asker, key, "second", {}, within(200ms));
    QVERIFY(!put);
    cluster.runFor(300ms);
    cluster.resume(0);
    cluster.runFor(1s);
    QCOMPARE(valuesOf(cluster.get(1, key)->siblings), QByteArrayList{"first"});
}

void OverdueTest::whatNobodyWaitsForSaysNothingOfTheSendersClock()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    // Sent on in answer to a request, with the budget of that one: by a clock that is hours ahead.
    constexpr quint64 hoursAhead = 36'000'000;
    const wire::WriteRequest repair{{}, {500, hoursAhead}, keyOf("k"), {}, std::nullopt};
    for (int to = 1; to < 3; ++to)
        QVERIFY(cluster.node(to).receive(cluster.node(0).id(), wire::encode(repair)));
    RequestOptions all = within(200ms);
    all.quorum = 3;
    QVERIFY(cluster.put(0, "after", "v", {}, all));
    for (int i = 0; i < 3; ++i)
        QCOMPARE(cluster.node(i).stats().overdueRequests, quint64(0));
}

QTEST_GUILESS_MAIN(OverdueTest)
#include "overdue_test.moc"
