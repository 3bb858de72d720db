// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/client/node_client.h"
#include "tests/net/client_fake_node.h"

#include <QElapsedTimer>
#include <QTest>

using namespace ringmaster;

namespace {

Key key(const QByteArray& bytes)
{
    return *Key::fromBytes(bytes);
}

FakeAnswer hello(const FakeRequest& request)
{
    return FakeAnswer::json(200, fake::value("hello", QByteArray::fromPercentEncoding(request.path.mid(11))));
}

// An address at which nothing listens.
QUrl deadUrl()
{
    QTcpServer server;
    server.listen(QHostAddress::LocalHost);
    return QUrl(QStringLiteral("http://127.0.0.1:%1").arg(server.serverPort()));
}

} // namespace

class NodeClientTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aReadGivesSiblingsContextAndQuorum();
    void aKeyOfAnyBytesTravels();
    void anAbsentKeyIsAValueWithoutSiblings();
    void aWriteCarriesItsBodyAndContext();
    void aContextCannotSmuggleAHeader();
    void aQuorumThatWasNotMetSaysWhoAnswered();
    void aReadGoesOnToTheNextNode();
    void aReadIsTakenElsewhereWhenANodeIsFrozen();
    void aWriteGoesOnOnlyWhereNoConnectionWasMade();
    void aWriteWithoutAnAnswerMayExist();
    void theNodeThatAnsweredIsAskedFirstNextTime();
    void whatIsNoAnswerOfANodeIsAnError();
    void anAnswerWithoutAFieldIsNone();
    void onlyANodeSaysThatAKeyIsAbsent();
    void noCallbackRunsAfterItsContextDied();
    void noNodesIsAnErrorToo();
    void pagesOfKeysAreRead();
};

void NodeClientTest::aReadGivesSiblingsContextAndQuorum()
{
    FakeNode node(hello);
    NodeClient client({node.url()});
    std::optional<ClientResult<ClientValue>> result;
    ClientOptions options;
    options.quorum = 3;
    options.sloppy = false;
    client.get(key("greeting"), options, this, [&](auto r) { result = r; });
    QTRY_VERIFY(result);
    QVERIFY(*result);
    const ClientValue& value = **result;
    QCOMPARE(value.siblings.size(), 1);
    QCOMPARE(value.siblings.first().value, QByteArray("hello"));
    QCOMPARE(value.siblings.first().clock.first().second, 3ULL);
    QCOMPARE(value.context, QByteArray("ctx-1"));
    QCOMPARE(value.quorum.coordinator, QStringLiteral("n1"));
    QVERIFY(value.tookMs > 0);
    QCOMPARE(node.requests().first().path, QByteArray("/api/v1/kv/greeting"));
    QCOMPARE(node.requests().first().query, QByteArray("r=3&sloppy=false"));
}

void NodeClientTest::aKeyOfAnyBytesTravels()
{
    FakeNode node(hello);
    NodeClient client({node.url()});
    QByteArray every;
    for (int byte = 0; byte < 256; ++byte)
        every.append(static_cast<char>(byte));
    for (const QByteArray& bytes : {every, QByteArray("."), QByteArray(".."), QByteArray("a/../b?c#d%2F")}) {
        bool answered = false;
        client.get(key(bytes), {}, this, [&](auto) { answered = true; });
        QTRY_VERIFY(answered);
        const QByteArray path = node.requests().last().path;
        QVERIFY(path.startsWith("/api/v1/kv/"));
        const QByteArray segment = path.mid(11);
        QCOMPARE(QByteArray::fromPercentEncoding(segment), bytes);
        QVERIFY(!segment.contains('/') && segment != "." && segment != "..");
    }
}

void NodeClientTest::anAbsentKeyIsAValueWithoutSiblings()
{
    FakeNode node([](const FakeRequest&) {
        QJsonObject absent = fake::absent("k");
        absent.insert(QStringLiteral("context"), QStringLiteral("seen"));
        return FakeAnswer::json(404, absent);
    });
    NodeClient client({node.url()});
    std::optional<ClientResult<ClientValue>> result;
    client.get(key("k"), {}, this, [&](auto r) { result = r; });
    QTRY_VERIFY(result);
    QVERIFY(*result);
    QVERIFY((*result)->siblings.isEmpty());
    QCOMPARE((*result)->context, QByteArray("seen"));
}

