// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/membership/member.h"
#include "nodecore/wire/hello.h"
#include "nodecore/wire/message.h"
#include "tests/support/virtual_time.h"

#include <QtTest>

#include <cmath>

using namespace ringmaster;
using namespace ringmaster::wire;

class MessageTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyMessageComesBackAsItWas_data() { examples(); }
    void everyMessageComesBackAsItWas();
    void everyTruncationIsRefused_data() { examples(); }
    void everyTruncationIsRefused();
    void trailingBytesAreRefused_data() { examples(); }
    void trailingBytesAreRefused();
    void randomBytesNeitherCrashNorGrow();
    void changedBytesNeitherCrashNorGrow_data() { examples(); }
    void changedBytesNeitherCrashNorGrow();
    void aLengthThatIsNotThereAllocatesNothing();
    void anEmptyKeyOnTheWireIsRefused();
    void aForwardedWriteThatWasDamagedIsRefused();
    void noTwoProcessesGiveOneRequestId();
    void aReplyNamesWhatWasAsked();
    void theHandshakeComesBackAsItWas();
    void everyTruncationOfTheHandshakeIsRefused();
    void anotherProtocolVersionIsToldApartFromGarbage();
    void aRefusalComesBackAsItWas();
    void aMemberRecordComesBackAsItWasAndOnlyUnderItsOwnId();

private:
    void examples();
};

