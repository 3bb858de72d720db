// SPDX-License-Identifier: GPL-3.0-or-later
// Planning and making changes of the ring, over HTTP, on whole nodes in one process.
#include "nodecore/net/node_host.h"
#include "nodecore/storage/memory_store.h"
#include "tests/support/http_node_fixture.h"

#include <QJsonArray>
#include <QWebSocket>

using namespace ringmaster;
using namespace Qt::StringLiterals;

namespace {

constexpr int deadlineMs = 20'000;

class HostedNode {
public:
    explicit HostedNode(const QString& name, const QList<QString>& join = {}, bool standby = false)
    {
        NodeHostOptions options;
        options.node.name = name;
        options.node.cluster = u"test"_s;
        options.node.httpAddress = options.node.peerAddress = u"127.0.0.1:0"_s;
        options.node.join = join;
        options.node.replicas = 1;
        options.node.readQuorum = options.node.writeQuorum = 1;
        options.node.tokens = 8;
        options.node.standby = standby;
        auto made = NodeHost::create(options, store, [](const char*, const QString&) {});
        if (!made)
            qFatal("%s", qPrintable(made.error().message));
        host = std::move(*made);
        host->start();
        client = std::make_unique<HttpApiClient>(host->httpAddress().section(u':', -1).toUShort());
    }

    QJsonObject tell(const QByteArray& act, const QByteArray& body = {})
    {
        return client->ask("POST", "/api/v1/cluster/" + act, body);
    }
    int status() const { return client->last.status; }
    QJsonObject progress() { return client->get("/api/v1/cluster/progress"); }
    QString state() { return progress().value("state"_L1).toString(); }
    bool isQuiet() { return !progress().value("changing"_L1).toBool(); }
    qint64 keys() const { return static_cast<qint64>(store.totals().live); }

    MemoryStore store{MemoryStore::Commit::AtOnce};
    std::unique_ptr<NodeHost> host;
    std::unique_ptr<HttpApiClient> client;
};

// A ring of one, with a node beside it that has linked and waits.
struct WithStandby {
    HostedNode first{u"n1"_s};
    HostedNode second{u"n2"_s, {first.host->peerAddress()}, true};

    bool isReady()
    {
        return QTest::qWaitFor(
            [&] {
                return first.host->node().isServing() && !second.host->node().ring().isEmpty() &&
                       first.host->node().members().members.size() == 2;
            },
            deadlineMs);
    }
    // All at once: one by one they would wait for the disk as often.
    bool write(int keys)
    {
        int answered = 0;
        bool isWell = true;
        for (int i = 0; i < keys; ++i) {
            const Key key = *Key::fromBytes("key-" + QByteArray::number(i));
            first.host->node().put({key, QByteArray("value"), {}, {}, {}},
                                   [&](const RequestResult<PutResponse>& result) {
                                       ++answered;
                                       isWell = isWell && result;
                                   });
        }
        return QTest::qWaitFor([&] { return answered == keys; }, deadlineMs) && isWell;
    }
};

QString word(const QJsonObject& answer)
{
    return answer.value("error"_L1).toString();
}

QString message(const QJsonObject& answer)
{
    return answer.value("message"_L1).toString();
}

} // namespace

class ApiChangeTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aPlanForeseesExactlyWhatAJoinMoves();
    void listenersAreToldOfATransferAndOfItsEnd();
    void aPlanThatMakesNoSenseIsAnError_data();
    void aPlanThatMakesNoSenseIsAnError();
    void whatJoinsCanLeaveAgain();
    void aMoveGoesToTheSlotsThatAreNamed();
    void aStandbySaysHowItJoins();
    void whatCannotBeDoneNowIsAConflict();
    void removingAStrangerIsAbsent();
    void parametersAndOtherMethodsAreRefused();
};