void NodeClientTest::aWriteCarriesItsBodyAndContext()
{
    FakeNode node([](const FakeRequest&) {
        return FakeAnswer::json(200, {{QStringLiteral("key"), QStringLiteral("k")},
                                      {QStringLiteral("sibling_count"), 2},
                                      {QStringLiteral("context"), QStringLiteral("c")},
                                      {QStringLiteral("quorum"), fake::quorum()}});
    });
    NodeClient client({node.url()});
    std::optional<ClientResult<ClientValue>> result;
    ClientOptions options;
    options.returnSiblings = false;
    client.put(key("k"), QByteArray("a\0b", 3), "token", options, this, [&](auto r) { result = r; });
    QTRY_VERIFY(result);
    QVERIFY(*result);
    QCOMPARE((*result)->siblingCount, 2);
    const FakeRequest& request = node.requests().first();
    QCOMPARE(request.method, QByteArray("PUT"));
    QCOMPARE(request.body, QByteArray("a\0b", 3));
    QCOMPARE(request.headers.value("x-ring-context"), QByteArray("token"));
    QCOMPARE(request.query, QByteArray());
}

void NodeClientTest::aContextCannotSmuggleAHeader()
{
    FakeNode node(hello);
    NodeClient client({node.url()});
    bool answered = false;
    client.remove(key("k"), "x\r\nEvil: 1", {}, this, [&](auto) { answered = true; });
    QTRY_VERIFY(answered);
    QVERIFY(!node.requests().first().headers.contains("evil"));
    QCOMPARE(node.requests().first().method, QByteArray("DELETE"));
}

void NodeClientTest::aQuorumThatWasNotMetSaysWhoAnswered()
{
    FakeNode node([](const FakeRequest&) {
        const QJsonObject quorum{
            {QStringLiteral("n"), 3},
            {QStringLiteral("needed"), 2},
            {QStringLiteral("coordinator"), QStringLiteral("n1")},
            {QStringLiteral("answered"),
             QJsonArray{QJsonObject{{QStringLiteral("node"), QStringLiteral("n1")}}}},
            {QStringLiteral("missing"),
             QJsonArray{QJsonObject{{QStringLiteral("node"), QStringLiteral("n3")},
                                    {QStringLiteral("reason"), QStringLiteral("unreachable")}}}}};
        return FakeAnswer::json(503, {{QStringLiteral("error"), QStringLiteral("quorum_not_met")},
                                      {QStringLiteral("message"), QStringLiteral("1 of 2.")},
                                      {QStringLiteral("may_exist"), true},
                                      {QStringLiteral("quorum"), quorum}});
    });
    NodeClient client({node.url()});
    std::optional<ClientResult<ClientValue>> result;
    client.put(key("k"), "v", {}, {}, this, [&](auto r) { result = r; });
    QTRY_VERIFY(result);
    QVERIFY(!*result);
    const ClientError& error = result->error();
    QCOMPARE(error.status, 503);
    QCOMPARE(error.word, QStringLiteral("quorum_not_met"));
    QVERIFY(error.mayExist);
    QCOMPARE(error.quorum->answered.first().node, QStringLiteral("n1"));
    QCOMPARE(error.quorum->missing.first().reason, QStringLiteral("unreachable"));
}

void NodeClientTest::aReadGoesOnToTheNextNode()
{
    FakeNode rude([](const FakeRequest&) { return FakeAnswer::hangUp(); });
    FakeNode good(hello);
    NodeClient client({deadUrl(), rude.url(), good.url()});
    std::optional<ClientResult<ClientValue>> result;
    client.get(key("k"), {}, this, [&](auto r) { result = r; });
    QTRY_VERIFY(result);
    QVERIFY(*result);
    QCOMPARE(rude.requests().size(), 1);
}

