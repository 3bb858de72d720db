// SPDX-License-Identifier: GPL-3.0-or-later
// The native API as API.md has it, asked over HTTP of one real node.
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

QJsonObject first(const QJsonObject& object, const char* name)
{
    return at(object, name).toArray().first().toObject();
}

QString text(const QJsonObject& object, const char* name)
{
    return at(object, name).toString();
}

QByteArray contextOf(const QJsonObject& object)
{
    return text(object, "context").toLatin1();
}

std::set<QString> valuesOf(const QJsonObject& object)
{
    std::set<QString> values;
    for (const QJsonValue& sibling : at(object, "siblings").toArray())
        values.insert(text(sibling.toObject(), "value"));
    return values;
}

std::set<QString> namesOf(const QJsonObject& object)
{
    const QStringList keys = object.keys();
    return {keys.begin(), keys.end()};
}

std::set<QString> words(const char* list)
{
    const QStringList parts = QString::fromLatin1(list).split(QLatin1Char(' '));
    return {parts.begin(), parts.end()};
}

} // namespace

class ApiRoutesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void storesAndReadsAValue();
    void keepsSiblingsUntilAContextJoinsThem();
    void deletesWhatItsContextHasSeen();
    void deletesNothingWithoutAContext();
    void takesKeysOfAnyBytes_data();
    void takesKeysOfAnyBytes();
    void carriesValuesOfAnyBytes_data();
    void carriesValuesOfAnyBytes();
    void answersAHeadWithTheLengthOfTheBody();
    void refusesBadRequestsByName_data();
    void refusesBadRequestsByName();
    void saysWhichMethodsWouldDo();
    void listsEachKeyOnceInPages();
    void saysWhereAKeyLives();
    void describesTheRing();
    void describesTheMembers();
    void describesItself();
    void saysWhetherItCanServe();
    void saysWhoDidNotAnswer();
    void saysThatTheStoreTakesNoWrites();
    void introducesItselfToAPerson();
    void saysWhatToDoAboutAnAddressThatIsTaken();

private:
    std::unique_ptr<HttpNodeFixture> m_fixture;
    std::unique_ptr<HttpApiClient> m_client;
};

void ApiRoutesTest::init()
{
    m_fixture = std::make_unique<HttpNodeFixture>();
    QVERIFY(m_fixture->waitUntilServing());
    m_client = std::make_unique<HttpApiClient>(m_fixture->port());
}

void ApiRoutesTest::cleanup()
{
    m_client.reset();
    m_fixture.reset();
}

void ApiRoutesTest::storesAndReadsAValue()
{
    const QJsonObject written = m_client->ask("PUT", kv + "greeting", "hello");
    QCOMPARE(m_client->last.status, 200);
    QCOMPARE(namesOf(written), words("key dot sibling_count context quorum"));
    QCOMPARE(text(written, "key"), QStringLiteral("greeting"));
    QCOMPARE(at(written, "sibling_count").toInt(), 1);
    QVERIFY(!contextOf(written).isEmpty());

    const QJsonObject read = m_client->get(kv + "greeting?r=1&pr=1&sloppy=false&timeout_ms=100");
    QCOMPARE(m_client->last.status, 200);
    QCOMPARE(namesOf(read), words("key siblings context quorum"));
    const QJsonObject sibling = first(read, "siblings");
    QCOMPARE(namesOf(sibling), words("value dot clock written_ms"));
    QCOMPARE(text(sibling, "value"), QStringLiteral("hello"));
    QCOMPARE(text(sibling, "dot"), text(written, "dot"));
    const QStringList dot = text(sibling, "dot").split(QLatin1Char(':'));
    QCOMPARE(dot.first().size(), 16);
    QCOMPARE(QString::number(at(sibling, "clock").toObject().value(dot.first()).toInt()), dot.last());
    QVERIFY(at(sibling, "written_ms").toDouble() > 1.6e12);
    QCOMPARE(text(read, "context"), text(written, "context"));

    const QJsonObject quorum = at(read, "quorum").toObject();
    QCOMPARE(namesOf(quorum), words("n needed coordinator trace answered missing"));
    QCOMPARE(at(quorum, "n").toInt(), 1);
    QCOMPARE(text(quorum, "coordinator"), QStringLiteral("n1"));
    QCOMPARE(text(first(quorum, "answered"), "role"), QStringLiteral("primary"));
    QVERIFY(at(first(quorum, "answered"), "ms").isDouble());
}

