// SPDX-License-Identifier: GPL-3.0-or-later
// A key reads as absent only where its own replicas say so; a node that has just started is ready only when
// it can ask them. In virtual time.
#include "tests/support/virtual_cluster.h"

#include <QtTest>

using namespace ringmaster;
using namespace std::chrono_literals;

class AbsenceTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void anAbsentKeyReadsAsAbsentWithOneOfThreeDown();
    void aKeyWhosePrimariesAreAllAwayIsNotAbsent();
    void aNodeThatHasJustRestartedTellsNobodyThatAKeyIsAbsent();
    void aNodeThatHasRestartedIsReadyWhenItIsLinkedWithAll();
    void itDoesNotWaitForAMemberThatItsPeersSeeDown();
    void withoutItsPeersItIsReadyAfterTheBound();
    void aListingNeedsThePrimariesOfItsSlots();
    void aKeyThatOnlyStandInsHoldIsListed();
};

namespace {

constexpr int keyCount = 60;

QByteArray keyNumber(int k)
{
    return "key" + QByteArray::number(k);
}

void fill(VirtualCluster& cluster)
{
    RequestOptions all;
    all.quorum = 3;
    for (int k = 0; k < keyCount; ++k)
        QVERIFY(cluster.put(k % cluster.size(), keyNumber(k), "v", {}, all));
}

bool reachesAll(VirtualCluster& cluster, int i)
{
    const MembersView view = cluster.node(i).members();
    return std::all_of(view.members.begin(), view.members.end(),
                       [](const MemberView& member) { return member.reachable; });
}

std::vector<int> primariesOf(VirtualCluster& cluster, int asked, const QByteArray& key)
{
    std::vector<int> primaries;
    const Slot slot = slotOf(Partitioner::Md5, keyOf(key));
    for (int i = 0; i < cluster.size(); ++i) {
        if (cluster.node(asked).ring().isPrimary(cluster.node(i).id(), slot))
            primaries.push_back(i);
    }
    return primaries;
}

// Every key, by pages of the node i; "failed" where a page finds no quorum.
QByteArrayList listed(VirtualCluster& cluster, int i)
{
    QByteArrayList keys;
    std::optional<ObjectCursor> cursor = ObjectCursor{};
    while (cursor) {
        std::optional<RequestResult<KeysPage>> page;
        cluster.node(i).keys(*cursor, {}, 1000, [&](RequestResult<KeysPage> got) { page = std::move(got); });
        cluster.touched(i);
        if (!cluster.runUntil([&] { return page.has_value(); }))
            return {"silent"};
        if (!*page)
            return {page->error().error.code == ErrorCode::QuorumNotMet ? "failed" : "strange"};
        for (const Key& key : (*page)->keys)
            keys << key.bytes();
        cursor = (*page)->next;
    }
    return keys;
}

} // namespace

void AbsenceTest::anAbsentKeyReadsAsAbsentWithOneOfThreeDown()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    cluster.crash(2);
    cluster.runFor(1ms);
    const auto got = cluster.get(0, "never written");
    QVERIFY(got);
    QVERIFY(!got->siblings.hasValue());
}

void AbsenceTest::aKeyWhosePrimariesAreAllAwayIsNotAbsent()
{
    VirtualCluster cluster({.nodes = 7});
    QVERIFY(cluster.startAll());
    fill(cluster);
    const QByteArray key = keyNumber(0);
    const std::vector<int> primaries = primariesOf(cluster, 0, key);
    int other = 0;
    while (std::find(primaries.begin(), primaries.end(), other) != primaries.end())
        ++other;
    QStringList names;
    for (const int primary : primaries) {
        names << cluster.node(primary).config().name;
        cluster.crash(primary);
    }
    cluster.runFor(1ms);
    const auto got = cluster.get(other, key);
    QVERIFY(!got);
    QCOMPARE(got.error().error.code, ErrorCode::QuorumNotMet);
    for (const QString& name : names)
        QVERIFY2(got.error().error.message.contains(name), qPrintable(got.error().error.message));
}

