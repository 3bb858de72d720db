// SPDX-License-Identifier: GPL-3.0-or-later
// Four real nodes, of which one loses datagrams one way: nobody is down while links or others get through.
#include "tests/cluster/cluster_at_rest.h"

#include <QJsonArray>
#include <QJsonObject>

using namespace ringmaster;
using namespace Qt::StringLiterals;

namespace {

constexpr int nodes = 4;
constexpr int victim = 2;
// Many times what it takes to declare a death.
constexpr int watchMs = 10'000;

QJsonObject linkFaults(const ChaosCluster& cluster, const QList<int>& peers, const QString& kind,
                       const QString& direction)
{
    QJsonArray links;
    for (const int peer : peers)
        links.append(QJsonObject{{u"peer"_s, cluster.name(peer)}, {kind, direction}});
    return {{u"links"_s, links}};
}

bool isDownWithAll(const ChaosCluster& cluster, int node)
{
    for (int i = 0; i < nodes; ++i) {
        if (i == node)
            continue;
        const QJsonArray members = cluster.json(i, u"/api/v1/members"_s).value("members"_L1).toArray();
        for (const QJsonValue& value : members) {
            if (value["name"_L1] == cluster.name(node) && value["observed"_L1] != "down"_L1)
                return false;
        }
    }
    return true;
}

} // namespace

class UdpCutTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void membersStayUpWhileSomethingGetsThrough_data()
    {
        QTest::addColumn<QList<int>>("peers");
        QTest::addColumn<QString>("direction");
        QTest::newRow("mute towards one") << QList<int>{0} << u"out"_s;
        QTest::newRow("deaf to one") << QList<int>{0} << u"in"_s;
        QTest::newRow("mute towards all") << QList<int>{0, 1, 3} << u"out"_s;
        QTest::newRow("deaf to all") << QList<int>{0, 1, 3} << u"in"_s;
    }

    void membersStayUpWhileSomethingGetsThrough()
    {
        QFETCH(QList<int>, peers);
        QFETCH(QString, direction);
        ChaosCluster cluster(nodes);
        QVERIFY(cluster.start());
        QTRY_COMPARE_WITH_TIMEOUT(whoIsMissed(cluster), QString(), 20'000);
        QVERIFY(cluster.inject(victim, linkFaults(cluster, peers, u"udp_cut"_s, direction)));
        QString missed;
        const bool isAnyMissed = QTest::qWaitFor(
            [&] {
                missed = whoIsMissed(cluster);
                return !missed.isEmpty();
            },
            watchMs);
        QVERIFY2(!isAnyMissed, qPrintable(missed));
    }

    // The same watch does see a death: without its links too, the node is down with all; healed, it is back.
    void whoIsCutOffForGoodIsDownAndComesBack()
    {
        ChaosCluster cluster(nodes);
        QVERIFY(cluster.start());
        QTRY_COMPARE_WITH_TIMEOUT(whoIsMissed(cluster), QString(), 20'000);
        QVERIFY(cluster.inject(victim, linkFaults(cluster, {0, 1, 3}, u"cut"_s, u"both"_s)));
        QTRY_VERIFY_WITH_TIMEOUT(isDownWithAll(cluster, victim), 20'000);
        QVERIFY(cluster.inject(victim, {{u"clear"_s, true}}));
        QTRY_COMPARE_WITH_TIMEOUT(whoIsMissed(cluster), QString(), 20'000);
    }
};

QTEST_GUILESS_MAIN(UdpCutTest)
#include "udp_cut_test.moc"
