// SPDX-License-Identifier: GPL-3.0-or-later
// A node that its cluster's members do not accept: it must not acknowledge anything.
#include "nodecore/membership/peer_refusals.h"
#include "tests/support/virtual_cluster.h"

#include <QtTest>

using namespace ringmaster;
using namespace std::chrono_literals;

class RefusedNodeTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aNamesakeOfALivingMemberAcknowledgesNothing();
    void itServesAgainWhenAMemberAcceptsIt();
    void aNodeThatHasMetNoMemberYetAcknowledgesNothing();
    void aMemberWhoseOthersAreDownServesAlone();
    void aRefusalCountsOnlyFromMembers();
};

namespace {

RequestOptions one()
{
    RequestOptions options;
    options.quorum = 1;
    return options;
}

// Three members, and a fourth machine that runs a second node named n3 on what n3 remembers.
struct WithNamesake {
    WithNamesake()
        : cluster({})
    {}
    bool start()
    {
        if (!cluster.startAll() || !cluster.put(0, "k", "v"))
            return false;
        namesake = cluster.addNode();
        cluster.configOf(namesake).name = cluster.configOf(2).name;
        cluster.restoreStore(namesake, *cluster.disk(2).backup(), VirtualDisk::Restored::Copied);
        cluster.start(namesake);
        return cluster.runUntil([this] { return cluster.node(namesake).refusedByMembers().has_value(); });
    }
    VirtualCluster cluster;
    int namesake = -1;
};

} // namespace

void RefusedNodeTest::aNamesakeOfALivingMemberAcknowledgesNothing()
{
    WithNamesake refused;
    QVERIFY(refused.start());
    VirtualCluster& cluster = refused.cluster;
    cluster.runFor(10s); // longer than a young node waits
    Node& node = cluster.node(refused.namesake);
    QCOMPARE(node.state(), MemberState::Ready);
    QVERIFY(!node.isServing());
    QVERIFY2(node.refusedByMembers()->contains(QStringLiteral("n3")), qPrintable(*node.refusedByMembers()));

    const auto put = cluster.put(refused.namesake, "k2", "nobody will see it", {}, one());
    QVERIFY(!put);
    QCOMPARE(put.error().error.code, ErrorCode::Unavailable);
    QVERIFY(!put.error().mayExist);
    QVERIFY(put.error().error.message.contains(QStringLiteral("No member")));
    const auto got = cluster.get(refused.namesake, "k", one());
    QVERIFY(!got);
    QCOMPARE(got.error().error.code, ErrorCode::Unavailable);
    std::optional<ErrorCode> listing;
    node.keys({Slot{0}, std::nullopt}, {}, 10, [&](const RequestResult<KeysPage>& page) {
        listing = page ? ErrorCode::Internal : page.error().error.code;
    });
    QCOMPARE(listing, ErrorCode::Unavailable);
    QCOMPARE(cluster.log().filter(QStringLiteral("no member accepts this node")).size(), 1);
}

void RefusedNodeTest::itServesAgainWhenAMemberAcceptsIt()
{
    WithNamesake refused;
    QVERIFY(refused.start());
    VirtualCluster& cluster = refused.cluster;
    cluster.crash(2);
    QVERIFY(cluster.runUntil([&] { return cluster.node(refused.namesake).isServing(); }));
    QVERIFY(!cluster.node(refused.namesake).refusedByMembers());
    QVERIFY(cluster.put(refused.namesake, "k2", "v"));
}

void RefusedNodeTest::aNodeThatHasMetNoMemberYetAcknowledgesNothing()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    cluster.crash(2);
    cluster.start(2);
    const auto put = cluster.put(2, "k", "too early", {}, one());
    QVERIFY(!put);
    QCOMPARE(put.error().error.code, ErrorCode::Unavailable);
    QVERIFY(!put.error().mayExist);
    QVERIFY(cluster.runUntil([&] { return cluster.node(2).isServing(); }));
    QVERIFY(cluster.put(2, "k", "v", {}, one()));
}

void RefusedNodeTest::aMemberWhoseOthersAreDownServesAlone()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    for (int i = 0; i < 3; ++i)
        cluster.crash(i);
    cluster.start(2);
    QVERIFY(cluster.runUntil([&] { return cluster.node(2).isServing(); }, 10s));
    QVERIFY(cluster.put(2, "k", "v", {}, one()));
}

void RefusedNodeTest::aRefusalCountsOnlyFromMembers()
{
    PeerRefusals refusals;
    refusals.refused(QStringLiteral("stranger:1"), QStringLiteral("Another cluster."));
    QVERIFY(!refusals.reasonsOf({QStringLiteral("member:1")}));
    refusals.refused(QStringLiteral("member:1"), QStringLiteral("Another protocol."));
    QCOMPARE(refusals.reasonsOf({QStringLiteral("member:1")}), QStringLiteral("member:1: Another protocol."));
    refusals.accepted(QStringLiteral("member:1"));
    QVERIFY(!refusals.reasonsOf({QStringLiteral("member:1")}));
}

QTEST_GUILESS_MAIN(RefusedNodeTest)
#include "refused_node_test.moc"
