// SPDX-License-Identifier: GPL-3.0-or-later
// ApiRoutes: what brings replicas together again, and where a person has to decide.
#include "nodecore/net/api_cursor.h"
#include "nodecore/net/api_json.h"
#include "nodecore/net/api_routes.h"
#include "nodecore/net/http_query.h"

namespace ringmaster {

namespace {

constexpr int defaultConflicts = 100;
constexpr int maxConflicts = 1000;

} // namespace

void ApiRoutes::hints(const HttpRequest& request, QByteArrayView, const HttpReply& reply)
{
    if (const Result<void> read = QueryReader(request.query).finish(); !read)
        return reply.fail(read.error());
    JsonWriter json;
    json.beginObject();
    json.textField("node", m_node.config().name);
    writeHintsOwed(json, m_node.stats(), m_node);
    json.endObject();
    reply.send({.body = json.take()});
}

void ApiRoutes::repair(const HttpRequest& request, QByteArrayView, const HttpReply& reply)
{
    QueryReader query(request.query);
    const std::optional<int> number = query.integer("slot", 0, lastSlot.value);
    if (const Result<void> read = query.finish(); !read)
        return reply.fail(read.error());
    const std::optional<Slot> slot =
        number ? std::optional(Slot{static_cast<quint16>(*number)}) : std::nullopt;
    JsonWriter json;
    json.beginObject();
    json.textField("node", m_node.config().name);
    json.integerField("peers", m_node.repairNow(slot));
    json.endObject();
    reply.send({.body = json.take()});
}

void ApiRoutes::scrub(const HttpRequest& request, QByteArrayView, const HttpReply& reply)
{
    if (const Result<void> read = QueryReader(request.query).finish(); !read)
        return reply.fail(read.error());
    const quint64 passes = m_node.stats().integrity.scrub.passes;
    m_node.scrubNow();
    JsonWriter json;
    json.beginObject();
    json.textField("node", m_node.config().name);
    json.countField("objects", m_node.stats().totals.objects);
    json.countField("passes", passes);
    json.endObject();
    reply.send({.body = json.take()});
}

void ApiRoutes::conflicts(const HttpRequest& request, QByteArrayView, const HttpReply& reply)
{
    QueryReader query(request.query);
    const QByteArray word = query.bytes("cursor").value_or(QByteArray());
    const int limit = query.integer("limit", 1, maxConflicts).value_or(defaultConflicts);
    if (const Result<void> read = query.finish(); !read)
        return reply.fail(read.error());
    const Result<ObjectCursor> cursor = decodeCursor(word);
    if (!cursor)
        return reply.fail(cursor.error());
    const Result<ConflictsPage> page = m_node.conflicts(*cursor, limit);
    if (!page)
        return reply.fail(page.error());
    JsonWriter json(1024);
    json.beginObject();
    json.name("conflicts");
    json.beginArray();
    for (const Conflict& conflict : page->conflicts) {
        json.beginObject();
        writeKey(json, conflict.key);
        json.countField("siblings", conflict.siblings);
        json.endObject();
    }
    json.endArray();
    writeNextCursor(json, page->next);
    json.endObject();
    reply.send({.body = json.take()});
}

} // namespace ringmaster
