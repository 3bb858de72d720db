// SPDX-License-Identifier: GPL-3.0-or-later
// A node that restarts while answers to it are under way: they answer nothing that it asks afterwards. In
// virtual time.
#include "tests/support/virtual_cluster.h"

#include <QtTest>

using namespace ringmaster;
using namespace std::chrono_literals;

class OldAnswersTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aForwardedWriteIsNotToldTheResultOfOneFromBeforeTheRestart();
    void repairAndHandoffGoOnAfterARestart();
};

namespace {

// Of keys whose coordinator is `coordinator` and that node i does not hold, the first so many.
QByteArrayList keysOf(VirtualCluster& cluster, int coordinator, int i, int many)
{
    QByteArrayList keys;
    for (int k = 0; keys.size() < many; ++k) {
        const QByteArray key = "key" + QByteArray::number(k);
        const HashRing& ring = cluster.node(i).ring();
        const Slot slot = slotOf(Partitioner::Md5, keyOf(key));
        if (!ring.isPrimary(cluster.node(i).id(), slot) &&
            ring.preferenceList(slot).front() == cluster.node(coordinator).id())
            keys << key;
    }
    return keys;
}

void restart(VirtualCluster& cluster, int i)
{
    cluster.crash(i);
    cluster.start(i);
    QVERIFY(cluster.runUntil([&] {
        const MembersView view = cluster.node(i).members();
        return std::all_of(view.members.begin(), view.members.end(),
                           [](const MemberView& member) { return member.reachable; });
    }));
}

} // namespace

void OldAnswersTest::aForwardedWriteIsNotToldTheResultOfOneFromBeforeTheRestart()
{
    VirtualCluster cluster({.nodes = 4});
    QVERIFY(cluster.startAll());
    const int asker = 3;
    const int coordinator = 0;
    restart(cluster, asker); // nothing has been asked by this process
    const QByteArrayList keys = keysOf(cluster, coordinator, asker, 2);
    cluster.setCommitDelay(coordinator, 3s);
    RequestOptions patient;
    patient.timeout = 40s;
    cluster.node(asker).put({keyOf(keys[0]), QByteArray("one"), {}, patient}, [](const auto&) {});
    cluster.runFor(100ms);
    restart(cluster, asker);

    const auto put = cluster.put(asker, keys[1], "two", {}, patient);
    QVERIFY(put);
    QCOMPARE(valuesOf(put->siblings), QByteArrayList{"two"});
    QVERIFY(cluster.node(asker).stats().droppedReplies.foreign > 0);
    QCOMPARE(valuesOf(cluster.get(1, keys[1])->siblings), QByteArrayList{"two"});
}

void OldAnswersTest::repairAndHandoffGoOnAfterARestart()
{
    VirtualCluster cluster({.nodes = 4});
    QVERIFY(cluster.startAll());
    for (int round = 0; round < 3; ++round) {
        cluster.crash(2);
        cluster.runFor(10ms);
        const QByteArray key = "key" + QByteArray::number(round);
        QVERIFY(cluster.put(0, key, "v"));
        cluster.crash(1);
        cluster.start(1);
        cluster.start(2);
        QVERIFY(cluster.runUntil([&] {
            quint64 hints = 0;
            for (int i = 0; i < cluster.size(); ++i)
                hints += cluster.node(i).stats().hints;
            return hints == 0 && cluster.node(2).isServing();
        }));
    }
    for (int round = 0; round < 3; ++round)
        QCOMPARE(valuesOf(cluster.get(2, "key" + QByteArray::number(round))->siblings), QByteArrayList{"v"});
}

QTEST_GUILESS_MAIN(OldAnswersTest)
#include "old_answers_test.moc"
