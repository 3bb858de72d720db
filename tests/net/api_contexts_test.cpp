// SPDX-License-Identifier: GPL-3.0-or-later
// The native API: contexts that no node made, contexts of one sibling, and writes that are tried again.
#include "nodecore/base/bytes.h"
#include "tests/support/http_node_fixture.h"

#include <QCryptographicHash>
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

class ApiContextsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void aRetryWithTheSameIdIsAnsweredAsTheFirstAttempt();
    void refusesAContextThatNoNodeMade();
    void eachOfSeveralSiblingsComesWithAContextOfItsOwn();

private:
    std::unique_ptr<HttpNodeFixture> m_fixture;
    std::unique_ptr<HttpApiClient> m_client;
};

void ApiContextsTest::init()
{
    m_fixture = std::make_unique<HttpNodeFixture>();
    QVERIFY(m_fixture->waitUntilServing());
    m_client = std::make_unique<HttpApiClient>(m_fixture->port());
}

void ApiContextsTest::cleanup()
{
    m_client.reset();
    m_fixture.reset();
}

void ApiContextsTest::aRetryWithTheSameIdIsAnsweredAsTheFirstAttempt()
{
    const auto put = [&](const QByteArray& id, const QByteArray& value) {
        return m_client->ask("PUT", kv + "named", value, {}, "Idempotency-Key: " + id + "\r\n");
    };
    const QJsonObject first = put("id-1", "one");
    m_client->ask("PUT", kv + "named", "newer", contextOf(first));
    const QJsonObject again = put("id-1", "one");
    QCOMPARE(text(again, "dot"), text(first, "dot"));
    QCOMPARE(contextOf(again), contextOf(first));
    QCOMPARE(valuesOf(m_client->get(kv + "named")), words("newer"));
    put("id-1", "something else");
    QCOMPARE(m_client->last.status, 409);
    for (const QByteArray& bad : {QByteArray(65, 'x'), QByteArray("two words"), QByteArray("\xc3\xa9")}) {
        put(bad, "v");
        QCOMPARE(m_client->last.status, 400);
    }
}

// Ten made-up actors with late times, in a context that nobody was given: once in, they would push the real
// ones out of every context after it.
void ApiContextsTest::refusesAContextThatNoNodeMade()
{
    ByteWriter forged;
    forged.u8(1);
    forged.raw(QCryptographicHash::hash("poor", QCryptographicHash::Md5).first(4));
    forged.u8(10);
    for (quint64 i = 1; i <= 10; ++i) {
        forged.u64(i);
        forged.varint(1);
        forged.varint(4'102'444'800); // in the year 2100
    }
    forged.raw(QCryptographicHash::hash(forged.result(), QCryptographicHash::Md5).first(4));
    const QByteArray token =
        forged.take().toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);

    m_client->ask("PUT", kv + "poor", "one");
    for (const QByteArray method : {"PUT", "DELETE"}) {
        const QJsonObject refused = m_client->ask(method, kv + "poor", "two", token);
        QCOMPARE(m_client->last.status, 400);
        QCOMPARE(text(refused, "error"), QStringLiteral("malformed"));
        QVERIFY2(text(refused, "message").contains(QStringLiteral("Read the key again")),
                 qPrintable(text(refused, "message")));
    }
    QByteArray altered = contextOf(m_client->get(kv + "poor"));
    altered[altered.size() / 2] = altered[altered.size() / 2] == 'A' ? 'B' : 'A';
    m_client->ask("PUT", kv + "poor", "three", altered);
    QCOMPARE(m_client->last.status, 400);
    const QJsonObject resolved =
        m_client->ask("PUT", kv + "poor", "resolved", contextOf(m_client->get(kv + "poor")));
    QCOMPARE(at(resolved, "sibling_count").toInt(), 1);
}

void ApiContextsTest::eachOfSeveralSiblingsComesWithAContextOfItsOwn()
{
    m_client->ask("PUT", kv + "several", "one");
    QVERIFY(!namesOf(first(m_client->get(kv + "several"), "siblings")).contains(QStringLiteral("context")));
    // Of other actors: of one actor a context covers the older ones too.
    const Key key = *Key::fromBytes("several");
    const Slot slot = slotOf(m_fixture->node().config().partitioner, key);
    SiblingSet held = SiblingSet::decode(key, **m_fixture->store().latestObject(slot, key)).value();
    held.write(key, {}, QByteArray("two"), ActorId{1}, WallTime{1});
    held.write(key, {}, QByteArray("three"), ActorId{2}, WallTime{1});
    WriteBatch batch;
    batch.putObject(slot, key, held.encoded(), true);
    m_fixture->store().write(std::move(batch), [](const Result<void>&) {});

    const QJsonObject read = m_client->get(kv + "several");
    QCOMPARE(valuesOf(read), words("one two three"));
    const QJsonObject replaced = first(read, "siblings");
    const QJsonObject written =
        m_client->ask("PUT", kv + "several?return=siblings", "instead", contextOf(replaced));
    std::set<QString> expected = words("one two three instead");
    expected.erase(text(replaced, "value"));
    QCOMPARE(valuesOf(written), expected);
}

QTEST_GUILESS_MAIN(ApiContextsTest)
#include "api_contexts_test.moc"
