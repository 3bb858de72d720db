// SPDX-License-Identifier: GPL-3.0-or-later
// POST /api/v1/faults on whole nodes in one process.
#include "nodecore/net/node_host.h"
#include "nodecore/storage/memory_store.h"
#include "tests/support/http_node_fixture.h"

#include <QElapsedTimer>
#include <QJsonArray>

using namespace ringmaster;
using namespace Qt::StringLiterals;

namespace {

class HostedNode {
public:
    explicit HostedNode(const QString& name, bool faults = true, const QList<QString>& join = {})
    {
        NodeHostOptions options;
        options.node.name = name;
        options.node.cluster = u"test"_s;
        options.node.httpAddress = options.node.peerAddress = u"127.0.0.1:0"_s;
        options.node.join = join;
        options.faultInjection = faults;
        auto made = NodeHost::create(options, store, [](const char*, const QString&) {});
        if (!made)
            qFatal("%s", qPrintable(made.error().message));
        host = std::move(*made);
        host->start();
        client = std::make_unique<HttpApiClient>(host->httpAddress().section(u':', -1).toUShort());
    }

    QJsonObject tell(const char* json) { return client->ask("POST", "/api/v1/faults", json); }
    QJsonObject told() { return client->get("/api/v1/faults"); }
    bool sees(const QString& name) const
    {
        for (const MemberView& each : host->node().members().members) {
            if (each.member.name == name)
                return each.reachable;
        }
        return false;
    }

    MemoryStore store{MemoryStore::Commit::AtOnce};
    std::unique_ptr<NodeHost> host;
    std::unique_ptr<HttpApiClient> client;
};

constexpr int deadlineMs = 20'000;

} // namespace

class NodeFaultsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void whereItIsNotEnabledNothingCanBeBroken()
    {
        HostedNode n1(u"n1"_s, false);
        QCOMPARE(n1.tell(R"({"disk": {"full": true}})").value("error"_L1).toString(), u"forbidden"_s);
        QCOMPARE(n1.client->last.status, 403);
        QVERIFY(n1.told().value("message"_L1).toString().contains(u"--enable-fault-injection"_s));
        QCOMPARE(n1.client->last.status, 403);
    }

    void whatIsWrongIsSaidAndChangesNothing()
    {
        HostedNode n1(u"n1"_s);
        n1.tell(R"({"links": [{"peer": "n7", "cut": "in"}], "disk": {"full": true}})");
        QCOMPARE(n1.client->last.status, 400);
        n1.tell(R"({"disk": {"full": 1}})");
        QCOMPARE(n1.client->last.status, 400);
        n1.client->ask("POST", "/api/v1/faults?x=1", R"({"clear": true})");
        QCOMPARE(n1.client->last.status, 400);
        n1.client->ask("PUT", "/api/v1/faults", "{}");
        QCOMPARE(n1.client->last.status, 405);
        QVERIFY(!n1.told().value("disk"_L1).toObject().value("full"_L1).toBool());
    }

    void aFullDiskRefusesWritesUntilTheFaultIsGone()
    {
        HostedNode n1(u"n1"_s);
        QTRY_VERIFY(n1.host->node().isServing());
        QVERIFY(n1.tell(R"({"disk": {"full": true}})").value("disk"_L1).toObject().value("full"_L1).toBool());
        n1.client->ask("PUT", "/api/v1/kv/k?w=1", "v");
        QCOMPARE(n1.client->last.status, 503);
        const QJsonObject storage = n1.client->get("/api/v1/stats").value("storage"_L1).toObject();
        QCOMPARE(storage.value("state"_L1).toString(), u"read_only"_s);
        n1.tell(R"({"clear": true})");
        n1.client->ask("PUT", "/api/v1/kv/k?w=1", "v");
        QCOMPARE(n1.client->last.status, 200);
    }

    void aSlowDiskAnswersLate()
    {
        HostedNode n1(u"n1"_s);
        QTRY_VERIFY(n1.host->node().isServing());
        n1.tell(R"({"disk": {"slow_ms": 300}})");
        QElapsedTimer clock;
        clock.start();
        n1.client->ask("PUT", "/api/v1/kv/k?w=1", "v");
        QCOMPARE(n1.client->last.status, 200);
        QVERIFY(clock.elapsed() >= 300);
    }

    void aClockThatJumpsShowsInWhatIsWritten()
    {
        HostedNode n1(u"n1"_s);
        QTRY_VERIFY(n1.host->node().isServing());
        n1.tell(R"({"clock_jump_ms": -864000000})");
        n1.client->ask("PUT", "/api/v1/kv/k?w=1", "v");
        const QJsonArray siblings = n1.client->get("/api/v1/kv/k?r=1").value("siblings"_L1).toArray();
        const qint64 written = siblings.at(0).toObject().value("written_ms"_L1).toInteger();
        QVERIFY(written > 0 && written < SystemClock().wallNow().msSinceEpoch - 800'000'000);
    }

    void aPauseBeginsAfterItsAnswerAndStopsTheNode()
    {
        HostedNode n1(u"n1"_s);
        QTRY_VERIFY(n1.host->node().isServing());
        QElapsedTimer clock;
        clock.start();
        n1.tell(R"({"pause_ms": 500})");
        QCOMPARE(n1.client->last.status, 200);
        QVERIFY(clock.elapsed() < 500);
        QTRY_VERIFY(clock.elapsed() >= 500 && n1.client->get("/health").contains("status"_L1));
    }

    void aCutLinkIsSilentOneWayAndHeals()
    {
        HostedNode n1(u"n1"_s);
        HostedNode n2(u"n2"_s, true, {n1.host->peerAddress()});
        QTRY_VERIFY_WITH_TIMEOUT(n1.sees(u"n2"_s) && n2.sees(u"n1"_s), deadlineMs);
        const QJsonObject told = n1.tell(R"({"links": [{"peer": "n2", "cut": "out", "delay_ms": 5}]})");
        const QJsonObject link = told.value("links"_L1).toArray().at(0).toObject();
        QCOMPARE(link.value("peer"_L1).toString(), u"n2"_s);
        QCOMPARE(link.value("cut"_L1).toString(), u"out"_s);
        QCOMPARE(link.value("delay_ms"_L1).toInt(), 5);
        QTRY_VERIFY_WITH_TIMEOUT(!n2.sees(u"n1"_s), deadlineMs);
        n1.tell(R"({"links": [{"peer": "n2", "cut": "none", "delay_ms": 0}]})");
        QVERIFY(n1.told().value("links"_L1).toArray().isEmpty());
        QTRY_VERIFY_WITH_TIMEOUT(n1.sees(u"n2"_s) && n2.sees(u"n1"_s), deadlineMs);
        n2.tell(R"({"links": [{"peer": "n1", "cut": "in"}]})");
        QTRY_VERIFY_WITH_TIMEOUT(!n2.sees(u"n1"_s), deadlineMs);
        n2.tell(R"({"clear": true})");
        QTRY_VERIFY_WITH_TIMEOUT(n2.sees(u"n1"_s), deadlineMs);
    }

    void anUnknownPeerIsAnErrorThatNamesTheOthers()
    {
        HostedNode n1(u"n1"_s);
        HostedNode n2(u"n2"_s, true, {n1.host->peerAddress()});
        QTRY_VERIFY_WITH_TIMEOUT(n1.sees(u"n2"_s), deadlineMs);
        const QString message =
            n1.tell(R"({"links": [{"peer": "n9", "cut": "in"}]})").value("message"_L1).toString();
        QVERIFY2(message.contains(u"n9"_s) && message.contains(u"Its peers: n2"_s), qPrintable(message));
        const QString id = n2.host->node().id().toString();
        n1.tell(qPrintable(u"{\"links\": [{\"peer\": \"%1\", \"loss\": 1}]}"_s.arg(id)));
        QCOMPARE(n1.client->last.status, 200);
    }
};

QTEST_GUILESS_MAIN(NodeFaultsTest)
#include "node_faults_test.moc"
