// SPDX-License-Identifier: GPL-3.0-or-later
// What the client makes of a node's answers about its work: good ones, and those of nobody's node.
#include "nodecore/client/client_json.h"
#include "tests/net/client_fake_node.h"

#include <QJsonDocument>
#include <QTest>

using namespace ringmaster;

namespace {

QJsonObject object(const char* json)
{
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(json, &error);
    if (error.error != QJsonParseError::NoError)
        qFatal("%s: %s", json, qPrintable(error.errorString()));
    return document.object();
}

const char* const trace = R"({"id": "00000000000000aa", "node": "n1", "op": "put", "key_base64": "/w==",
    "began_ms": 1764000000000, "outcome": "ok", "ms": 0.7, "needed": 2, "step_count": 2, "steps": [
    {"ms": 0.25, "event": "asked", "node": "n4", "role": "fallback", "owner": "n3"},
    {"ms": 0.7, "event": "minted", "node": "n1", "role": "primary", "dots": ["bb:3"]}]})";

// What each of the calls needs in its answer.
const char* const everything = R"({"node": "n1", "traces": [], "count": 0, "owed": [], "conflicts": [],
    "next_cursor": null, "peers": 2, "passes": 1})";

} // namespace

class ClientInspectionTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aTraceIsReadWhole();
    void aTraceComesWithAValue();
    void figuresAreRead();
    void whatIsWrongIsRefused_data();
    void whatIsWrongIsRefused();
    void eachCallAsksItsPath();
    void aRepairThatIsNotAnsweredIsNoWrite();
};

void ClientInspectionTest::aTraceIsReadWhole()
{
    const auto read = traceFrom(object(trace));
    QVERIFY2(read, read ? "" : qPrintable(read.error()));
    QCOMPARE(read->id, QStringLiteral("00000000000000aa"));
    QCOMPARE(read->node, QStringLiteral("n1"));
    QCOMPARE(read->key, QByteArray("\xff"));
    QCOMPARE(read->beganMs, 1764000000000LL);
    QCOMPARE(read->needed, 2);
    QCOMPARE(read->steps.size(), 2);
    const ClientTraceStep asked{0.25,
                                QStringLiteral("asked"),
                                QStringLiteral("n4"),
                                QStringLiteral("fallback"),
                                QStringLiteral("n3"),
                                {},
                                {}};
    QCOMPARE(read->steps.first(), asked);
    QCOMPARE(read->steps.last().dots, QStringList{QStringLiteral("bb:3")});
}

void ClientInspectionTest::aTraceComesWithAValue()
{
    QJsonObject answer = fake::value("v");
    QVERIFY(!readFrom(answer)->trace);
    answer.insert(QStringLiteral("trace"), object(trace));
    QCOMPARE(readFrom(answer)->trace->steps.size(), 2);
    answer.insert(QStringLiteral("trace"), QJsonObject());
    QVERIFY(!readFrom(answer));
}

void ClientInspectionTest::figuresAreRead()
{
    const auto stats = statsFrom(object(
        R"({"node": "n1", "requests": {"per_second": 1.5}, "latency_ms": {"put": {"p50": 1, "p99": 2}},
            "repair": {"rounds": 7, "objects_given": 1, "objects_taken": 2, "divergent_slots": 3,
                       "read_repairs": 4, "hints_delivered": 5, "busy": true},
            "hints": {"count": 6, "owed": [{"to": "n3", "hints": 6, "bytes": 60, "reachable": true}]},
            "reaper": {"enabled": true, "held": 8, "waiting": 9, "reaped": 10, "waits_for": "n3"},
            "siblings": {"warn_above": 25, "keys_above": 1, "most": 30}})"));
    QVERIFY2(stats, stats ? "" : qPrintable(stats.error()));
    QCOMPARE(stats->requestsPerSecond, 1.5);
    QCOMPARE(stats->putLatency.p99Ms, 2.0);
    QCOMPARE(stats->repair.rounds, 7);
    QCOMPARE(stats->repair.hintsDelivered, 5);
    QVERIFY(stats->repair.busy);
    QCOMPARE(stats->hints.node, QStringLiteral("n1"));
    QCOMPARE(stats->hints.owed.first().to, QStringLiteral("n3"));
    QCOMPARE(stats->reaper.waitsFor, QStringLiteral("n3"));
    QCOMPARE(stats->mostSiblings, 30);
    QVERIFY(statsFrom(object(R"({"node": "n1"})"))); // an older node says less
}