void ApiRoutesTest::keepsSiblingsUntilAContextJoinsThem()
{
    m_client->ask("PUT", kv + "cart", "apples");
    const QJsonObject second = m_client->ask("PUT", kv + "cart?return=siblings", "pears");
    QCOMPARE(at(second, "sibling_count").toInt(), 2);
    QCOMPARE(valuesOf(second), words("apples pears"));
    const QJsonObject read = m_client->get(kv + "cart");
    QCOMPARE(valuesOf(read), words("apples pears"));
    const QJsonObject joined = m_client->ask("PUT", kv + "cart", "both", contextOf(read));
    QCOMPARE(at(joined, "sibling_count").toInt(), 1);
    QCOMPARE(valuesOf(m_client->get(kv + "cart")), words("both"));
}

void ApiRoutesTest::deletesWhatItsContextHasSeen()
{
    const QJsonObject absent = m_client->get(kv + "gone");
    QCOMPARE(m_client->last.status, 404);
    QCOMPARE(namesOf(absent), words("error message key context quorum"));
    QCOMPARE(text(absent, "error"), QStringLiteral("absent"));
    QCOMPARE(text(absent, "context"), QString());

    const QJsonObject written = m_client->ask("PUT", kv + "gone", "x");
    m_client->ask("DELETE", kv + "gone?w=1", {}, contextOf(written));
    QCOMPARE(m_client->last.status, 200);
    const QJsonObject deleted = m_client->get(kv + "gone");
    QCOMPARE(m_client->last.status, 404);
    QVERIFY(!contextOf(deleted).isEmpty());
}

void ApiRoutesTest::deletesNothingWithoutAContext()
{
    m_client->ask("PUT", kv + "kept", "x");
    const QJsonObject deleted = m_client->ask("DELETE", kv + "kept");
    QCOMPARE(m_client->last.status, 200);
    QCOMPARE(at(deleted, "sibling_count").toInt(), 2);
    const QJsonObject read = m_client->get(kv + "kept");
    QCOMPARE(m_client->last.status, 200);
    int tombstones = 0;
    for (const QJsonValue& sibling : at(read, "siblings").toArray()) {
        if (!at(sibling.toObject(), "deleted").toBool())
            continue;
        ++tombstones;
        QCOMPARE(namesOf(sibling.toObject()), words("deleted dot clock written_ms context"));
    }
    QCOMPARE(tombstones, 1);
    m_client->ask("DELETE", kv + "never-written");
    QCOMPARE(m_client->last.status, 200);
}

void ApiRoutesTest::takesKeysOfAnyBytes_data()
{
    QTest::addColumn<QByteArray>("encoded");
    QTest::addColumn<QByteArray>("key");
    QTest::newRow("a slash") << QByteArray("a/b") << QByteArray("a/b");
    QTest::newRow("an encoded slash") << QByteArray("a%2Fb") << QByteArray("a/b");
    QTest::newRow("slashes at both ends") << QByteArray("/a/") << QByteArray("/a/");
    QTest::newRow("dots") << QByteArray("../a/./b") << QByteArray("../a/./b");
    QTest::newRow("a plus") << QByteArray("a+b") << QByteArray("a+b");
    QTest::newRow("a space") << QByteArray("a%20b") << QByteArray("a b");
    QTest::newRow("an encoded question mark") << QByteArray("a%3Fb") << QByteArray("a?b");
    QTest::newRow("an encoded percent") << QByteArray("100%25") << QByteArray("100%");
    QTest::newRow("a zero byte") << QByteArray("a%00b") << QByteArray("a\0b", 3);
    QTest::newRow("bytes that are not UTF-8") << QByteArray("%ff%FE") << QByteArray("\xff\xfe");
    QTest::newRow("UTF-8") << QByteArray("%C3%BC") << QByteArray("\xc3\xbc");
    QTest::newRow("UTF-8 as it was typed") << QByteArray("\xc3\xbc") << QByteArray("\xc3\xbc");
    QTest::newRow("a quote and a backslash") << QByteArray("%22%5C") << QByteArray("\"\\");
    QTest::newRow("one of 4096 bytes") << QByteArray("%78").repeated(4096) << QByteArray(4096, 'x');
}

