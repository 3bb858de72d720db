// SPDX-License-Identifier: GPL-3.0-or-later
// ApiRoutes: keys and values.
#include "nodecore/net/api_cursor.h"
#include "nodecore/net/api_json.h"
#include "nodecore/net/api_routes.h"
#include "nodecore/net/http_query.h"
#include "nodecore/version/context_token.h"

#include <algorithm>

namespace ringmaster {

namespace {

constexpr int defaultKeysPage = 100;
constexpr int maxKeysPage = 1000;

Result<VersionVector> contextIn(const HttpRequest& request, const Key& key, const ClusterSecrets& secrets)
{
    const auto token = request.field("X-Ring-Context");
    return token ? decodeContextToken(*token, key, secrets) : VersionVector();
}

// Nothing: this node can seal what it answers, and judge what it is sent.
std::optional<Error> refusedWithoutSecret(const ClusterSecrets& secrets)
{
    if (!secrets.isEmpty())
        return std::nullopt;
    return Error{ErrorCode::Unavailable,
                 QStringLiteral("This node has not met its cluster yet: it does not know the secret that "
                                "contexts are sealed with. Nothing was read or written. Ask another node, or "
                                "try again in a moment.")};
}

// Visible ASCII only; nothing where the client does not name its write.
Result<QByteArray> idempotencyIdIn(const HttpRequest& request)
{
    const auto id = request.field("Idempotency-Key");
    if (!id)
        return QByteArray();
    const bool isVisible = std::all_of(id->begin(), id->end(), [](char c) { return c > ' ' && c < '\x7f'; });
    if (id->isEmpty() || id->size() > maxIdempotencyIdBytes || !isVisible)
        return failure(
            ErrorCode::Malformed,
            QStringLiteral("Idempotency-Key has to be 1 to %1 visible ASCII characters. Nothing was "
                           "written.")
                .arg(maxIdempotencyIdBytes));
    return id->toByteArray();
}

struct QuorumNames {
    QByteArrayView quorum;
    QByteArrayView primaryQuorum;
};

RequestOptions readOptions(QueryReader& query, const QuorumNames& names, int replicas)
{
    using std::chrono::milliseconds;
    constexpr int maxTimeout = std::chrono::duration_cast<milliseconds>(maxRequestTimeout).count();
    RequestOptions options;
    options.quorum = query.integer(names.quorum, 1, replicas);
    options.primaryQuorum = query.integer(names.primaryQuorum, 0, replicas);
    options.sloppy = query.flag("sloppy").value_or(true);
    if (const auto timeout = query.integer("timeout_ms", 1, maxTimeout))
        options.timeout = milliseconds(*timeout);
    options.trace = query.flag("trace").value_or(false);
    return options;
}

// Of a request that asked for it. What happens after the answer is in the log of the node only.
void writeWholeTrace(JsonWriter& json, const QuorumReport& quorum, const Node& node, bool isWanted)
{
    if (!isWanted)
        return;
    if (const std::optional<RequestTrace> trace = node.trace(quorum.trace)) {
        json.name("trace");
        writeTrace(json, *trace, node, true);
    }
}

HttpAnswer failureAnswer(const RequestFailure& failure, const Node& node, bool isWrite, bool withTrace)
{
    const HttpErrorKind kind = httpKindOf(failure.error.code);
    JsonWriter json;
    beginError(json, kind.word, failure.error.message);
    const bool isAboutQuorum =
        failure.error.code == ErrorCode::QuorumNotMet || failure.error.code == ErrorCode::DeadlinePassed;
    if (isAboutQuorum)
        writeQuorum(json, failure.quorum, node);
    if (isWrite && (isAboutQuorum || failure.mayExist))
        json.booleanField("may_exist", failure.mayExist);
    writeWholeTrace(json, failure.quorum, node, withTrace);
    json.endObject();
    return {.status = kind.status, .body = json.take()};
}

HttpAnswer readAnswer(const GetResponse& response, const Key& key, bool withTrace, const Node& node)
{
    HttpAnswer answer;
    JsonWriter json(1024);
    const ShownSet shown{key, response.siblings, node.secrets(), readView(response.siblings)};
    if (response.siblings.hasValue()) {
        json.beginObject();
        writeKey(json, key);
        writeSiblings(json, shown);
    } else {
        answer.status = 404;
        beginError(json, "absent", QStringLiteral("Nothing is stored under this key."));
        writeKey(json, key);
    }
    writeContext(json, shown);
    writeQuorum(json, response.quorum, node);
    writeWholeTrace(json, response.quorum, node, withTrace);
    json.endObject();
    answer.body = json.take();
    return answer;
}

struct WriteReturns {
    bool siblings = false;
    bool trace = false;
};

HttpAnswer writtenAnswer(const PutResponse& response, const Key& key, WriteReturns with, const Node& node)
{
    JsonWriter json(1024);
    json.beginObject();
    writeKey(json, key);
    json.name("dot");
    json.hexAndCount(response.dot.actor.value, response.dot.counter);
    json.countField("sibling_count", response.siblings.siblingCount());
    const ShownSet shown{key, response.siblings, node.secrets(), readView(response.siblings)};
    if (with.siblings)
        writeSiblings(json, shown);
    writeContext(json, shown);
    writeQuorum(json, response.quorum, node);
    writeWholeTrace(json, response.quorum, node, with.trace);
    json.endObject();
    return {.body = json.take()};
}

} // namespace

void ApiRoutes::getValue(const HttpRequest& request, QByteArrayView encodedKey, const HttpReply& reply)
{
    QueryReader query(request.query);
    const RequestOptions options = readOptions(query, {"r", "pr"}, m_node.config().replicas);
    if (const Result<void> read = query.finish(); !read)
        return reply.fail(read.error());
    const Result<Key> key = keyFromPath(encodedKey);
    if (!key)
        return reply.fail(key.error());
    if (const auto refused = refusedWithoutSecret(m_node.secrets()))
        return reply.fail(*refused);

    m_node.get({*key, options}, [reply, key = *key, withTrace = options.trace,
                                 &node = m_node](const RequestResult<GetResponse>& result) {
        if (!reply.isAwaited())
            return;
        reply.send(result ? readAnswer(*result, key, withTrace, node)
                          : failureAnswer(result.error(), node, false, withTrace));
    });
}

void ApiRoutes::putValue(const HttpRequest& request, QByteArrayView encodedKey, const HttpReply& reply)
{
    write(request, encodedKey, request.body, reply);
}

void ApiRoutes::deleteValue(const HttpRequest& request, QByteArrayView encodedKey, const HttpReply& reply)
{
    write(request, encodedKey, std::nullopt, reply);
}

void ApiRoutes::write(const HttpRequest& request, QByteArrayView encodedKey, SiblingSet::Content content,
                      const HttpReply& reply)
{
    QueryReader query(request.query);
    const RequestOptions options = readOptions(query, {"w", "pw"}, m_node.config().replicas);
    const WriteReturns with{query.word("return", "siblings"), options.trace};
    if (const Result<void> read = query.finish(); !read)
        return reply.fail(read.error());
    const Result<Key> key = keyFromPath(encodedKey);
    if (!key)
        return reply.fail(key.error());
    if (const auto refused = refusedWithoutSecret(m_node.secrets()))
        return reply.fail(*refused);
    const Result<VersionVector> context = contextIn(request, *key, m_node.secrets());
    if (!context)
        return reply.fail(context.error());
    const Result<QByteArray> idempotencyId = idempotencyIdIn(request);
    if (!idempotencyId)
        return reply.fail(idempotencyId.error());

    m_node.put({*key, std::move(content), *context, options, *idempotencyId},
               [reply, key = *key, with, &node = m_node](const RequestResult<PutResponse>& result) {
                   if (!reply.isAwaited())
                       return;
                   reply.send(result ? writtenAnswer(*result, key, with, node)
                                     : failureAnswer(result.error(), node, true, with.trace));
               });
}

void ApiRoutes::keys(const HttpRequest& request, QByteArrayView, const HttpReply& reply)
{
    QueryReader query(request.query);
    const QByteArray prefix = query.bytes("prefix").value_or(QByteArray());
    const QByteArray word = query.bytes("cursor").value_or(QByteArray());
    const int limit = query.integer("limit", 1, maxKeysPage).value_or(defaultKeysPage);
    if (const Result<void> read = query.finish(); !read)
        return reply.fail(read.error());
    const Result<ObjectCursor> cursor = decodeCursor(word);
    if (!cursor)
        return reply.fail(cursor.error());

    m_node.keys(*cursor, prefix, limit, [reply, &node = m_node](const RequestResult<KeysPage>& page) {
        if (!reply.isAwaited())
            return;
        if (!page)
            return reply.send(failureAnswer(page.error(), node, false, false));
        JsonWriter json(4096);
        json.beginObject();
        json.name("keys");
        json.beginArray();
        for (const Key& key : page->keys) {
            json.beginObject();
            writeKey(json, key);
            json.endObject();
        }
        json.endArray();
        writeNextCursor(json, page->next);
        json.endObject();
        reply.send({.body = json.take()});
    });
}

} // namespace ringmaster
