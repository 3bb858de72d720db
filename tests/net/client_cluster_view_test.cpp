// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/client/cluster_picture.h"
#include "nodecore/client/cluster_view.h"
#include "tests/net/client_fake_node.h"

#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTest>

using namespace ringmaster;

namespace {

// A cluster of fake nodes n1, n2, ..., which all tell of each other.
class FakeCluster {
public:
    explicit FakeCluster(int count)
    {
        for (int i = 0; i < count; ++i)
            nodes.push_back(
                std::make_unique<FakeNode>([this, i](const FakeRequest& r) { return answer(i, r); }));
    }
    FakeNode& node(int i) { return *nodes.at(static_cast<size_t>(i)); }

    QList<int> frozen; // accept connections and never answer

private:
    FakeAnswer answer(int self, const FakeRequest& request)
    {
        if (frozen.contains(self))
            return FakeAnswer::never();
        QJsonArray list;
        QStringList names;
        for (size_t i = 0; i < nodes.size(); ++i) {
            names.append(QStringLiteral("n%1").arg(i + 1));
            list.append(fake::member(names.last(), nodes.at(i)->address(), true));
        }
        if (request.path == "/api/v1/members")
            return FakeAnswer::json(200, fake::members(names.at(self), list));
        if (request.path == "/api/v1/ring")
            return FakeAnswer::json(200, fake::ring(names));
        if (request.path == "/api/v1/stats")
            return FakeAnswer::json(
                200, {{QStringLiteral("node"), names.at(self)},
                      {QStringLiteral("requests"), QJsonObject{{QStringLiteral("per_second"), 12.5}}}});
        return FakeAnswer::json(404, {});
    }

    std::vector<std::unique_ptr<FakeNode>> nodes;
};

bool isReachable(const ClusterView& view, int member)
{
    return view.snapshot().members.value(member).reachable;
}

} // namespace

class ClusterViewTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void itLearnsTheWholeClusterFromOneNode();
    void itOutlivesTheNodeItStartedFrom();
    void itLeavesAFrozenNodeWithinTwoSeconds();
    void itSaysWhenNoNodeAnswersAndComesBack();
    void aSeedGivenLaterIsTried();
    void ourOwnWordOnANodeLastsOnlyAWhile();
    void anAddressIsAUrlOnlyWhereItIsAnAddress();
};

void ClusterViewTest::itLearnsTheWholeClusterFromOneNode()
{
    FakeCluster cluster(3);
    ClusterView view({cluster.node(1).url()});
    QSignalSpy changed(&view, &ClusterView::changed);
    view.start();
    QTRY_COMPARE(view.snapshot().tokens.size(), 3);
    QTRY_COMPARE(view.snapshot().requestsPerSecond, 12.5);
    const ClusterSnapshot& snapshot = view.snapshot();
    QVERIFY(snapshot.connected);
    QCOMPARE(snapshot.answeredBy, QStringLiteral("n2"));
    QCOMPARE(snapshot.members.size(), 3);
    QCOMPARE(snapshot.tokens.at(2).member, 2);
    QCOMPARE(view.nodeUrls().size(), 3);
    QVERIFY(changed.size() >= 1);
}

void ClusterViewTest::itOutlivesTheNodeItStartedFrom()
{
    FakeCluster cluster(3);
    ClusterView view({cluster.node(0).url()});
    view.start();
    QTRY_VERIFY(view.snapshot().connected);
    cluster.node(0).die();
    QTRY_VERIFY(view.snapshot().answeredBy != QStringLiteral("n1"));
    QVERIFY(view.snapshot().connected);
    QVERIFY(!isReachable(view, 0));
    QVERIFY(isReachable(view, 1));
    QCOMPARE(view.nodeUrls().last(), cluster.node(0).url());
}

void ClusterViewTest::itLeavesAFrozenNodeWithinTwoSeconds()
{
    FakeCluster cluster(2);
    ClusterView view({cluster.node(0).url()});
    view.start();
    QTRY_COMPARE(view.snapshot().answeredBy, QStringLiteral("n1"));
    cluster.frozen = {0};
    QElapsedTimer clock;
    clock.start();
    QTRY_COMPARE(view.snapshot().answeredBy, QStringLiteral("n2"));
    qInfo("left the frozen node after %lld ms", clock.elapsed());
    QVERIFY(!isReachable(view, 0));
}

void ClusterViewTest::itSaysWhenNoNodeAnswersAndComesBack()
{
    FakeCluster cluster(1);
    ClusterView view({cluster.node(0).url()});
    view.start();
    QTRY_VERIFY(view.snapshot().connected);
    const quint16 port = cluster.node(0).port();
    cluster.node(0).die();
    QTRY_VERIFY(!view.snapshot().connected);
    QVERIFY(!view.snapshot().problem.isEmpty());
    QVERIFY(!isReachable(view, 0));
    QVERIFY(cluster.node(0).listen(port));
    QTRY_VERIFY(view.snapshot().connected);
    QTRY_VERIFY(isReachable(view, 0));
}

void ClusterViewTest::aSeedGivenLaterIsTried()
{
    FakeCluster cluster(1);
    ClusterView view({});
    view.start();
    QTRY_VERIFY(!view.snapshot().problem.isEmpty());
    view.addSeeds({cluster.node(0).url()});
    view.refresh();
    QTRY_VERIFY(view.snapshot().connected);
}

void ClusterViewTest::ourOwnWordOnANodeLastsOnlyAWhile()
{
    using std::chrono::milliseconds;
    ClusterPicture picture;
    const QJsonArray list{fake::member(QStringLiteral("n1"), QStringLiteral("127.0.0.1:1"), true),
                          fake::member(QStringLiteral("n2"), QStringLiteral("127.0.0.1:2"), true)};
    picture.noteSilent(QUrl(QStringLiteral("http://127.0.0.1:2")), milliseconds(1000));
    picture.setMembers(QUrl(QStringLiteral("http://127.0.0.1:1")),
                       *membersFrom(fake::members(QStringLiteral("n1"), list)));
    QVERIFY(!picture.snapshot(milliseconds(1000)).members.at(1).reachable);
    QVERIFY(picture.snapshot(milliseconds(1001) + ClusterPicture::ownWordLasts).members.at(1).reachable);
    picture.setMembers(QUrl(QStringLiteral("http://127.0.0.1:2")),
                       *membersFrom(fake::members(QStringLiteral("n2"), list)));
    QVERIFY(picture.snapshot(milliseconds(1000)).members.at(1).reachable);
}

void ClusterViewTest::anAddressIsAUrlOnlyWhereItIsAnAddress()
{
    QCOMPARE(urlOfAddress(QStringLiteral("127.0.0.1:8101")), QUrl(QStringLiteral("http://127.0.0.1:8101")));
    QVERIFY(urlOfAddress(QStringLiteral("[::1]:8101")).isValid());
    for (const char* none :
         {"", "host", "host:0", "host:99999", "host:1/path", "user@host:1", "host:1?q", "a b:1"})
        QVERIFY2(!urlOfAddress(QString::fromLatin1(none)).isValid(), none);
}

QTEST_GUILESS_MAIN(ClusterViewTest)
#include "client_cluster_view_test.moc"