void ApiRoutesTest::takesKeysOfAnyBytes()
{
    QFETCH(QByteArray, encoded);
    QFETCH(QByteArray, key);
    const auto keyIn = [](const QJsonObject& object) {
        return at(object, "key").isString() ? text(object, "key").toUtf8()
                                            : QByteArray::fromBase64(text(object, "key_base64").toLatin1());
    };
    QCOMPARE(keyIn(m_client->ask("PUT", kv + encoded, "x")), key);
    QCOMPARE(m_client->last.status, 200);
    QCOMPARE(keyIn(m_client->get(kv + encoded)), key);
    QCOMPARE(m_client->last.status, 200);
    QCOMPARE(keyIn(first(m_client->get("/api/v1/keys"), "keys")), key);
    QCOMPARE(keyIn(m_client->get("/api/v1/placement/" + encoded)), key);
}

void ApiRoutesTest::carriesValuesOfAnyBytes_data()
{
    QTest::addColumn<QByteArray>("value");
    QTest::newRow("UTF-8") << QByteArray("gr\xc3\xbc\xc3\x9f \"dich\"\n\\");
    QTest::newRow("a zero byte") << QByteArray("a\0b", 3);
    QTest::newRow("not UTF-8") << QByteArray("\xff\x00\x80", 3);
    QTest::newRow("JSON") << QByteArray("{\"a\": [1, 2]}");
    QTest::newRow("a megabyte") << QByteArray(1024 * 1024, 'v');
}

void ApiRoutesTest::carriesValuesOfAnyBytes()
{
    QFETCH(QByteArray, value);
    m_client->ask("PUT", kv + "v", value);
    QCOMPARE(m_client->last.status, 200);
    const QJsonObject sibling = first(m_client->get(kv + "v"), "siblings");
    const QByteArray back = value.isValidUtf8()
                                ? text(sibling, "value").toUtf8()
                                : QByteArray::fromBase64(text(sibling, "value_base64").toLatin1());
    QVERIFY(back == value);
}

void ApiRoutesTest::answersAHeadWithTheLengthOfTheBody()
{
    m_client->ask("PUT", kv + "k", "x");
    m_client->get("/api/v1/ring");
    HttpRawClient client(m_fixture->port());
    client.send("HEAD /api/v1/ring HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const RawAnswer answer = client.next(true);
    QCOMPARE(answer.status, 200);
    QVERIFY(answer.has("Content-Length: " + QByteArray::number(m_client->last.body.size())));
    client.send("HEAD /api/v1/kv/absent HTTP/1.1\r\nHost: localhost\r\n\r\n");
    QCOMPARE(client.next(true).status, 404);
    client.send("HEAD /api/v1/kv/k HTTP/1.1\r\nHost: localhost\r\n\r\n");
    QCOMPARE(client.next(true).status, 200);
    QCOMPARE(client.rest(), QByteArray());
}

void ApiRoutesTest::refusesBadRequestsByName_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("word");
    QTest::addColumn<QString>("complaint");
    const auto row = [](const char* name, const char* method, const QByteArray& path, int status,
                        const char* word, const char* complaint) {
        QTest::newRow(name) << QByteArray(method) << path << status << QString::fromLatin1(word)
                            << QString::fromLatin1(complaint);
    };
    row("an empty key", "GET", kv, 400, "malformed", "key");
    row("a key too long", "GET", kv + QByteArray(4097, 'x'), 413, "too_large", "4096");
    row("a bad escape", "GET", kv + "a%zz", 400, "malformed", "hexadecimal");
    row("an escape cut short", "PUT", kv + "a%2", 400, "malformed", "hexadecimal");
    row("r of 0", "GET", kv + "k?r=0", 400, "malformed", "\"r\"");
    row("r over n", "GET", kv + "k?r=2", 400, "malformed", "\"r\"");
    row("r of a write", "PUT", kv + "k?r=1", 400, "malformed", "\"r\"");
    row("w of a read", "GET", kv + "k?w=1", 400, "malformed", "\"w\"");
    row("w of words", "PUT", kv + "k?w=all", 400, "malformed", "\"w\"");
    row("pw over n", "PUT", kv + "k?pw=2", 400, "malformed", "\"pw\"");
    row("no time", "GET", kv + "k?timeout_ms=0", 400, "malformed", "\"timeout_ms\"");
    row("too much time", "GET", kv + "k?timeout_ms=60001", 400, "malformed", "\"timeout_ms\"");
    row("sloppy maybe", "GET", kv + "k?sloppy=maybe", 400, "malformed", "\"sloppy\"");
    row("a parameter twice", "GET", kv + "k?r=1&r=1", 400, "malformed", "more than once");
    row("an unknown parameter", "GET", kv + "k?quorum=1", 400, "malformed", "\"quorum\"");
    row("return=siblings of a read", "GET", kv + "k?return=siblings", 400, "malformed", "\"return\"");
    row("return of something else", "PUT", kv + "k?return=all", 400, "malformed", "\"return\"");
    row("a limit of 0", "GET", "/api/v1/keys?limit=0", 400, "malformed", "\"limit\"");
    row("a limit over 1000", "GET", "/api/v1/keys?limit=1001", 400, "malformed", "\"limit\"");
    row("a cursor of somebody else's", "GET", "/api/v1/keys?cursor=xyz", 400, "malformed", "\"cursor\"");
    row("a parameter of the ring", "GET", "/api/v1/ring?x=1", 400, "malformed", "\"x\"");
    row("an unknown path", "GET", "/api/v2/kv/x", 404, "absent", "/api/v1/kv/{key}");
    row("a path in the wrong case", "GET", "/API/v1/ring", 404, "absent", "/API/v1/ring");
    row("no path at all", "OPTIONS", "*", 404, "absent", "*");
    row("events without a WebSocket", "GET", "/api/v1/events", 400, "malformed", "WebSocket");
    row("a method that does not go", "POST", kv + "k", 405, "method_not_allowed", "POST");
    row("a write of the ring", "PUT", "/api/v1/ring", 405, "method_not_allowed", "PUT");
}