void NodeClientTest::aReadIsTakenElsewhereWhenANodeIsFrozen()
{
    FakeNode frozen([](const FakeRequest&) { return FakeAnswer::never(); });
    FakeNode good(hello);
    NodeClient client({frozen.url(), good.url()});
    std::optional<ClientResult<ClientValue>> result;
    client.get(key("k"), {}, this, [&](auto r) { result = r; });
    QTRY_VERIFY(result);
    QVERIFY(*result);
}

void NodeClientTest::aWriteGoesOnOnlyWhereNoConnectionWasMade()
{
    FakeNode good(hello);
    NodeClient client({deadUrl(), good.url()});
    std::optional<ClientResult<ClientValue>> result;
    client.put(key("k"), "v", {}, {}, this, [&](auto r) { result = r; });
    QTRY_VERIFY(result);
    QVERIFY(*result);
    QCOMPARE(good.requests().size(), 1);
}

void NodeClientTest::aWriteWithoutAnAnswerMayExist()
{
    FakeNode rude([](const FakeRequest&) { return FakeAnswer::hangUp(); });
    FakeNode good(hello);
    NodeClient client({rude.url(), good.url()});
    std::optional<ClientResult<ClientValue>> result;
    client.put(key("k"), "v", {}, {}, this, [&](auto r) { result = r; });
    QTRY_VERIFY(result);
    QVERIFY(!*result);
    QCOMPARE(result->error().word, QStringLiteral("no_answer"));
    QVERIFY(result->error().mayExist);
    QCOMPARE(good.requests().size(), 0);
}

void NodeClientTest::theNodeThatAnsweredIsAskedFirstNextTime()
{
    FakeNode rude([](const FakeRequest&) { return FakeAnswer::hangUp(); });
    FakeNode good(hello);
    NodeClient client({rude.url(), good.url()});
    for (int i = 0; i < 3; ++i) {
        bool answered = false;
        client.get(key("k"), {}, this, [&](auto r) { answered = r.has_value(); });
        QTRY_VERIFY(answered);
    }
    QCOMPARE(rude.requests().size(), 1);
    QCOMPARE(good.requests().size(), 3);
}

// Each field of an answer that a caller relies on.
void NodeClientTest::anAnswerWithoutAFieldIsNone()
{
    QJsonObject answer = fake::value("v");
    FakeNode node([&](const FakeRequest&) { return FakeAnswer::json(200, answer); });
    NodeClient client({node.url()});
    const auto isTaken = [&](bool write) {
        std::optional<bool> taken;
        const auto done = [&](const ClientResult<ClientValue>& result) { taken = result.has_value(); };
        if (write)
            client.put(key("k"), "v", {}, {}, this, done);
        else
            client.get(key("k"), {}, this, done);
        return QTest::qWaitFor([&] { return taken.has_value(); }) && *taken;
    };
    QVERIFY(isTaken(false) && isTaken(true));
    for (const QString& field : {QStringLiteral("key"), QStringLiteral("context"), QStringLiteral("quorum"),
                                 QStringLiteral("siblings"), QStringLiteral("sibling_count")}) {
        answer = fake::value("v");
        answer.remove(field);
        QVERIFY2(field == QStringLiteral("sibling_count") || !isTaken(false), qPrintable(field));
        QVERIFY2(field == QStringLiteral("siblings") || !isTaken(true), qPrintable(field));
    }
    for (const QString& field :
         {QStringLiteral("n"), QStringLiteral("needed"), QStringLiteral("coordinator")}) {
        answer = fake::value("v");
        QJsonObject quorum = fake::quorum();
        quorum.remove(field);
        answer.insert(QStringLiteral("quorum"), quorum);
        QVERIFY2(!isTaken(false) && !isTaken(true), qPrintable(field));
    }
    for (const QString& field : {QStringLiteral("value"), QStringLiteral("dot")}) {
        answer = fake::value("v");
        QJsonObject sibling = answer.value(QStringLiteral("siblings")).toArray().first().toObject();
        sibling.remove(field);
        answer.insert(QStringLiteral("siblings"), QJsonArray{sibling});
        QVERIFY2(!isTaken(false) && !isTaken(true), qPrintable(field));
    }
    answer = fake::value("v", "another key");
    QVERIFY(!isTaken(false) && !isTaken(true));
}

