// SPDX-License-Identifier: GPL-3.0-or-later
// ApiRoutes: what became of the last requests.
#include "nodecore/net/api_json.h"
#include "nodecore/net/api_routes.h"
#include "nodecore/net/http_query.h"

#include <charconv>

namespace ringmaster {

namespace {

constexpr int defaultTraces = 50;
constexpr qsizetype idDigits = 16;

QByteArrayView nameOf(RequestTrace::Kind kind)
{
    switch (kind) {
    case RequestTrace::Kind::Get:
        return "get";
    case RequestTrace::Kind::Put:
        return "put";
    case RequestTrace::Kind::Delete:
        break;
    }
    return "delete";
}

QByteArrayView nameOf(RequestTrace::Outcome outcome)
{
    switch (outcome) {
    case RequestTrace::Outcome::UnderWay:
        return "under_way";
    case RequestTrace::Outcome::Ok:
        return "ok";
    case RequestTrace::Outcome::Failed:
        break;
    }
    return "failed";
}

QByteArrayView nameOf(TraceEvent event)
{
    switch (event) {
    case TraceEvent::Forwarded:
        return "forwarded";
    case TraceEvent::Minted:
        return "minted";
    case TraceEvent::Asked:
        return "asked";
    case TraceEvent::Answered:
        return "answered";
    case TraceEvent::Missing:
        return "missing";
    case TraceEvent::QuorumMet:
        return "quorum_met";
    case TraceEvent::Failed:
        return "failed";
    case TraceEvent::HintKept:
        return "hint_kept";
    case TraceEvent::HintReturned:
        return "hint_returned";
    case TraceEvent::Repaired:
        break;
    }
    return "repaired";
}

// Where it matters as what a node acted: who forwards, or keeps a hint of its own accord, acts as neither.
bool hasRole(const TraceStep& step)
{
    switch (step.event) {
    case TraceEvent::Minted:
    case TraceEvent::Asked:
    case TraceEvent::Answered:
    case TraceEvent::Missing:
    case TraceEvent::Repaired:
        return true;
    default:
        return step.fallback;
    }
}

void writeStep(JsonWriter& json, const TraceStep& step, const Node& node)
{
    json.beginObject();
    json.name("ms");
    json.milliseconds(step.at);
    json.textField("event", nameOf(step.event));
    if (step.node != NodeId{}) {
        json.textField("node", node.nameOf(step.node));
        if (hasRole(step))
            json.textField("role", QByteArrayView(step.fallback ? "fallback" : "primary"));
    }
    if (step.owner)
        json.textField("owner", node.nameOf(*step.owner));
    if (!step.dots.empty()) {
        json.name("dots");
        json.beginArray();
        for (const Dot& dot : step.dots)
            json.hexAndCount(dot.actor.value, dot.counter);
        json.endArray();
    }
    if (!step.detail.isEmpty())
        json.textField("detail", step.detail);
    json.endObject();
}

std::optional<TraceId> traceIdFrom(QByteArrayView text)
{
    TraceId id;
    const auto parsed = std::from_chars(text.begin(), text.end(), id.value, 16);
    const bool isWhole = text.size() == idDigits && parsed.ec == std::errc() && parsed.ptr == text.end();
    return isWhole ? std::optional(id) : std::nullopt;
}

} // namespace

void writeTrace(JsonWriter& json, const RequestTrace& trace, const Node& node, bool withSteps)
{
    json.beginObject();
    json.name("id");
    json.hex(trace.id.value);
    json.textField("node", node.config().name);
    json.textField("op", nameOf(trace.kind));
    writeKey(json, trace.key);
    json.integerField("began_ms", trace.began.msSinceEpoch);
    json.textField("outcome", nameOf(trace.outcome));
    json.name("ms");
    json.milliseconds(trace.took);
    if (trace.needed > 0)
        json.integerField("needed", trace.needed);
    if (!trace.error.isEmpty())
        json.textField("error", trace.error);
    json.countField("step_count", trace.steps.size());
    if (withSteps) {
        json.name("steps");
        json.beginArray();
        for (const TraceStep& step : trace.steps)
            writeStep(json, step, node);
        json.endArray();
    }
    json.endObject();
}

void ApiRoutes::traces(const HttpRequest& request, QByteArrayView, const HttpReply& reply)
{
    QueryReader query(request.query);
    const int limit = query.integer("limit", 1, static_cast<int>(TraceLog::kept)).value_or(defaultTraces);
    if (const Result<void> read = query.finish(); !read)
        return reply.fail(read.error());
    JsonWriter json(4096);
    json.beginObject();
    json.name("traces");
    json.beginArray();
    for (const RequestTrace& trace : m_node.traces(static_cast<size_t>(limit)))
        writeTrace(json, trace, m_node, false);
    json.endArray();
    json.endObject();
    reply.send({.body = json.take()});
}

void ApiRoutes::trace(const HttpRequest& request, QByteArrayView id, const HttpReply& reply)
{
    if (const Result<void> read = QueryReader(request.query).finish(); !read)
        return reply.fail(read.error());
    const std::optional<TraceId> wanted = traceIdFrom(id);
    if (!wanted)
        return reply.fail({ErrorCode::Malformed,
                           QStringLiteral("A trace is named by 16 hexadecimal digits, as in the \"trace\" of "
                                          "an answer's \"quorum\".")});
    const std::optional<RequestTrace> found = m_node.trace(*wanted);
    if (!found)
        return reply.fail({ErrorCode::Absent,
                           QStringLiteral("%1 has no trace %2. It keeps those of the last %3 requests that "
                                          "it took or coordinated, since it started.")
                               .arg(m_node.config().name, wanted->toString())
                               .arg(TraceLog::kept)});
    JsonWriter json(2048);
    writeTrace(json, *found, m_node, true);
    reply.send({.body = json.take()});
}

} // namespace ringmaster