void ApiRoutesTest::refusesBadRequestsByName()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, path);
    QFETCH(int, status);
    QFETCH(QString, word);
    QFETCH(QString, complaint);
    const QJsonObject answer = m_client->ask(method, path);
    QCOMPARE(m_client->last.status, status);
    QCOMPARE(text(answer, "error"), word);
    QVERIFY2(text(answer, "message").contains(complaint), qPrintable(text(answer, "message")));
    QCOMPARE(m_client->get("/health").isEmpty(), false); // the connection goes on
}

void ApiRoutesTest::saysWhichMethodsWouldDo()
{
    m_client->ask("PATCH", kv + "k");
    QVERIFY(m_client->last.has("Allow: GET, HEAD, PUT, DELETE"));
    m_client->ask("DELETE", "/api/v1/ring");
    QVERIFY(m_client->last.has("Allow: GET, HEAD"));

    const QJsonObject written = m_client->ask("PUT", kv + "k", "x");
    const QJsonObject damaged = m_client->ask("PUT", kv + "k", "y", "nonsense");
    QCOMPARE(m_client->last.status, 400);
    QVERIFY(!text(damaged, "message").isEmpty());
    m_client->ask("PUT", kv + "another-key", "y", contextOf(written));
    QCOMPARE(m_client->last.status, 400);
}

void ApiRoutesTest::listsEachKeyOnceInPages()
{
    std::set<QString> expected;
    for (int i = 0; i < 60; ++i) {
        const QByteArray key = (i % 3 == 0 ? "a/" : "b/") + QByteArray::number(i);
        m_client->ask("PUT", kv + key, "x");
        if (i % 3 == 0)
            expected.insert(QString::fromLatin1(key));
    }
    std::multiset<QString> listed;
    QByteArray cursor;
    int pages = 0;
    do {
        const QJsonObject page = m_client->get("/api/v1/keys?limit=7&prefix=a%2F&cursor=" + cursor);
        QCOMPARE(m_client->last.status, 200);
        QCOMPARE(namesOf(page), words("keys next_cursor"));
        QVERIFY(at(page, "keys").toArray().size() <= 7);
        for (const QJsonValue& key : at(page, "keys").toArray())
            listed.insert(text(key.toObject(), "key"));
        cursor = text(page, "next_cursor").toLatin1();
        QVERIFY(!cursor.isEmpty() || at(page, "next_cursor").isNull());
    } while (!cursor.isEmpty() && ++pages < 100);
    QVERIFY(pages >= 2);
    QCOMPARE(listed.size(), expected.size());
    QCOMPARE(std::set<QString>(listed.begin(), listed.end()), expected);
}

