// SPDX-License-Identifier: GPL-3.0-or-later
// The part of the API that shows a node's work: traces, hints, repair, conflicts. Asked of one real node.
#include "tests/support/http_node_fixture.h"

#include <QJsonArray>
#include <QTest>

#include <memory>
#include <set>

using namespace ringmaster;

namespace {

const QByteArray kv = "/api/v1/kv/";

QJsonValue at(const QJsonObject& object, const char* name)
{
    return object.value(QString::fromLatin1(name));
}

QString text(const QJsonObject& object, const char* name)
{
    return at(object, name).toString();
}

QByteArray traceIdOf(const QJsonObject& answer)
{
    return text(at(answer, "quorum").toObject(), "trace").toLatin1();
}

QStringList eventsOf(const QJsonObject& trace)
{
    QStringList events;
    for (const QJsonValue& step : at(trace, "steps").toArray())
        events.append(text(step.toObject(), "event"));
    return events;
}

QStringList words(const char* list)
{
    return QString::fromLatin1(list).split(QLatin1Char(' '));
}

} // namespace

class ApiInspectionTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void everyAnswerNamesItsTrace();
    void aTraceTellsEveryStep();
    void aTraceComesWithTheAnswerWhereItIsAskedFor();
    void aFailureBringsItsTraceToo();
    void tracesAreListedTheLatestFirst();
    void aTraceThatIsNotThereIsAbsent();
    void refusesBadRequestsByName_data();
    void refusesBadRequestsByName();
    void owesNothingToNobody();
    void comparesWithWhomItReaches();
    void listsItsConflictsInPages();

private:
    std::unique_ptr<HttpNodeFixture> m_fixture;
    std::unique_ptr<HttpApiClient> m_client;
};

void ApiInspectionTest::init()
{
    m_fixture = std::make_unique<HttpNodeFixture>();
    QVERIFY(m_fixture->waitUntilServing());
    m_client = std::make_unique<HttpApiClient>(m_fixture->port());
}

void ApiInspectionTest::cleanup()
{
    m_client.reset();
    m_fixture.reset();
}

void ApiInspectionTest::everyAnswerNamesItsTrace()
{
    std::set<QByteArray> ids;
    ids.insert(traceIdOf(m_client->ask("PUT", kv + "k", "x")));
    ids.insert(traceIdOf(m_client->get(kv + "k")));
    ids.insert(traceIdOf(m_client->get(kv + "absent")));
    ids.insert(traceIdOf(m_client->ask("DELETE", kv + "k")));
    QCOMPARE(ids.size(), size_t{4});
    for (const QByteArray& id : ids) {
        QCOMPARE(id.size(), 16);
        QCOMPARE(text(m_client->get("/api/v1/traces/" + id), "id").toLatin1(), id);
    }
}

void ApiInspectionTest::aTraceTellsEveryStep()
{
    const QJsonObject put = m_client->ask("PUT", kv + "k%ff", "x");
    const QJsonObject trace = m_client->get("/api/v1/traces/" + traceIdOf(put));
    QCOMPARE(text(trace, "node"), QStringLiteral("n1"));
    QCOMPARE(text(trace, "op"), QStringLiteral("put"));
    QCOMPARE(text(trace, "key_base64"), QStringLiteral("a/8="));
    QCOMPARE(text(trace, "outcome"), QStringLiteral("ok"));
    QCOMPARE(at(trace, "needed").toInt(), 1);
    QVERIFY(at(trace, "began_ms").toDouble() > 1.6e12);
    QCOMPARE(eventsOf(trace), words("minted quorum_met"));
    QCOMPARE(at(trace, "step_count").toInt(), 2);
    const QJsonObject minted = at(trace, "steps").toArray().first().toObject();
    QCOMPARE(text(minted, "node"), QStringLiteral("n1"));
    QCOMPARE(text(minted, "role"), QStringLiteral("primary"));
    QCOMPARE(at(minted, "dots").toArray(), QJsonArray{text(put, "dot")});
    QVERIFY(at(minted, "ms").isDouble());

    const QJsonObject read = m_client->get("/api/v1/traces/" + traceIdOf(m_client->get(kv + "k%ff")));
    QCOMPARE(text(read, "op"), QStringLiteral("get"));
    QCOMPARE(eventsOf(read), words("answered quorum_met"));
}

void ApiInspectionTest::aTraceComesWithTheAnswerWhereItIsAskedFor()
{
    for (const char* query : {"?trace=1", "?trace=true"}) {
        const QJsonObject put = m_client->ask("PUT", kv + "k" + query, "x");
        QCOMPARE(text(at(put, "trace").toObject(), "id").toLatin1(), traceIdOf(put));
        QCOMPARE(eventsOf(at(put, "trace").toObject()), words("minted quorum_met"));
        QCOMPARE(eventsOf(at(m_client->get(kv + "k" + query), "trace").toObject()),
                 words("answered quorum_met"));
        QVERIFY(!at(m_client->get(kv + "absent" + query), "trace").toObject().isEmpty());
        QVERIFY(!at(m_client->ask("DELETE", kv + "k" + query), "trace").toObject().isEmpty());
    }
    QVERIFY(at(m_client->get(kv + "k"), "trace").isUndefined());
    QVERIFY(at(m_client->get(kv + "k?trace=0"), "trace").isUndefined());
}