void AbsenceTest::aNodeThatHasJustRestartedTellsNobodyThatAKeyIsAbsent()
{
    VirtualCluster cluster({.nodes = 9});
    QVERIFY(cluster.startAll());
    fill(cluster);
    const int young = 4;
    for (int round = 0; round < 3; ++round) {
        cluster.crash(young);
        cluster.runFor(300ms);
        cluster.start(young);
        int k = 0;
        while (!reachesAll(cluster, young)) {
            const auto got = cluster.get(young, keyNumber(k++ % keyCount));
            QVERIFY(!got || got->siblings.hasValue());
            cluster.runFor(100us);
        }
        QVERIFY(k > 0);
    }
}

void AbsenceTest::aNodeThatHasRestartedIsReadyWhenItIsLinkedWithAll()
{
    VirtualCluster cluster({.nodes = 9});
    QVERIFY(cluster.startAll());
    const int young = 4;
    cluster.crash(young);
    cluster.runFor(300ms);
    // One link comes late.
    cluster.network().cut(cluster.address(young), cluster.address(1));
    cluster.network().cut(cluster.address(1), cluster.address(young));
    const MonoTime began = cluster.queue().now();
    cluster.start(young);
    cluster.runFor(2s);
    QVERIFY(!cluster.node(young).isServing());
    QCOMPARE(cluster.node(young).awaited(), std::vector<NodeId>{cluster.node(1).id()});
    cluster.network().healAll();
    QVERIFY(cluster.runUntil([&] { return cluster.node(young).isServing(); }));
    QVERIFY(reachesAll(cluster, young));
    QVERIFY(cluster.queue().now() - began < Node::startupBound);
}

void AbsenceTest::itDoesNotWaitForAMemberThatItsPeersSeeDown()
{
    VirtualCluster cluster({.nodes = 5});
    QVERIFY(cluster.startAll());
    cluster.crash(1);
    cluster.runFor(60s); // all see it down
    cluster.crash(3);
    cluster.runFor(300ms);
    const MonoTime began = cluster.queue().now();
    cluster.start(3);
    QVERIFY(cluster.runUntil([&] { return cluster.node(3).isServing(); }));
    QVERIFY(cluster.queue().now() - began < 1s);
}

void AbsenceTest::withoutItsPeersItIsReadyAfterTheBound()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    for (int i = 0; i < 3; ++i)
        cluster.crash(i);
    const MonoTime began = cluster.queue().now();
    cluster.start(0);
    QVERIFY(cluster.runUntil([&] { return cluster.node(0).isServing(); }));
    QVERIFY(cluster.queue().now() - began >= Node::startupBound);
    QVERIFY(cluster.queue().now() - began < Node::startupBound + 1s);
}

void AbsenceTest::aKeyThatOnlyStandInsHoldIsListed()
{
    VirtualCluster cluster({.nodes = 8});
    QVERIFY(cluster.startAll());
    const QByteArray key = keyNumber(0);
    const std::vector<int> primaries = primariesOf(cluster, 0, key);
    std::vector<int> others;
    for (int i = 0; i < cluster.size(); ++i) {
        if (std::find(primaries.begin(), primaries.end(), i) == primaries.end())
            others.push_back(i);
    }
    for (const int primary : primaries)
        cluster.crash(primary);
    cluster.runFor(1ms);
    QVERIFY(cluster.put(others[0], key, "v"));
    // They cannot give it back yet.
    int asked = -1;
    for (const int other : others) {
        if (cluster.node(other).stats().hints == 0) {
            asked = other;
            continue;
        }
        for (const int primary : primaries) {
            cluster.network().cut(cluster.address(other), cluster.address(primary));
            cluster.network().cut(cluster.address(primary), cluster.address(other));
        }
    }
    QVERIFY(asked >= 0);
    for (const int primary : primaries)
        cluster.start(primary);
    QVERIFY(cluster.runUntil([&] { return reachesAll(cluster, asked); }));
    QCOMPARE(listed(cluster, asked), QByteArrayList{key});
}

void AbsenceTest::aListingNeedsThePrimariesOfItsSlots()
{
    VirtualCluster cluster({.nodes = 5});
    QVERIFY(cluster.startAll());
    fill(cluster);
    cluster.crash(1);
    cluster.crash(2);
    cluster.runFor(1ms);
    // Some slots have both among their three replicas.
    QCOMPARE(listed(cluster, 0), QByteArrayList{"failed"});
}

QTEST_GUILESS_MAIN(AbsenceTest)
#include "absence_test.moc"