void ApiRoutesTest::saysWhereAKeyLives()
{
    m_client->ask("PUT", kv + "k", "hello");
    const QJsonObject placement = m_client->get("/api/v1/placement/k");
    QCOMPARE(m_client->last.status, 200);
    QCOMPARE(namesOf(placement), words("key position slot preference_list"));
    const QString position = text(placement, "position");
    QVERIFY(position.startsWith(QStringLiteral("0x")) && position.size() == 18);
    QCOMPARE(at(placement, "slot").toInt(), position.mid(2, 4).toInt(nullptr, 16));
    const QJsonObject replica = first(placement, "preference_list");
    QCOMPARE(namesOf(replica), words("node id role reachable asked siblings"));
    QCOMPARE(text(replica, "node"), QStringLiteral("n1"));
    QCOMPARE(text(replica, "id"), m_fixture->node().id().toString());
    QVERIFY(at(replica, "reachable").toBool());
    const QJsonObject sibling = first(replica, "siblings");
    QCOMPARE(at(sibling, "bytes").toInt(), 5);
    QCOMPARE(at(sibling, "deleted").toBool(true), false);
    const QJsonObject absent = m_client->get("/api/v1/placement/absent");
    QCOMPARE(at(first(absent, "preference_list"), "siblings").toArray().size(), 0);
}

void ApiRoutesTest::describesTheRing()
{
    const QJsonObject ring = m_client->get("/api/v1/ring");
    QCOMPARE(namesOf(ring), words("partitioner slots replicas digest tokens"));
    QCOMPARE(text(ring, "partitioner"), QStringLiteral("md5"));
    QCOMPARE(at(ring, "slots").toInt(), 65536);
    QCOMPARE(text(ring, "digest").size(), 16);
    const QJsonArray tokens = at(ring, "tokens").toArray();
    QCOMPARE(tokens.size(), 8);
    int last = -1;
    for (const QJsonValue& token : tokens) {
        QVERIFY(at(token.toObject(), "slot").toInt() > last);
        last = at(token.toObject(), "slot").toInt();
        QCOMPARE(text(token.toObject(), "node"), QStringLiteral("n1"));
    }
}

void ApiRoutesTest::describesTheMembers()
{
    const QJsonObject members = m_client->get("/api/v1/members");
    QCOMPARE(
        namesOf(members),
        words("cluster self observer replicas read_quorum write_quorum partitioner ring_digest availability "
              "members"));
    QCOMPARE(text(members, "availability"),
             QStringLiteral("1 of 1 node up. Every key can be read and written. Losing n1 would stop reads "
                            "and writes for all keys."));
    QCOMPARE(text(members, "self"), QStringLiteral("n1"));
    const QJsonObject member = first(members, "members");
    QCOMPARE(namesOf(member),
             words("name id actor state http peer zone capacity observed reachable takes_writes "
                   "unreachable_ms tokens "
                   "primary_slots replica_slots keys requests_per_second version"));
    QCOMPARE(text(member, "state"), QStringLiteral("READY"));
    QCOMPARE(text(members, "observer"), QStringLiteral("n1"));
    QCOMPARE(text(member, "observed"), QStringLiteral("alive"));
    QCOMPARE(text(member, "http"), QStringLiteral("127.0.0.1:8101"));
    QCOMPARE(at(member, "primary_slots").toInt(), 65536);
    QCOMPARE(at(member, "tokens").toInt(), 8);
}

void ApiRoutesTest::describesItself()
{
    m_client->ask("PUT", kv + "a", "x");
    m_client->get(kv + "a");
    m_client->ask("DELETE", kv + "b");
    const QJsonObject stats = m_client->get("/api/v1/stats");
    QCOMPARE(namesOf(stats),
             words("node uptime_ms keys tombstones objects requests latency_ms storage peers repair hints "
                   "reaper siblings integrity"));
    QCOMPARE(at(stats, "keys").toInt(), 1);
    QCOMPARE(at(stats, "objects").toInt(), 2);
    QCOMPARE(at(stats, "tombstones").toInt(), 1);
    const QJsonObject requests = at(stats, "requests").toObject();
    QCOMPARE(namesOf(requests), words("get put delete failed per_second"));
    QCOMPARE(at(requests, "get").toInt(), 1);
    QCOMPARE(at(requests, "put").toInt(), 1);
    QCOMPARE(at(requests, "delete").toInt(), 1);
    QCOMPARE(namesOf(at(at(stats, "latency_ms").toObject(), "get").toObject()), words("p50 p99"));
    QCOMPARE(text(at(stats, "storage").toObject(), "state"), QStringLiteral("ok"));
    QCOMPARE(namesOf(at(stats, "peers").toObject()),
             words("connected queued_bytes overdue_requests dropped_replies"));
    QCOMPARE(namesOf(at(at(stats, "peers").toObject(), "dropped_replies").toObject()),
             words("foreign late mismatched"));
    QCOMPARE(namesOf(at(stats, "repair").toObject()),
             words("hints hints_delivered read_repairs rounds divergent_slots objects_given objects_taken "
                   "busy skipped_keys skipped"));
    QCOMPARE(namesOf(at(stats, "hints").toObject()), words("count owed"));
    const QJsonObject reaper = at(stats, "reaper").toObject();
    QCOMPARE(namesOf(reaper), words("enabled held waiting reaped waits_for"));
    QVERIFY(at(reaper, "enabled").toBool());
    QCOMPARE(at(reaper, "held").toInt(), 1);
    const QJsonObject siblings = at(stats, "siblings").toObject();
    QCOMPARE(namesOf(siblings), words("warn_above keys_above most"));
    QCOMPARE(at(siblings, "warn_above").toInt(), 25);
}

