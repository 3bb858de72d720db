// SPDX-License-Identifier: GPL-3.0-or-later
// Whom ringctl asks and believes: several addresses are those of one cluster, an answer is one of a node, and
// who is gone for good is not waited for.
#include "tests/cluster/ringctl_runner.h"
#include "tests/net/client_fake_node.h"

using namespace ringmaster;
using namespace Qt::StringLiterals;

namespace {

// A node that knows itself as its cluster's one member, and answers every read and write.
class OneNode {
public:
    OneNode(QString cluster, QString actor)
        : node([this](const FakeRequest& request) { return answer(request); })
        , m_cluster(std::move(cluster))
        , m_actor(std::move(actor))
    {}
    FakeNode node;

private:
    FakeAnswer answer(const FakeRequest& request)
    {
        if (request.path != "/api/v1/members")
            return FakeAnswer::json(200, fake::value("v"));
        QJsonObject self = fake::member(u"n1"_s, node.address(), true);
        self.insert(u"actor"_s, m_actor);
        QJsonObject members = fake::members(u"n1"_s, {self});
        members.insert(u"cluster"_s, m_cluster);
        return FakeAnswer::json(200, members);
    }
    QString m_cluster;
    QString m_actor;
};

RingctlResult run(const QString& line, const QList<const FakeNode*>& nodes)
{
    QStringList urls;
    for (const FakeNode* node : nodes)
        urls.append(node->url().toString());
    return ringctl(line.split(u' '), {}, urls.join(u','));
}

} // namespace

class RingctlUrlsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void twoClustersAreRefused_data();
    void twoClustersAreRefused();
    void oneClusterIsAsked();
    void anAddressThatIsNotKnownIsSaid();
    void aServerThatIsNoNodeIsNotBelieved_data();
    void aServerThatIsNoNodeIsNotBelieved();
    void anAnswerAboutAnotherKeyIsNotTaken();
    void whoIsGoneForGoodIsNotAsked_data();
    void whoIsGoneForGoodIsNotAsked();
};

void RingctlUrlsTest::twoClustersAreRefused_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("of two names") << u"prod"_s;
    QTest::newRow("of one name") << u"demo"_s;
}

void RingctlUrlsTest::twoClustersAreRefused()
{
    QFETCH(QString, name);
    OneNode a(u"demo"_s, u"00000000000000a1"_s);
    OneNode b(name, u"00000000000000b1"_s);
    for (const QString& line :
         {u"put k v"_s, u"get k"_s, u"delete k"_s, u"import -"_s, u"bench --seconds 1"_s}) {
        const RingctlResult result = run(line, {&a.node, &b.node});
        QCOMPARE(result.exitCode, 6);
        QVERIFY2(result.errors.contains("\"demo\" at ") && result.errors.contains("Nothing was done"),
                 result.errors.constData());
    }
    QCOMPARE(a.node.count("/api/v1/kv/") + b.node.count("/api/v1/kv/"), 0);
}

void RingctlUrlsTest::oneClusterIsAsked()
{
    OneNode a(u"demo"_s, u"00000000000000a1"_s);
    OneNode again(u"demo"_s, u"00000000000000a1"_s);
    QCOMPARE(run(u"put k v"_s, {&a.node, &again.node}).exitCode, 0);
    QCOMPARE(a.node.count("/api/v1/kv/") + again.node.count("/api/v1/kv/"), 1);
}

void RingctlUrlsTest::anAddressThatIsNotKnownIsSaid()
{
    OneNode a(u"demo"_s, u"00000000000000a1"_s);
    FakeNode dead([](const FakeRequest&) { return FakeAnswer::never(); });
    dead.die();
    const RingctlResult result = run(u"put k v"_s, {&dead, &a.node});
    QCOMPARE(result.exitCode, 0);
    QVERIFY2(result.errors.contains(dead.address().toUtf8() + " does not answer"), result.errors.constData());
}