void ApiInspectionTest::aFailureBringsItsTraceToo()
{
    HttpNodeFixture alone(2); // two replicas of each key, and one node
    QVERIFY(alone.waitUntilServing());
    HttpApiClient client(alone.port());
    const QJsonObject failed = client.ask("PUT", kv + "k?w=2&timeout_ms=200&trace=1", "x");
    QVERIFY(client.last.status == 503 || client.last.status == 504);
    const QJsonObject trace = at(failed, "trace").toObject();
    QCOMPARE(text(trace, "id").toLatin1(), traceIdOf(failed));
    QCOMPARE(text(trace, "outcome"), QStringLiteral("failed"));
    QCOMPARE(text(trace, "error"), text(failed, "message"));
    QCOMPARE(eventsOf(trace).last(), QStringLiteral("failed"));
}

void ApiInspectionTest::tracesAreListedTheLatestFirst()
{
    QJsonArray expected;
    for (const char* key : {"a", "b", "c"})
        expected.prepend(QString::fromLatin1(traceIdOf(m_client->ask("PUT", kv + key, "x"))));
    QJsonArray ids;
    for (const QJsonValue& trace : at(m_client->get("/api/v1/traces"), "traces").toArray()) {
        ids.append(text(trace.toObject(), "id"));
        QCOMPARE(at(trace.toObject(), "step_count").toInt(), 2);
        QVERIFY(at(trace.toObject(), "steps").isUndefined());
    }
    QCOMPARE(ids, expected);
    QCOMPARE(at(m_client->get("/api/v1/traces?limit=1"), "traces").toArray().size(), 1);
}

void ApiInspectionTest::aTraceThatIsNotThereIsAbsent()
{
    const QJsonObject absent = m_client->get("/api/v1/traces/0000000000000000");
    QCOMPARE(m_client->last.status, 404);
    QCOMPARE(text(absent, "error"), QStringLiteral("absent"));
    QVERIFY2(text(absent, "message").contains(QStringLiteral("1000")), qPrintable(text(absent, "message")));
}

void ApiInspectionTest::refusesBadRequestsByName_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<int>("status");
    const auto row = [](const char* method, const char* path, int status) {
        QTest::newRow(path) << QByteArray(method) << "/api/v1/" + QByteArray(path) << status;
    };
    row("GET", "traces?limit=0", 400);
    row("GET", "traces?limit=1001", 400);
    row("GET", "traces/", 400);
    row("GET", "traces/12", 400);
    row("GET", "traces/000000000000000x", 400);
    row("GET", "traces/+000000000000001", 400);
    row("GET", "traces/00000000000000001", 400);
    row("GET", "hints?x=1", 400);
    row("PUT", "hints", 405);
    row("GET", "repair", 405);
    row("POST", "repair?slot=65536", 400);
    row("POST", "repair?slot=-1", 400);
    row("POST", "traces", 405);
    row("GET", "conflicts?limit=0", 400);
    row("GET", "conflicts?cursor=nonsense", 400);
}

void ApiInspectionTest::refusesBadRequestsByName()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, path);
    const QJsonObject refused = m_client->ask(method, path);
    QTEST(m_client->last.status, "status");
    QVERIFY(!text(refused, "message").isEmpty());
}

void ApiInspectionTest::owesNothingToNobody()
{
    const QJsonObject hints = m_client->get("/api/v1/hints");
    QCOMPARE(text(hints, "node"), QStringLiteral("n1"));
    QCOMPARE(at(hints, "count").toInt(-1), 0);
    QCOMPARE(at(hints, "owed").toArray(), QJsonArray());
}

void ApiInspectionTest::comparesWithWhomItReaches()
{
    for (const char* path : {"/api/v1/repair", "/api/v1/repair?slot=0", "/api/v1/repair?slot=65535"}) {
        const QJsonObject begun = m_client->ask("POST", path);
        QCOMPARE(m_client->last.status, 200);
        QCOMPARE(text(begun, "node"), QStringLiteral("n1"));
        QCOMPARE(at(begun, "peers").toInt(-1), 0);
    }
}

void ApiInspectionTest::listsItsConflictsInPages()
{
    for (int key = 0; key < 20; ++key) {
        const QByteArray path = kv + "k" + QByteArray::number(key);
        m_client->ask("PUT", path, "a");
        if (key % 4 == 0)
            m_client->ask("PUT", path, "b"); // blind: a sibling
        if (key == 0)
            m_client->ask("PUT", path, "c");
    }
    QMap<QString, int> found;
    QByteArray cursor;
    do {
        const QByteArray from = cursor.isEmpty() ? QByteArray() : "&cursor=" + cursor;
        const QJsonObject page = m_client->get("/api/v1/conflicts?limit=2" + from);
        QCOMPARE(m_client->last.status, 200);
        QVERIFY(at(page, "conflicts").toArray().size() <= 2);
        for (const QJsonValue& conflict : at(page, "conflicts").toArray()) {
            const QString key = text(conflict.toObject(), "key");
            QVERIFY(!found.contains(key));
            found[key] = at(conflict.toObject(), "siblings").toInt();
        }
        cursor = text(page, "next_cursor").toLatin1();
    } while (!cursor.isEmpty());
    QCOMPARE(found.keys(), words("k0 k12 k16 k4 k8"));
    QCOMPARE(found.value(QStringLiteral("k0")), 3);
    QCOMPARE(found.value(QStringLiteral("k4")), 2);
}

QTEST_GUILESS_MAIN(ApiInspectionTest)
#include "api_inspection_test.moc"
