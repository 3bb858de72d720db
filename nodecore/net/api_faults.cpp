// SPDX-License-Identifier: GPL-3.0-or-later
// ApiRoutes: the faults that are injected, where that is enabled.
#include "nodecore/net/api_routes.h"
#include "nodecore/net/http_query.h"
#include "nodecore/net/json_writer.h"
#include "nodecore/net/node_faults.h"

namespace ringmaster {

namespace {

HttpRefusal notEnabled()
{
    return {
        403, "forbidden",
        QStringLiteral("This node injects no faults. To try what happens when something fails, start it with "
                       "--enable-fault-injection.")};
}

HttpAnswer shown(const NodeFaults& faults, const Node& node)
{
    JsonWriter json;
    json.beginObject();
    faults.writeInto(json, node);
    json.endObject();
    return {.body = json.take()};
}

} // namespace

void ApiRoutes::faults(const HttpRequest& request, QByteArrayView, const HttpReply& reply)
{
    if (!m_faults)
        return reply.send(errorAnswer(notEnabled()));
    if (const Result<void> read = QueryReader(request.query).finish(); !read)
        return reply.fail(read.error());
    reply.send(shown(*m_faults, m_node));
}

void ApiRoutes::setFaults(const HttpRequest& request, QByteArrayView, const HttpReply& reply)
{
    if (!m_faults)
        return reply.send(errorAnswer(notEnabled()));
    if (const Result<void> read = QueryReader(request.query).finish(); !read)
        return reply.fail(read.error());
    const Result<FaultBody> body = parseFaultBody(request.body);
    if (!body)
        return reply.fail(body.error());
    if (const Result<void> applied = m_faults->apply(*body, m_node); !applied)
        return reply.fail(applied.error());
    reply.send(shown(*m_faults, m_node));
}

} // namespace ringmaster
