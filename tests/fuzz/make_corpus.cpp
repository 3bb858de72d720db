// SPDX-License-Identifier: GPL-3.0-or-later
// Writes inputs for the fuzzers to begin with, made by the encoders of the tree: make_corpus FOLDER. Each
// fuzzer gets a folder of its own there; README.md says how they become the corpus.
#include "nodecore/client/record_format.h"
#include "nodecore/membership/member.h"
#include "nodecore/membership/swim_message.h"
#include "nodecore/net/api_cursor.h"
#include "nodecore/version/context_token.h"
#include "nodecore/wire/hello.h"
#include "nodecore/wire/message.h"
#include "tests/fuzz/fuzz.h"

#include <QDir>
#include <QFile>

#include <cstdio>

using namespace ringmaster;

namespace {

class Folder {
public:
    Folder(const QString& root, const char* name)
        : m_folder(root + QLatin1Char('/') + QLatin1String(name))
    {
        QDir().mkpath(m_folder.path());
    }
    // choices: the bytes that the fuzzer takes for itself.
    void add(const QByteArray& choices, const QByteArray& bytes)
    {
        QFile file(m_folder.filePath(QStringLiteral("seed_%1").arg(m_next++, 2, 10, QLatin1Char('0'))));
        const QByteArray whole = choices + bytes;
        if (!file.open(QIODevice::WriteOnly) || file.write(whole) != whole.size()) {
            std::fprintf(stderr, "cannot write %s\n", qPrintable(file.fileName()));
            std::exit(1);
        }
    }

private:
    QDir m_folder;
    int m_next = 1;
};

Key key(const QByteArray& bytes)
{
    return *Key::fromBytes(bytes);
}

wire::RequestId id(quint64 number)
{
    return wire::RequestId::received(0xfeedfacecafebeefULL, number);
}

wire::ReplyTo to(quint64 number)
{
    return {id(number), ~number};
}

SiblingSet set(quint64 actor, int writes)
{
    SiblingSet made;
    for (int i = 0; i < writes; ++i)
        made.write(fuzz::anyKey(), {}, i % 3 == 2 ? SiblingSet::Content() : QByteArray::number(i),
                   ActorId{actor + static_cast<quint64>(i) % 2}, WallTime{1000 + i});
    return made;
}

VersionVector context(int entries)
{
    VersionVector made;
    for (int i = 1; i <= entries; ++i)
        made.raise(ActorId{static_cast<quint64>(i)}, static_cast<quint64>(i) * 100, WallTime{i * 1000});
    return made;
}

Hello hello()
{
    Hello made;
    made.cluster = QStringLiteral("demo");
    made.name = QStringLiteral("n1");
    made.node = nodeIdFor(made.name, 1);
    made.actor = ActorId{5};
    made.peerAddress = QStringLiteral("127.0.0.1:7101");
    made.httpAddress = QStringLiteral("127.0.0.1:8101");
    made.replicas = 3;
    return made;
}

QByteArray member()
{
    Member made;
    made.name = QStringLiteral("n1");
    made.generation = 1;
    made.id = nodeIdFor(made.name, 1);
    made.state = MemberState::Ready;
    made.peerAddress = QStringLiteral("127.0.0.1:7101");
    made.tokens = {Slot{1}, Slot{40000}};
    made.version = 300;
    ByteWriter to;
    made.encode(to);
    return to.take();
}

wire::Message forwardRequest()
{
    return wire::ForwardRequest{id(5), {5000}, key("k"), QByteArray("v"), context(3),
                                2,     1,      false,    TraceId{5},      true};
}

wire::Message forwardReply()
{
    wire::ForwardReply reply;
    reply.dot = {ActorId{1}, 3};
    reply.set = set(1, 2).encoded();
    reply.replicas.resize(2);
    reply.replicas[1].missing = quint8{1};
    reply.replicas[1].detail = QStringLiteral("why");
    TraceStep step;
    step.owner = NodeId{2};
    step.at = std::chrono::hours(2);
    step.dots = {{ActorId{1}, 3}};
    reply.steps = {step};
    return reply;
}

std::vector<wire::Message> messages()
{
    using namespace wire;
    const Error error{ErrorCode::ReadOnly, QStringLiteral("The disk is full.")};
    const QByteArray bytes = set(1, 3).encoded();
    const std::vector<SyncRequest::Item> items{{key("a"), bytes}, {key("b"), {}}};
    const std::vector<ReapCheckRequest::Item> reapItems{{key("a"), 1}};
    return {
        ReadRequest{id(1), {500}, key("k")},
        ReadReply{to(2), std::nullopt, bytes},
        ReadReply{to(2), error, {}},
        WriteRequest{id(3), {1}, key("k"), bytes, NodeId{9}, TraceId{77}},
        WriteReply{to(4), error},
        forwardRequest(),
        forwardReply(),
        KeysRequest{id(5), {500}, false, Slot{1}, key("a"), lastSlot, "prefix", 100},
        KeysReply{to(6), std::nullopt, {{Slot{1}, key("a")}, {Slot{2}, key("b")}}, true, Slot{2}, key("b")},
        Probe{"a datagram"},
        Members{{member(), "opaque"}, {QByteArray(ClusterSecrets::secretBytes, 's')}},
        TreeRequest{id(7), "digest", 2, {1, 2}},
        TreeReply{to(8), true, std::vector<quint64>(16, 5)},
        SlotsRequest{id(9), 70, 3, 500, {{Slot{1}, false, key("a")}, {Slot{2}, true}}},
        SlotsReply{to(10), std::nullopt, 1, key("a"), {{Slot{1}, key("a"), 7, bytes}}},
        SyncRequest{id(11), items},
        SyncReply{to(12), std::nullopt, 2, {1}, items},
        HandoffRequest{id(13), items},
        HandoffReply{to(14), error, 2, {1}},
        HintsReturned{NodeId{1}, {TraceId{1}, TraceId{2}}},
        ReapCheckRequest{id(15), "digest", id(14), reapItems},
        ReapCheckReply{to(16), std::nullopt, {1, 0}},
        ReapRequest{reapItems},
        Echo{id(17), true},
    };
}

QByteArray framed(const QByteArray& bytes)
{
    ByteWriter to;
    to.u32(static_cast<quint32>(bytes.size()));
    to.raw(bytes);
    return to.take();
}

void makeFrames(Folder folder)
{
    const QByteArray introduction = framed(hello().encoded());
    folder.add("\x01", introduction);
    Hello marked = hello();
    marked.name = QString(QChar(0xfeff)) + marked.name; // a byte order mark, which Qt likes to take away
    folder.add("\x01", framed(marked.encoded()));
    folder.add("\x02", framed(Refusal{ErrorCode::Foreign, QStringLiteral("another cluster")}.encoded()));
    folder.add("\x03", QByteArray("\0\0\0\0\0\0\0\0\xff\xff\xff\xff", 12));
    for (const wire::Message& message : messages())
        folder.add("\x04", introduction + framed(wire::encode(message)));
}

void makeRequests(Folder folder)
{
    const QByteArray host = "Host: 127.0.0.1:8101\r\n";
    folder.add("a", "GET /api/v1/kv/a%20key?r=2&sloppy=true&trace=1 HTTP/1.1\r\n" + host + "\r\n");
    folder.add("b", "PUT /api/v1/kv/k?prefix=%ff HTTP/1.1\r\n" + host + "Content-Length: 1\r\n\r\nv");
    folder.add("c", "PUT /api/v1/kv/k HTTP/1.1\r\n" + host +
                        "Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nTrailer: t\r\n\r\n");
    folder.add("d", "GET http://node.example/k HTTP/1.1\r\nHost: node.example\r\nConnection: close\r\n\r\n");
    folder.add("e", "\r\nGET /api/v1/events HTTP/1.1\r\nHost: [::1]:80\r\nOrigin: http://[::1]:80\r\n"
                    "Connection: upgrade\r\nUpgrade: websocket\r\n\r\n");
    folder.add("f", "PUT /k HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 600\r\n\r\n");
    folder.add("g", "OPTIONS * HTTP/1.1\r\n" + host + "\r\n");
    folder.add("h", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    folder.add("i", "GET / HTTP/1.1\r\n" + host + "A: b\r\n c\r\n\r\n");
    folder.add("j", "POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n");
}

void makeTokens(Folder folder)
{
    constexpr auto base64Url = QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals;
    ClusterSecrets secrets;
    secrets.add(QByteArray(ClusterSecrets::secretBytes, 's')); // as the fuzzer has it
    for (const int entries : {0, 1, 3, 10}) {
        const QByteArray token = encodeContextToken(context(entries), key("key"), secrets);
        folder.add(QByteArray(1, '\0'), token);
        folder.add(
            "\x01",
            QByteArray::fromBase64(token, base64Url).chopped(entries > 0 ? ClusterSecrets::sealBytes : 0));
    }
    folder.add("\x02", encodeCursor({Slot{7}, std::nullopt}));
    folder.add("\x02", encodeCursor({Slot{7}, key("after")}));
}

void makeSets(Folder folder)
{
    const std::vector<SiblingSet> sets{{}, set(1, 1), set(1, 4), set(2, 3), set(100, 7)};
    for (const SiblingSet& a : sets) {
        for (const SiblingSet& b : sets) {
            const QByteArray first = a.encoded();
            const QByteArray second = b.encoded();
            QByteArray choices;
            choices.append(static_cast<char>(first.size())).append(static_cast<char>(second.size()));
            folder.add(choices, first + second + set(3, 2).encoded());
        }
    }
}

void makeAnswers(Folder folder)
{
    const QByteArray quorum =
        R"("quorum":{"n":3,"needed":2,"coordinator":"n1","answered":[{"node":"n1",)"
        R"("role":"primary","ms":0.2}],"missing":[{"node":"n3","reason":"no answer"}]})";
    folder.add("a", R"({"key":"k","siblings":[{"value":"v","dot":"01:3","clock":{"01":3},"written_ms":17},)"
                    R"({"deleted":true,"dot":"02:1"},{"value_base64":"/w=="}],"context":"AbC",)" +
                        quorum + "}");
    folder.add("b", R"({"key":"k","dot":"01:4","sibling_count":1,"context":"AbC",)" + quorum + "}");
    folder.add("c", R"({"error":"quorum_not_met","message":"why","may_exist":true,)" + quorum + "}");
    folder.add("d", R"({"keys":[{"key":"a"},{"key_base64":"/w=="}],"next_cursor":"AQAH"})");
    folder.add("e", R"({"key":"k","position":"0x2320a71c09f4118e","slot":8992,"preference_list":[{"node":)"
                    R"("n1","id":"01","role":"primary","reachable":true,"siblings":[{"dot":"01:3"}]},)"
                    R"({"node":"n2","error":"no answer"}]})");
    folder.add("f", R"({"partitioner":"md5","digest":"01","tokens":[{"slot":123,"node":"n1"}]})");
    folder.add("g", R"({"cluster":"demo","self":"n1","replicas":3,"read_quorum":2,"members":[{"name":"n1",)"
                    R"("id":"01","state":"READY","http":"127.0.0.1:8101","reachable":true,"tokens":64,)"
                    R"("keys":1234,"requests_per_second":12.5}]})");
    folder.add("h", R"({"requests":{"per_second":0.5},"latency_ms":{"get":{"p50":0.2,"p99":1.0}}})");
    folder.add("i", R"({"status":"ok","node":"n1","state":"READY"})");
}

void makeRecords(Folder folder)
{
    const std::vector<Record> records{
        {"k", {"v"}, 0}, {"a,\"b\"", {"two\nlines"}, 0}, {"\xff", {"\xfe"}, 0}, {"s", {"1", "2"}, 0}};
    for (const RecordFormat format : {RecordFormat::JsonLines, RecordFormat::Csv, RecordFormat::Tsv}) {
        QByteArray file;
        for (const Record& record : records)
            file += formatRecord(format, record).value_or(QByteArray("bad line\n"));
        folder.add(QByteArray(1, static_cast<char>(format)) + "p", file);
    }
    folder.add("\x01p", "k,\"open\n");
    folder.add("\x02p", "\r\n\t\nk\tv");
}

void makeHttpAnswers(Folder folder)
{
    folder.add("a", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    folder.add("b", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n");
    folder.add("c", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: t\r\n\r\n");
    folder.add("d", "HTTP/1.0 503 Busy\r\n\r\nto the end");
    folder.add("e", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nv");
}

void makeFaults(Folder folder)
{
    folder.add({}, R"({"clear":true,"links":[{"peer":"n2","delay_ms":100,"loss":0.1,"cut":"out"},{"peer":)"
                   R"("n3","cut":"both"}],"disk":{"slow_ms":50,"full":true},"pause_ms":3000})");
    folder.add({}, R"({"clock_jump_ms":-60000,"disk":{"full":false}})");
    folder.add({}, R"({"links":[{"peer":"n2"},{"peer":"n2"}]})");
    folder.add({}, R"({"puase_ms":1e300})");
}

// Three members talk to node 1, which knows 2, 3 and 4; the fuzzer puts the head in itself.
void makeDatagrams(Folder folder)
{
    constexpr qsizetype headBytes = 2 + 1 + 8;
    const auto said = [](SwimMessage::Kind kind, quint64 from, std::vector<SwimUpdate> updates) {
        const SwimMessage message{kind, NodeId{from}, 2, 5, NodeId{1}, 0, "card", std::move(updates)};
        ByteWriter to;
        to.bytes(message.encoded(0).sliced(headBytes));
        return to.take();
    };
    using Kind = SwimMessage::Kind;
    using About = SwimUpdate::Kind;
    const QByteArray ping = said(Kind::Ping, 2, {{About::Suspect, NodeId{1}, 0, NodeId{2}, 0}});
    const QByteArray death = said(Kind::Ping, 3, {{About::Down, NodeId{4}, 7, NodeId{3}, 0}});
    const QByteArray life = said(Kind::Ack, 4, {{About::Alive, NodeId{4}, 8, {}, 0}});
    const QByteArray news = said(Kind::Ping, 2, {{About::News, NodeId{9}, 1, {}, 0xabcd}});
    const QByteArray request = said(Kind::PingFor, 3, {});
    for (const QByteArray& input : {ping, death + life, news + request, ping + death + news + life + ping})
        folder.add({}, input);
}

void makeChanges(Folder folder)
{
    folder.add("a", R"({"changes":[{"kind":"join","node":"n4","tokens":64,"zone":"a","capacity":2},)"
                    R"({"kind":"leave","node":"n1"},{"kind":"remove","node":"n2"}]})");
    folder.add("b", R"({"changes":[{"kind":"move","node":"n2","slots":[100,40000]},)"
                    R"({"kind":"replace","node":"n5","replaces":"n3","capacity":0.5}]})");
    folder.add("b", R"({"positions":[0,9999]})");
    folder.add("a", R"({"slots":[7,7],"positions":[1]})");
    folder.add("a", R"({"node":"n3"})");
    folder.add("a", "{}");
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 2) {
        std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    const QString root = QFile::decodeName(argv[1]);
    makeFrames({root, "peer_frame"});
    makeRequests({root, "http_request"});
    makeTokens({root, "context_token"});
    makeSets({root, "sibling_set"});
    makeAnswers({root, "client_json"});
    makeRecords({root, "record_format"});
    makeHttpAnswers({root, "http_answer"});
    makeFaults({root, "fault_body"});
    makeDatagrams({root, "swim_datagram"});
    makeChanges({root, "change_body"});
    return 0;
}