// A web server answers 404 too.
void NodeClientTest::onlyANodeSaysThatAKeyIsAbsent()
{
    QJsonObject answer = fake::absent("k");
    FakeNode node([&](const FakeRequest&) { return FakeAnswer::json(404, answer); });
    NodeClient client({node.url()});
    for (const QString& field : {QStringLiteral("error"), QStringLiteral("key"), QStringLiteral("quorum")}) {
        answer = fake::absent("k");
        answer.remove(field);
        std::optional<ClientResult<ClientValue>> result;
        client.get(key("k"), {}, this, [&](auto r) { result = r; });
        QTRY_VERIFY(result);
        QVERIFY2(!*result, qPrintable(field));
    }
}

void NodeClientTest::whatIsNoAnswerOfANodeIsAnError()
{
    for (const QByteArray& body :
         {QByteArray("<html>"), QByteArray("[]"), QByteArray(R"({"siblings": "x"})"),
          QByteArray(R"({"siblings": [1]})"), QByteArray(R"({"siblings": [{"value_base64": "%"}]})"),
          QByteArray(R"({"siblings": [], "context": 7})"), QByteArray(R"({"quorum": {"n": 1e99}})")}) {
        FakeNode node([&](const FakeRequest&) { return FakeAnswer{FakeAnswer::Kind::Answer, 200, body}; });
        NodeClient client({node.url()});
        std::optional<ClientResult<ClientValue>> result;
        client.get(key("k"), {}, this, [&](auto r) { result = r; });
        QTRY_VERIFY(result);
        QVERIFY2(!*result, body.constData());
        QCOMPARE(result->error().word, QStringLiteral("bad_answer"));
    }
}

void NodeClientTest::noCallbackRunsAfterItsContextDied()
{
    FakeNode node(hello);
    NodeClient client({node.url()});
    auto context = std::make_unique<QObject>();
    bool ran = false;
    client.get(key("k"), {}, context.get(), [&](auto) { ran = true; });
    context.reset();
    bool later = false;
    client.get(key("k"), {}, this, [&](auto) { later = true; });
    QTRY_VERIFY(later);
    QVERIFY(!ran);
}

void NodeClientTest::noNodesIsAnErrorToo()
{
    NodeClient client({});
    std::optional<ClientResult<ClientValue>> result;
    client.get(key("k"), {}, this, [&](auto r) { result = r; });
    QVERIFY(!result);
    QTRY_VERIFY(result);
    QCOMPARE(result->error().word, QStringLiteral("no_answer"));
}

void NodeClientTest::pagesOfKeysAreRead()
{
    FakeNode node([](const FakeRequest&) {
        return FakeAnswer::json(
            200, {{QStringLiteral("keys"),
                   QJsonArray{QJsonObject{{QStringLiteral("key"), QStringLiteral("a")}},
                              QJsonObject{{QStringLiteral("key_base64"), QStringLiteral("/wA=")}}}},
                  {QStringLiteral("next_cursor"), QStringLiteral("c 2")}});
    });
    NodeClient client({node.url()});
    std::optional<ClientResult<ClientKeysPage>> result;
    client.keys("a&b", QStringLiteral("c 1"), 10, this, [&](auto r) { result = r; });
    QTRY_VERIFY(result);
    QVERIFY(*result);
    QCOMPARE((*result)->keys, (QList<QByteArray>{"a", QByteArray("\xff\0", 2)}));
    QCOMPARE((*result)->nextCursor, QStringLiteral("c 2"));
    QCOMPARE(node.requests().first().query, QByteArray("limit=10&prefix=a%26b&cursor=c%201"));
}

QTEST_GUILESS_MAIN(NodeClientTest)
#include "client_node_client_test.moc"