void ClientInspectionTest::whatIsWrongIsRefused_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("json");
    const auto row = [](const char* kind, const char* json) {
        QTest::addRow("%s %s", kind, json) << QString::fromLatin1(kind) << QString::fromLatin1(json);
    };
    row("trace", R"({})");
    row("trace", R"({"id": 1, "key": "k"})");
    row("trace", R"({"id": "00000000000000000", "key": "k"})");
    row("trace", R"({"id": "a"})");
    row("trace", R"({"id": "a", "key": "k", "steps": {}})");
    row("trace", R"({"id": "a", "key": "k", "steps": [1]})");
    row("trace", R"({"id": "a", "key": "k", "steps": [{"ms": "now", "event": "asked"}]})");
    row("trace", R"({"id": "a", "key": "k", "steps": [{"ms": 1}]})");
    row("traces", R"({"traces": 1})");
    for (const char* kind : {"traces", "hints", "stats", "conflicts", "repair"}) {
        row(kind, R"({})");
        row(kind, R"({"status": "ok"})");
    }
    row("hints", R"({"count": 0.5})");
    row("hints", R"({"count": 1, "owed": [{"hints": 1}]})");
    row("stats", R"({"repair": {"busy": 1}})");
    row("stats", R"({"repair": []})");
    row("stats", R"({"hints": {"owed": 1}})");
    row("conflicts", R"({"conflicts": [{"siblings": 2}]})");
    row("conflicts", R"({"conflicts": [{"key": "k", "siblings": 1e99}]})");
    row("repair", R"({"peers": "all"})");
}

void ClientInspectionTest::whatIsWrongIsRefused()
{
    QFETCH(QString, kind);
    QFETCH(QString, json);
    const QJsonObject answer = object(json.toUtf8().constData());
    QString problem;
    const auto take = [&](const auto& parsed) { problem = parsed ? QString() : parsed.error(); };
    if (kind == QStringLiteral("trace"))
        take(traceFrom(answer));
    else if (kind == QStringLiteral("traces"))
        take(tracesFrom(answer));
    else if (kind == QStringLiteral("hints"))
        take(hintsFrom(answer));
    else if (kind == QStringLiteral("stats"))
        take(statsFrom(answer));
    else if (kind == QStringLiteral("conflicts"))
        take(conflictsPageFrom(answer));
    else
        take(repairBegunFrom(answer));
    QVERIFY(!problem.isEmpty());
}

void ClientInspectionTest::eachCallAsksItsPath()
{
    FakeNode node([](const FakeRequest& request) {
        return request.path.startsWith("/api/v1/traces/") ? FakeAnswer::json(200, object(trace))
                                                          : FakeAnswer::json(200, object(everything));
    });
    NodeClient client({node.url()});
    int answers = 0;
    const auto count = [&](const auto& answer) { answers += answer ? 1 : 0; };
    client.traces(5, this, count);
    client.trace(QStringLiteral("a/b"), this, count);
    client.stats(this, count);
    client.hints(this, count);
    client.conflicts(QStringLiteral("c+"), 7, this, count);
    client.repair(Slot{9}, this, count);
    client.repair({}, this, count);
    QTRY_COMPARE(answers, 7);
    QList<QByteArray> asked;
    for (const FakeRequest& request : node.requests())
        asked.append(request.method + ' ' + request.path + '?' + request.query);
    std::sort(asked.begin(), asked.end());
    QCOMPARE(asked, (QList<QByteArray>{"GET /api/v1/conflicts?limit=7&cursor=c%2B", "GET /api/v1/hints?",
                                       "GET /api/v1/stats?", "GET /api/v1/traces/a%2Fb?",
                                       "GET /api/v1/traces?limit=5", "POST /api/v1/repair?",
                                       "POST /api/v1/repair?slot=9"}));
}

void ClientInspectionTest::aRepairThatIsNotAnsweredIsNoWrite()
{
    FakeNode node([](const FakeRequest&) { return FakeAnswer::hangUp(); });
    NodeClient client({node.url()});
    std::optional<ClientResult<int>> begun;
    client.repair({}, this, [&](const ClientResult<int>& answer) { begun = answer; });
    QTRY_VERIFY(begun);
    QVERIFY(!*begun);
    QVERIFY(!begun->error().mayExist);
}

QTEST_GUILESS_MAIN(ClientInspectionTest)
#include "client_inspection_test.moc"