namespace {

Key key(const QByteArray& bytes)
{
    return *Key::fromBytes(bytes);
}

RequestId id(quint64 number)
{
    return RequestId::received(0xfeedfacecafebeefULL, number);
}

ReplyTo to(quint64 number)
{
    return {id(number), ~number};
}

QByteArray someSet()
{
    SiblingSet set;
    set.write(*Key::fromBytes("k"), {}, QByteArray("value"), ActorId{7}, WallTime{1000});
    set.write(*Key::fromBytes("k"), {}, std::nullopt, ActorId{9}, WallTime{2000});
    return set.encoded();
}

VersionVector someContext()
{
    VersionVector context;
    context.raise(ActorId{3}, 300, WallTime{1});
    context.raise(ActorId{5}, 1, WallTime{2});
    return context;
}

std::vector<std::pair<const char*, Message>> allMessages()
{
    const Error error{ErrorCode::ReadOnly, QStringLiteral("The disk is full — ü.")};
    const ReplicaOutcome there{NodeId{1}, 0, std::nullopt, 250, {}};
    const ReplicaOutcome missing{NodeId{2}, 1, quint8{2}, 0, QStringLiteral("why")};
    const TraceStep step{
        TraceEvent::HintKept,          NodeId{3}, true, NodeId{2}, {{ActorId{7}, 300}}, QStringLiteral("why"),
        std::chrono::microseconds(250)};
    return {
        {"read", ReadRequest{id(1), {500, 70}, key("k"), true}},
        {"read of a binary key", ReadRequest{id(1), {500, 70}, key(QByteArray("\0\xff/", 3)), false}},
        {"read reply", ReadReply{to(2), std::nullopt, someSet()}},
        {"read reply, nothing held", ReadReply{to(2), std::nullopt, {}}},
        {"read reply, error", ReadReply{to(2), error, {}}},
        {"write", WriteRequest{id(3), {1}, key("k"), someSet(), std::nullopt, {}}},
        {"write with a hint", WriteRequest{id(3), {1}, key("k"), someSet(), NodeId{9}, TraceId{77}}},
        {"write reply", WriteReply{to(~quint64{0}), std::nullopt}},
        {"write reply, error", WriteReply{to(4), error}},
        {"forward",
         ForwardRequest{
             id(5), {5000, 70}, key("k"), QByteArray("v"), someContext(), 2, 1, false, TraceId{5}, true}},
        {"forward of an empty value",
         ForwardRequest{id(5), {5000, 70}, key("k"), QByteArray(""), {}, 2, 0, true, {}, false}},
        {"forward of a delete",
         ForwardRequest{id(5), {5000, 70}, key("k"), std::nullopt, {}, 2, 0, true, {}, false}},
        {"forward reply", ForwardReply{to(6),
                                       std::nullopt,
                                       false,
                                       {ActorId{7}, 300},
                                       someSet(),
                                       3,
                                       2,
                                       NodeId{1},
                                       {there, missing},
                                       {step}}},
        {"forward reply, error", ForwardReply{to(6), error, true, {}, {}, 3, 2, NodeId{1}, {missing}, {}}},
        {"keys", KeysRequest{id(7), {500, 70}, false, Slot{1}, std::nullopt, lastSlot, {}, 100}},
        {"keys after a key",
         KeysRequest{id(7), {500, 70}, false, Slot{1}, key("a"), Slot{2}, "prefix", 1000}},
        {"keys of hints", KeysRequest{id(7), {1}, true, Slot{1}, key("a"), Slot{2}, {}, 1000}},
        {"keys reply",
         KeysReply{to(8), std::nullopt, {{Slot{1}, key("a")}, {Slot{2}, key("b")}}, true, Slot{2}, key("b")}},
        {"keys reply, error", KeysReply{to(8), error, {}, false, {}, std::nullopt}},
        {"ring state", RingState{9, 10, 11, true, 12, 13, true, 14, {{NodeId{5}, 90, true}}}},
        {"probe", Probe{"a datagram"}},
        {"probe, the longest", Probe{QByteArray(maxProbeBytes, 'x')}},
        {"members", Members{{"one", "another"}}},
        {"members, none", Members{}},
        {"members, secrets", Members{{"one"}, {QByteArray(32, 'a'), QByteArray(32, 'b')}}},
        {"tree request", TreeRequest{id(10), "digest", 3, {0, 4095}}},
        {"tree reply", TreeReply{to(11), true, {1, 2, ~quint64{0}}}},
        {"tree reply, another ring", TreeReply{to(11), false, {}}},
        {"slots request", SlotsRequest{id(12), 70, 3, 500, {{Slot{1}, false, key("b")}, {lastSlot, true}}}},
        {"slots reply", SlotsReply{to(13), std::nullopt, 2, key("a"), {{Slot{1}, key("a"), 5}}}},
        {"slots reply, with objects",
         SlotsReply{to(13), std::nullopt, 2, std::nullopt, {{Slot{1}, key("a"), 5, someSet()}}}},
        {"sync request", SyncRequest{id(14), {{key("a"), someSet()}, {key("b"), {}}}}},
        {"sync reply", SyncReply{to(15), std::nullopt, 3, {1, 2}, {{key("a"), someSet()}}}},
        {"handoff", HandoffRequest{id(16), {{key("a"), someSet()}}}},
        {"handoff reply", HandoffReply{to(17), std::nullopt, 9, {0, 7}}},
        {"sync reply, error", SyncReply{to(15), error, 0, {}, {}}},
        {"hints returned", HintsReturned{NodeId{2}, {TraceId{5}, TraceId{6}}}},
        {"reap check", ReapCheckRequest{id(18), "digest", id(17), {{key("a"), 5}, {key("b"), ~quint64{0}}}}},
        {"reap check reply", ReapCheckReply{to(19), std::nullopt, {1, 0}}},
        {"reap check reply, error", ReapCheckReply{to(19), error, {}}},
        {"echo", Echo{id(22), true}},
        {"counts", CountsRequest{id(20), {{Slot{1}, Slot{5}}, {Slot{7}, lastSlot}}}},
        {"counts reply", CountsReply{to(21), {3, 300}, 120}},
        {"reap", ReapRequest{{{key("a"), 5}}}},
    };
}

} // namespace

void MessageTest::examples()
{
    QTest::addColumn<int>("index");
    const auto messages = allMessages();
    for (size_t i = 0; i < messages.size(); ++i)
        QTest::newRow(messages[i].first) << static_cast<int>(i);
}

void MessageTest::everyMessageComesBackAsItWas()
{
    QFETCH(int, index);
    const Message message = allMessages()[size_t(index)].second;
    const std::optional<Message> back = decode(encode(message));
    QVERIFY(back);
    QVERIFY(*back == message);
}

void MessageTest::everyTruncationIsRefused()
{
    QFETCH(int, index);
    const QByteArray whole = encode(allMessages()[size_t(index)].second);
    for (qsizetype n = 0; n < whole.size(); ++n)
        QVERIFY2(!decode(QByteArrayView(whole).first(n)), qPrintable(QString::number(n)));
}

