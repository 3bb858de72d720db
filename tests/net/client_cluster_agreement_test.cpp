// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/client/cluster_agreement.h"
#include "tests/net/client_fake_node.h"

#include <QTest>

using namespace ringmaster;
using namespace Qt::StringLiterals;

namespace {

struct Member {
    QString address;
    quint64 actor;
    int tokens = 1;
};

AskedNode answering(const QString& address, const QString& cluster, const QList<Member>& members)
{
    AskedNode node{QUrl(u"http://"_s + address), ClusterSnapshot{}};
    node.members->cluster = cluster;
    for (const Member& member : members) {
        MemberSnapshot one;
        one.httpAddress = member.address;
        one.actor = ActorId{member.actor};
        one.tokens = member.tokens;
        node.members->members.append(one);
    }
    return node;
}

AskedNode silent(const QString& address)
{
    return {QUrl(u"http://"_s + address), std::nullopt};
}

} // namespace

class ClusterAgreementTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void membersOfOneClusterAgree();
    void twoNamesDisagree();
    void twoClustersOfOneNameDisagree();
    void aNodeThatWaitsToJoinDisagreesWithNobody();
    void anUnknownAddressIsNamed();
    void allAreAskedAtOnce();
};

void ClusterAgreementTest::membersOfOneClusterAgree()
{
    const QList<Member> members{{u"a:1"_s, 1}, {u"b:1"_s, 2}};
    QVERIFY(!disagreementOf({}));
    QVERIFY(!disagreementOf({answering(u"a:1"_s, u"demo"_s, members)}));
    QVERIFY(!disagreementOf({answering(u"a:1"_s, u"demo"_s, members), silent(u"c:1"_s),
                             answering(u"b:1"_s, u"demo"_s, members)}));
    // One has not heard of a newcomer yet.
    QVERIFY(!disagreementOf({answering(u"a:1"_s, u"demo"_s, members),
                             answering(u"c:1"_s, u"demo"_s, {{u"c:1"_s, 3}, {u"b:1"_s, 2}})}));
}

void ClusterAgreementTest::twoNamesDisagree()
{
    const auto problem = disagreementOf({silent(u"x:1"_s), answering(u"a:1"_s, u"demo"_s, {{u"a:1"_s, 1}}),
                                         answering(u"b:2"_s, u"prod"_s, {{u"b:2"_s, 2}})});
    QVERIFY(problem);
    QCOMPARE(*problem, u"These are addresses of two clusters: \"demo\" at a:1 and \"prod\" at b:2."_s);
}

void ClusterAgreementTest::twoClustersOfOneNameDisagree()
{
    const auto problem = disagreementOf(
        {answering(u"a:1"_s, u"local"_s, {{u"a:1"_s, 1}}), answering(u"b:2"_s, u"local"_s, {{u"b:2"_s, 2}})});
    QVERIFY(problem);
    QCOMPARE(*problem,
             u"These are addresses of two clusters: \"local\" at a:1 and \"local\" at b:2, which have no "
             "member in common."_s);
}

void ClusterAgreementTest::aNodeThatWaitsToJoinDisagreesWithNobody()
{
    QVERIFY(!disagreementOf({answering(u"a:1"_s, u"local"_s, {{u"a:1"_s, 1}}),
                             answering(u"b:2"_s, u"local"_s, {{u"b:2"_s, 2, 0}})}));
}

void ClusterAgreementTest::anUnknownAddressIsNamed()
{
    const AskedNode a = answering(u"a:1"_s, u"demo"_s, {{u"a:1"_s, 1}, {u"b:1"_s, 2}});
    QCOMPARE(unknownAddresses({a, silent(u"b:1"_s)}), QStringList());
    QCOMPARE(unknownAddresses({silent(u"c:1"_s), a}), QStringList{u"c:1"_s});
    QCOMPARE(unknownAddresses({silent(u"c:1"_s), silent(u"d:1"_s)}), QStringList());
}

void ClusterAgreementTest::allAreAskedAtOnce()
{
    const auto members = [](const FakeRequest&) {
        return FakeAnswer::json(200, fake::members(u"n1"_s, {fake::member(u"n1"_s, u"a:1"_s, true)}));
    };
    FakeNode good(members);
    FakeNode frozen([](const FakeRequest&) { return FakeAnswer::never(); });
    FakeNode foreign([](const FakeRequest&) { return FakeAnswer::json(200, {{u"ok"_s, true}}); });
    FakeNode dead(members);
    dead.die();
    std::optional<QList<AskedNode>> asked;
    askClusters({frozen.url(), foreign.url(), dead.url(), good.url()}, this,
                [&](QList<AskedNode> answers) { asked = std::move(answers); });
    QTRY_VERIFY(asked);
    QCOMPARE(asked->size(), 4);
    for (int i = 0; i < 4; ++i)
        QCOMPARE(asked->at(i).members.has_value(), i == 3);
    QCOMPARE(asked->at(3).members->cluster, u"demo"_s);
    // Nobody answers: it ends all the same.
    asked.reset();
    askClusters({dead.url()}, this, [&](QList<AskedNode> answers) { asked = std::move(answers); });
    QTRY_VERIFY(asked);
}

QTEST_GUILESS_MAIN(ClusterAgreementTest)
#include "client_cluster_agreement_test.moc"