void RingctlUrlsTest::aServerThatIsNoNodeIsNotBelieved_data()
{
    QTest::addColumn<QString>("line");
    for (const QString& line : {u"put k v"_s,
                                u"put k v --json"_s,
                                u"put k v --replace"_s,
                                u"put k v --context c"_s,
                                u"get k"_s,
                                u"get k --raw"_s,
                                u"get k --json"_s,
                                u"delete k"_s,
                                u"delete k --context c"_s,
                                u"placement k"_s,
                                u"keys"_s,
                                u"export -"_s,
                                u"status"_s,
                                u"ring"_s,
                                u"hints"_s,
                                u"repair"_s,
                                u"scrub"_s,
                                u"conflicts"_s,
                                u"resolve k --take 1"_s,
                                u"trace 0123456789abcdef"_s,
                                u"bench --seconds 1"_s,
                                u"fault show"_s,
                                u"cluster progress"_s,
                                u"cluster plan --leave n2"_s})
        QTest::newRow(line.toUtf8().constData()) << line;
}

void RingctlUrlsTest::aServerThatIsNoNodeIsNotBelieved()
{
    QFETCH(QString, line);
    for (const QJsonObject& said : {QJsonObject(), QJsonObject{{u"status"_s, u"ok"_s}},
                                    QJsonObject{{u"key"_s, u"k"_s}, {u"context"_s, u"c"_s}}}) {
        for (const int status : {200, 404}) {
            FakeNode node([&](const FakeRequest&) { return FakeAnswer::json(status, said); });
            const RingctlResult result = run(line, {&node});
            QVERIFY2(result.exitCode != 0, (result.output + result.errors).constData());
            QVERIFY2(result.exitCode != 3, "nobody said that the key is absent");
        }
    }
}

void RingctlUrlsTest::anAnswerAboutAnotherKeyIsNotTaken()
{
    FakeNode node([&](const FakeRequest&) { return FakeAnswer::json(200, fake::value("v", "other")); });
    for (const QString& line : {u"put k v"_s, u"get k"_s}) {
        const RingctlResult result = run(line, {&node});
        QVERIFY(result.exitCode != 0);
        QVERIFY2(result.errors.contains("is not about this key"), result.errors.constData());
    }
}

void RingctlUrlsTest::whoIsGoneForGoodIsNotAsked_data()
{
    QTest::addColumn<QString>("line");
    for (const QString& line : {u"hints"_s, u"conflicts"_s, u"repair"_s, u"fault show"_s, u"fault clear"_s})
        QTest::newRow(line.toUtf8().constData()) << line;
}

void RingctlUrlsTest::whoIsGoneForGoodIsNotAsked()
{
    QFETCH(QString, line);
    FakeNode gone([](const FakeRequest&) { return FakeAnswer::never(); });
    gone.die();
    QString state;
    FakeNode node([&](const FakeRequest& request) {
        if (request.path != "/api/v1/members")
            return FakeAnswer::json(200, {{u"node"_s, u"n1"_s},
                                          {u"count"_s, 0},
                                          {u"owed"_s, QJsonArray()},
                                          {u"conflicts"_s, QJsonArray()},
                                          {u"next_cursor"_s, QJsonValue()},
                                          {u"peers"_s, 0}});
        QJsonObject other = fake::member(u"n2"_s, gone.address(), false);
        other.insert(u"state"_s, state);
        return FakeAnswer::json(200,
                                fake::members(u"n1"_s, {fake::member(u"n1"_s, node.address(), true), other}));
    });
    for (const auto& [now, code] :
         {std::pair{u"READY"_s, 1}, {u"LEAVING"_s, 1}, {u"LEFT"_s, 0}, {u"REMOVED"_s, 0}}) {
        state = now;
        const RingctlResult result = run(line, {&node});
        QVERIFY2(result.exitCode == code, qPrintable(now + u' ' + QString::fromUtf8(result.errors)));
    }
}

QTEST_GUILESS_MAIN(RingctlUrlsTest)
#include "ringctl_urls_test.moc"