void MessageTest::trailingBytesAreRefused()
{
    QFETCH(int, index);
    QVERIFY(!decode(encode(allMessages()[size_t(index)].second) + '\0'));
}

void MessageTest::randomBytesNeitherCrashNorGrow()
{
    const quint64 seed = 20260101;
    qInfo("seed %llu", seed);
    SeededRandom random(seed);
    for (int i = 0; i < 10'000; ++i) {
        QByteArray bytes(static_cast<qsizetype>(random.below(200)), Qt::Uninitialized);
        for (char& byte : bytes)
            byte = static_cast<char>(random.next());
        if (!bytes.isEmpty())
            bytes[0] = static_cast<char>(random.below(std::variant_size_v<Message> + 2));
        const std::optional<Message> message = decode(bytes);
        // What decodes is whole: it is the only encoding of itself.
        if (message)
            QCOMPARE(encode(*message), bytes);
    }
}

void MessageTest::changedBytesNeitherCrashNorGrow()
{
    QFETCH(int, index);
    const QByteArray whole = encode(allMessages()[size_t(index)].second);
    for (qsizetype at = 0; at < whole.size(); ++at) {
        for (const int change : {0x01, 0x80, 0xff}) {
            QByteArray changed = whole;
            changed[at] = static_cast<char>(changed[at] ^ change);
            const std::optional<Message> message = decode(changed);
            if (message)
                QVERIFY(encode(*message).size() <= changed.size());
        }
    }
}

void MessageTest::aLengthThatIsNotThereAllocatesNothing()
{
    // "Members" of 2^32 records, in seven bytes.
    QVERIFY(!decode(QByteArray::fromHex("0affffffff0f00")));
    // A read reply that promises 69 MB.
    QByteArray reply = encode(ReadReply{to(1), std::nullopt, {}});
    reply.chop(1);
    QVERIFY(!decode(reply + QByteArray::fromHex("c0bdf320")));
}

void MessageTest::anEmptyKeyOnTheWireIsRefused()
{
    QByteArray read = encode(ReadRequest{id(1), {500, 70}, key("k")});
    read.chop(2);
    QVERIFY(!decode(read + '\0'));
}

void MessageTest::noTwoProcessesGiveOneRequestId()
{
    SeededRandom random(1);
    RequestIds before(random);
    RequestIds after(random);
    const RequestId first = before.next();
    QVERIFY(first < before.next());
    QVERIFY(first != after.next());
    QVERIFY(before.isOwn(first));
    QVERIFY(!after.isOwn(first));
    QVERIFY(RequestId().isNone());
    QVERIFY(!before.isOwn(RequestId()));
    after.droppedAsUnknown(first);
    before.droppedAsUnknown(first);
    QCOMPARE(after.dropped().foreign, quint64(1));
    QCOMPARE(before.dropped().late, quint64(1));
}

void MessageTest::aReplyNamesWhatWasAsked()
{
    const ReadRequest read{id(1), {500, 70}, key("k"), false};
    const ReplyTo to = replyTo(read);
    QVERIFY(to.id == read.id);
    QVERIFY(to == replyTo(std::get<ReadRequest>(*decode(encode(read)))));
    QVERIFY(to != replyTo(ReadRequest{id(1), {500, 70}, key("l"), false}));
    QVERIFY(to != replyTo(ReadRequest{id(2), {500, 70}, key("k"), false}));
    // Where one key ends and the next begins is a part of it.
    QVERIFY(subjectOf(HandoffRequest{id(1), {{key("ab"), {}}, {key("c"), {}}}}) !=
            subjectOf(HandoffRequest{id(1), {{key("a"), {}}, {key("bc"), {}}}}));
}

namespace {

Hello someHello()
{
    Hello hello;
    hello.cluster = QStringLiteral("demo");
    hello.node = nodeIdFor(QStringLiteral("n1"), 0);
    hello.name = QStringLiteral("n1");
    hello.actor = ActorId{5};
    hello.process = 77;
    hello.peerAddress = QStringLiteral("127.0.0.1:7101");
    hello.httpAddress = QStringLiteral("127.0.0.1:8101");
    hello.replicas = 3;
    return hello;
}

} // namespace