void ApiChangeTest::aPlanForeseesExactlyWhatAJoinMoves()
{
    WithStandby two;
    QVERIFY(two.isReady());
    QVERIFY(two.write(1500));
    const QJsonObject plan =
        two.first.tell("plan", R"({"changes": [{"kind": "join", "node": "n2", "slots": [20000, 60000]}]})");
    QCOMPARE(two.first.status(), 200);
    const QJsonArray nodes = plan.value("nodes"_L1).toArray();
    QCOMPARE(nodes.size(), 2);
    const QJsonObject joiner = nodes.at(1).toObject();
    QCOMPARE(joiner.value("node"_L1).toString(), u"n2"_s);
    QCOMPARE(joiner.value("slots"_L1).toArray(), (QJsonArray{20000, 60000}));
    QCOMPARE(joiner.value("before"_L1).toObject().value("tokens"_L1).toInt(), 0);
    QCOMPARE(joiner.value("after"_L1).toObject().value("tokens"_L1).toInt(), 2);
    const QJsonObject flow = plan.value("flows"_L1).toArray().first().toObject();
    QCOMPARE(flow.value("from"_L1).toString(), u"n1"_s);
    QCOMPARE(flow.value("to"_L1).toString(), u"n2"_s);
    const qint64 foreseen = flow.value("objects"_L1).toInteger();
    QVERIFY(foreseen > qint64(TransferMeter::leastKeys) && flow.value("bytes"_L1).toInteger() > foreseen);
    QCOMPARE(plan.value("total"_L1).toObject().value("objects"_L1).toInteger(), foreseen);
    QCOMPARE(plan.value("risk"_L1).toObject().value("slots"_L1).toInt(), 0);
    QVERIFY(plan.value("silent"_L1).toArray().isEmpty());

    two.second.tell("join", R"({"slots": [20000, 60000]})");
    QCOMPARE(two.second.status(), 200);
    QTRY_COMPARE_WITH_TIMEOUT(two.second.state(), u"READY"_s, deadlineMs);
    const QJsonObject transfer = two.second.progress().value("transfers"_L1).toArray().first().toObject();
    QCOMPARE(transfer.value("peer"_L1).toString(), u"n1"_s);
    // A few may have come twice: both ends compare themselves with the other.
    QVERIFY(transfer.value("taken"_L1).toObject().value("keys"_L1).toInteger() >= foreseen);
    QVERIFY(transfer.value("taken"_L1).toObject().value("bytes"_L1).toInteger() > foreseen);
    QCOMPARE(transfer.value("keys_left"_L1).toInteger(), 0);
    QVERIFY(transfer.value("keys_per_second"_L1).toInteger() > 0);
    const QJsonObject given = two.first.progress().value("transfers"_L1).toArray().first().toObject();
    QCOMPARE(given.value("peer"_L1).toString(), u"n2"_s);
    QVERIFY(given.value("given"_L1).toObject().value("keys"_L1).toInteger() >= foreseen);
    QTRY_VERIFY_WITH_TIMEOUT(two.first.isQuiet(), deadlineMs);
    QCOMPARE(two.first.progress().value("digest"_L1), plan.value("digest_after"_L1));
    QCOMPARE(two.second.keys(), foreseen);
    QTRY_COMPARE_WITH_TIMEOUT(two.first.keys(), 1500 - foreseen, 60'000);
}

void ApiChangeTest::listenersAreToldOfATransferAndOfItsEnd()
{
    WithStandby two;
    QVERIFY(two.isReady());
    QVERIFY(two.write(1500));
    QWebSocket socket;
    QList<QJsonArray> told;
    bool isGreeted = false;
    connect(&socket, &QWebSocket::textMessageReceived, &socket, [&](const QString& message) {
        const QJsonObject event = QJsonDocument::fromJson(message.toUtf8()).object();
        isGreeted = isGreeted || event.value("type"_L1) == u"hello"_s;
        if (event.value("type"_L1) == u"transfers"_s)
            told.append(event.value("transfers"_L1).toArray());
    });
    socket.open(QUrl(u"ws://%1/api/v1/events"_s.arg(two.second.host->httpAddress())));
    QTRY_VERIFY_WITH_TIMEOUT(isGreeted, deadlineMs);
    QVERIFY(told.isEmpty());
    two.second.tell("join", R"({"slots": [20000, 60000]})");
    QTRY_VERIFY_WITH_TIMEOUT(!told.isEmpty() && told.last().isEmpty(), deadlineMs);
    QCOMPARE(told.first().first().toObject().value("peer"_L1).toString(), u"n1"_s);
}

void ApiChangeTest::aPlanThatMakesNoSenseIsAnError_data()
{
    QTest::addColumn<QByteArray>("change");
    QTest::addColumn<int>("status");
    QTest::newRow("malformed") << QByteArray(R"({"kind": "grow", "node": "n2"})") << 400;
    QTest::newRow("there already") << QByteArray(R"({"kind": "join", "node": "n1"})") << 409;
    QTest::newRow("a stranger leaves") << QByteArray(R"({"kind": "leave", "node": "n9"})") << 404;
    QTest::newRow("nobody left") << QByteArray(R"({"kind": "leave", "node": "n1"})") << 409;
}

void ApiChangeTest::aPlanThatMakesNoSenseIsAnError()
{
    QFETCH(QByteArray, change);
    HostedNode node(u"n1"_s);
    QTRY_VERIFY(node.host->node().isServing());
    const QJsonObject answer = node.tell("plan", R"({"changes": [)" + change + "]}");
    QTEST(node.status(), "status");
    QVERIFY(!message(answer).isEmpty());
}

void ApiChangeTest::whatJoinsCanLeaveAgain()
{
    WithStandby two;
    QVERIFY(two.isReady());
    QVERIFY(two.write(100));
    QCOMPARE(two.second.tell("join").value("begun"_L1).toString(), u"join"_s);
    QTRY_COMPARE_WITH_TIMEOUT(two.second.state(), u"READY"_s, deadlineMs);
    two.second.tell("leave");
    QCOMPARE(two.second.status(), 200);
    QTRY_COMPARE_WITH_TIMEOUT(two.second.state(), u"LEFT"_s, deadlineMs);
    QTRY_COMPARE_WITH_TIMEOUT(two.first.keys(), qint64{100}, deadlineMs);
    two.second.client->get("/health");
    QCOMPARE(two.second.status(), 503);
}

void ApiChangeTest::aMoveGoesToTheSlotsThatAreNamed()
{
    HostedNode node(u"n1"_s);
    QTRY_VERIFY(node.host->node().isServing());
    QCOMPARE(word(node.tell("move")), u"malformed"_s);
    node.tell("move", R"({"positions": [7, 40000]})");
    QCOMPARE(node.status(), 200);
    QTRY_COMPARE_WITH_TIMEOUT(node.host->node().ring().tokens().size(), size_t{2}, deadlineMs);
    QCOMPARE(node.host->node().ring().tokens().front().slot, Slot{7});
}

void ApiChangeTest::aStandbySaysHowItJoins()
{
    WithStandby two;
    QVERIFY(two.isReady());
    const QJsonObject health = two.second.client->get("/health");
    QCOMPARE(two.second.status(), 503);
    QCOMPARE(health.value("state"_L1).toString(), u"STANDBY"_s);
    QVERIFY2(message(health).contains(u"cluster join n2"_s), qPrintable(message(health)));
    two.second.client->ask("PUT", "/api/v1/kv/through", "the standby");
    QCOMPARE(two.second.status(), 200);
    QCOMPARE(two.first.keys(), qint64{1});
}

void ApiChangeTest::whatCannotBeDoneNowIsAConflict()
{
    HostedNode node(u"n1"_s);
    QTRY_VERIFY(node.host->node().isServing());
    for (const char* act : {"join", "leave", "cancel"}) {
        QCOMPARE(word(node.tell(act)), u"conflict"_s);
        QCOMPARE(node.status(), 409);
    }
    QCOMPARE(word(node.tell("remove", R"({"node": "n1"})")), u"conflict"_s);
}

void ApiChangeTest::removingAStrangerIsAbsent()
{
    HostedNode node(u"n1"_s);
    QTRY_VERIFY(node.host->node().isServing());
    QCOMPARE(word(node.tell("remove", R"({"node": "n9"})")), u"absent"_s);
    QCOMPARE(node.status(), 404);
    QCOMPARE(word(node.tell("remove")), u"malformed"_s);
}

void ApiChangeTest::parametersAndOtherMethodsAreRefused()
{
    HostedNode node(u"n1"_s);
    for (const char* act : {"plan", "join", "leave", "move", "cancel", "remove"}) {
        node.tell(QByteArray(act) + "?now=1", "{}");
        QCOMPARE(node.status(), 400);
        node.client->get(QByteArray("/api/v1/cluster/") + act);
        QCOMPARE(node.status(), 405);
    }
    node.client->ask("POST", "/api/v1/cluster/progress", "{}");
    QCOMPARE(node.status(), 405);
}

QTEST_GUILESS_MAIN(ApiChangeTest)
#include "api_change_test.moc"