void ApiRoutesTest::saysWhetherItCanServe()
{
    const QJsonObject health = m_client->get("/health");
    QCOMPARE(m_client->last.status, 200);
    QCOMPARE(namesOf(health), words("status availability node state"));
    QCOMPARE(text(health, "status"), QStringLiteral("ok"));
    QVERIFY(text(health, "availability").contains(QStringLiteral("Every key can be read and written.")));

    m_fixture->store().becomeReadOnly(QStringLiteral("the disk is full"));
    const QJsonObject full = m_client->get("/health");
    QCOMPARE(m_client->last.status, 200);
    QCOMPARE(text(full, "status"), QStringLiteral("degraded"));
    QVERIFY2(text(full, "availability").contains(QStringLiteral("No key can be written")),
             qPrintable(text(full, "availability")));

    m_fixture->store().fail(QStringLiteral("the disk said no"));
    m_client->ask("PUT", kv + "k", "x"); // whatever comes of it
    const QJsonObject failed = m_client->get("/health");
    QCOMPARE(m_client->last.status, 503);
    QVERIFY2(text(failed, "message").contains(QStringLiteral("the disk said no")),
             qPrintable(text(failed, "message")));
}

void ApiRoutesTest::saysWhoDidNotAnswer()
{
    HttpNodeFixture alone(2); // two replicas of each key, and one node
    QVERIFY(alone.waitUntilServing());
    HttpApiClient client(alone.port());
    const QJsonObject failed = client.ask("PUT", kv + "k?w=2&timeout_ms=200", "x");
    QVERIFY(client.last.status == 503 || client.last.status == 504);
    QVERIFY(namesOf(failed) == words("error message quorum may_exist"));
    const QJsonObject read = client.get(kv + "k?r=2&timeout_ms=200");
    QVERIFY(client.last.status == 503 || client.last.status == 504);
    QCOMPARE(namesOf(read), words("error message quorum"));
    QCOMPARE(at(at(read, "quorum").toObject(), "needed").toInt(), 2);
}

void ApiRoutesTest::saysThatTheStoreTakesNoWrites()
{
    m_client->ask("PUT", kv + "k", "x");
    m_fixture->store().becomeReadOnly(QStringLiteral("the disk is full"));
    const QJsonObject refused = m_client->ask("PUT", kv + "k?timeout_ms=300", "y");
    QCOMPARE(m_client->last.status, 503);
    QVERIFY2(!text(refused, "message").isEmpty(), m_client->last.body.constData());
    QCOMPARE(valuesOf(m_client->get(kv + "k")), words("x"));
    QCOMPARE(text(at(m_client->get("/api/v1/stats"), "storage").toObject(), "state"),
             QStringLiteral("read_only"));
}

void ApiRoutesTest::introducesItselfToAPerson()
{
    m_client->get("/");
    QCOMPARE(m_client->last.status, 200);
    QVERIFY(m_client->last.has("Content-Type: text/plain; charset=utf-8"));
    QVERIFY(m_client->last.body.contains("http://127.0.0.1:8101/api/v1/kv/greeting"));
}

void ApiRoutesTest::saysWhatToDoAboutAnAddressThatIsTaken()
{
    HttpServer second(m_fixture->node());
    const Result<void> taken = second.listen(m_fixture->server().listeningAddress());
    QVERIFY(!taken);
    QCOMPARE(taken.error().code, ErrorCode::Unavailable);
    QVERIFY(taken.error().message.contains(m_fixture->server().listeningAddress()));
    QVERIFY(!second.listen(QStringLiteral("nowhere")));
    QVERIFY(second.listeningAddress().isEmpty());
}

QTEST_GUILESS_MAIN(ApiRoutesTest)
#include "api_routes_test.moc"