void MessageTest::theHandshakeComesBackAsItWas()
{
    const Result<Hello> back = Hello::decode(someHello().encoded());
    QVERIFY(back);
    QVERIFY(*back == someHello());
}

void MessageTest::everyTruncationOfTheHandshakeIsRefused()
{
    const QByteArray whole = someHello().encoded();
    for (qsizetype n = 0; n < whole.size(); ++n)
        QVERIFY(!Hello::decode(QByteArrayView(whole).first(n)));
    QVERIFY(!Hello::decode(whole + '\0'));
}

void MessageTest::anotherProtocolVersionIsToldApartFromGarbage()
{
    Hello newer = someHello();
    newer.protocol = protocolVersion + 1;
    const Result<Hello> refused = Hello::decode(newer.encoded());
    QCOMPARE(refused.error().code, ErrorCode::Newer);
    QVERIFY(refused.error().message.contains(QStringLiteral("protocol %1").arg(newer.protocol)));
    // Whatever a later version appends after the version, this one can still tell what it is.
    QCOMPARE(Hello::decode(newer.encoded().first(6) + "anything").error().code, ErrorCode::Newer);
    QCOMPARE(Hello::decode("GET / HTTP/1.1\r\n").error().code, ErrorCode::Malformed);
}

void MessageTest::aRefusalComesBackAsItWas()
{
    const Refusal refusal{ErrorCode::Foreign, QStringLiteral("n9 belongs to another cluster")};
    const std::optional<Refusal> back = Refusal::decode(refusal.encoded());
    QVERIFY(back);
    QCOMPARE(back->code, refusal.code);
    QCOMPARE(back->message, refusal.message);
    QVERIFY(!Refusal::decode(someHello().encoded()));
    const Refusal longOne{ErrorCode::Conflict, QString(5000, QChar(u'ü'))};
    QVERIFY(Refusal::decode(longOne.encoded())->message.size() <= 1024);
}

void MessageTest::aMemberRecordComesBackAsItWasAndOnlyUnderItsOwnId()
{
    Member member;
    member.name = QStringLiteral("n1");
    member.id = nodeIdFor(member.name, 2);
    member.generation = 2;
    member.state = MemberState::Ready;
    member.tokens = {Slot{5}, Slot{900}};
    member.version = 12;
    const auto encoded = [](const Member& record) {
        ByteWriter to;
        record.encode(to);
        return to.take();
    };
    const auto decoded = [&](const QByteArray& bytes) -> std::optional<Member> {
        ByteReader from(bytes);
        Member record = Member::decode(from);
        return from.finished() ? std::optional(record) : std::nullopt;
    };
    QVERIFY(decoded(encoded(member)) == member);
    const QByteArray whole = encoded(member);
    for (qsizetype n = 0; n < whole.size(); ++n)
        QVERIFY(!decoded(whole.first(n)));
    Member other = member;
    other.id = NodeId{1};
    QVERIFY(!decoded(encoded(other)));
    other = member;
    other.tokens = {Slot{900}, Slot{5}};
    QVERIFY(!decoded(encoded(other)));
    other = member;
    other.capacity = std::nan("");
    QVERIFY(!decoded(encoded(other)));
}

// It has no version's checksum yet, and what arrives is minted.
void MessageTest::aForwardedWriteThatWasDamagedIsRefused()
{
    const ForwardRequest sent{id(5), {5000, 70}, key("k"), QByteArray("value"), someContext(),
                              2,     1,          false,    TraceId{5},          true};
    const QByteArray whole = encode(sent);
    for (qsizetype bit = 8; bit < whole.size() * 8; ++bit) {
        QByteArray damaged = whole;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
        const std::optional<Message> read = decode(damaged);
        if (!read)
            continue;
        const auto& message = std::get<ForwardRequest>(*read);
        QVERIFY(message.key == sent.key && message.content == sent.content &&
                message.context == sent.context);
        QVERIFY(message.quorum == sent.quorum && message.sloppy == sent.sloppy);
    }
}

QTEST_GUILESS_MAIN(MessageTest)
#include "message_test.moc"
