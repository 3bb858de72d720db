// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/api_routes.h"

#include "nodecore/net/http_fields.h"
#include "nodecore/net/http_query.h"

namespace ringmaster {

// By how often they are asked for.
const ApiRoutes::Route ApiRoutes::routes[] = {
    {"/api/v1/kv/", &ApiRoutes::getValue, &ApiRoutes::putValue, &ApiRoutes::deleteValue},
    {"/api/v1/placement/", &ApiRoutes::placement},
    {"/api/v1/keys", &ApiRoutes::keys},
    {"/api/v1/ring", &ApiRoutes::ring},
    {"/api/v1/members", &ApiRoutes::members},
    {"/api/v1/stats", &ApiRoutes::stats},
    {"/api/v1/traces/", &ApiRoutes::trace},
    {"/api/v1/traces", &ApiRoutes::traces},
    {"/api/v1/hints", &ApiRoutes::hints},
    {"/api/v1/conflicts", &ApiRoutes::conflicts},
    {"/api/v1/repair", nullptr, nullptr, nullptr, &ApiRoutes::repair},
    {"/api/v1/scrub", nullptr, nullptr, nullptr, &ApiRoutes::scrub},
    {"/api/v1/cluster/progress", &ApiRoutes::changeProgress},
    {"/api/v1/cluster/plan", nullptr, nullptr, nullptr, &ApiRoutes::planChange},
    {"/api/v1/cluster/join", nullptr, nullptr, nullptr, &ApiRoutes::joinRing},
    {"/api/v1/cluster/leave", nullptr, nullptr, nullptr, &ApiRoutes::leaveRing},
    {"/api/v1/cluster/move", nullptr, nullptr, nullptr, &ApiRoutes::moveOnRing},
    {"/api/v1/cluster/cancel", nullptr, nullptr, nullptr, &ApiRoutes::cancelChange},
    {"/api/v1/cluster/remove", nullptr, nullptr, nullptr, &ApiRoutes::removeMember},
    {"/api/v1/events", &ApiRoutes::events},
    {"/api/v1/faults", &ApiRoutes::faults, nullptr, nullptr, &ApiRoutes::setFaults},
    {"/health", &ApiRoutes::health},
    {"/", &ApiRoutes::front},
};

namespace {

constexpr QByteArrayView eventsPath = "/api/v1/events";
constexpr QByteArrayView frontPath = "/";

HttpRefusal badHandshake()
{
    return {400, "malformed",
            QStringLiteral(
                "This is no WebSocket handshake of version 13: Connection: Upgrade, Upgrade: websocket, "
                "Sec-WebSocket-Version and Sec-WebSocket-Key belong to it.")};
}

HttpRefusal noSuchPath(QByteArrayView path)
{
    constexpr qsizetype shown = 200;
    return {404, "absent",
            QStringLiteral("There is nothing at \"%1\". The API is at /api/v1/kv/{key}, /api/v1/keys, "
                           "/api/v1/placement/{key}, /api/v1/ring, /api/v1/members, /api/v1/stats, "
                           "/api/v1/traces, /api/v1/hints, /api/v1/conflicts, /api/v1/repair, /api/v1/scrub, "
                           "/api/v1/cluster/plan (progress, join, leave, move, cancel, remove), "
                           "/api/v1/events, /api/v1/faults and /health.")
                .arg(QString::fromUtf8(path.first(std::min(path.size(), shown))))};
}

} // namespace

ApiRoutes::ApiRoutes(Node& node, std::function<qint64()> queuedPeerBytes, NodeFaults* faults)
    : m_node(node)
    , m_queuedPeerBytes(std::move(queuedPeerBytes))
    , m_faults(faults)
{}

const ApiRoutes::Route* ApiRoutes::find(QByteArrayView path)
{
    for (const Route& route : routes) {
        const bool takesKey = route.path.endsWith('/') && route.path != frontPath;
        if (takesKey ? path.startsWith(route.path) : path == route.path)
            return &route;
    }
    return nullptr;
}

ApiRoutes::Handler ApiRoutes::handlerFor(const Route& route, QByteArrayView method)
{
    if (method == "GET" || method == "HEAD")
        return route.get;
    if (method == "PUT")
        return route.put;
    if (method == "DELETE")
        return route.remove;
    if (method == "POST")
        return route.post;
    return nullptr;
}

void ApiRoutes::handle(HttpRequest& request, const HttpReply& reply)
{
    const Route* route = find(request.path);
    if (!route) {
        reply.send(errorAnswer(noSuchPath(request.path)));
        return;
    }
    if (const Handler handler = handlerFor(*route, request.method)) {
        (this->*handler)(request, request.path.sliced(route->path.size()), reply);
        return;
    }
    QByteArrayList methods;
    if (route->get)
        methods = {"GET", "HEAD"};
    if (route->put)
        methods << "PUT";
    if (route->remove)
        methods << "DELETE";
    if (route->post)
        methods << "POST";
    const QByteArray allowed = methods.join(", ");
    HttpAnswer answer = errorAnswer(405, "method_not_allowed",
                                    QStringLiteral("%1 does not go with this path, but %2 do.")
                                        .arg(QString::fromUtf8(request.method), QString::fromUtf8(allowed)));
    answer.allow = allowed;
    reply.send(answer);
}

bool ApiRoutes::refusedParameters(const HttpRequest& request, const HttpReply& reply)
{
    const Result<void> read = QueryReader(request.query).finish();
    if (!read)
        reply.fail(read.error());
    return !read;
}

std::optional<HttpRefusal> ApiRoutes::judgeWebSocket(const HttpRequest& request)
{
    if (request.path != eventsPath)
        return noSuchPath(request.path);
    const auto version = request.field("Sec-WebSocket-Version");
    const auto key = request.field("Sec-WebSocket-Key");
    constexpr qsizetype keyBytes = 16;
    const bool isWhole = request.method == "GET" && version == QByteArrayView("13") && key &&
                         QByteArray::fromBase64(key->toByteArray()).size() == keyBytes;
    return isWhole ? std::nullopt : std::optional(badHandshake());
}

void ApiRoutes::events(const HttpRequest&, QByteArrayView, const HttpReply& reply)
{
    reply.send(errorAnswer(badHandshake()));
}

void ApiRoutes::front(const HttpRequest&, QByteArrayView, const HttpReply& reply)
{
    const QString text =
        QStringLiteral("Ringmaster node %1 of the cluster %2.\n\n"
                       "Write:  curl -X PUT --data-binary hello http://%3/api/v1/kv/greeting\n"
                       "Read:   curl http://%3/api/v1/kv/greeting\n"
                       "Look:   curl http://%3/api/v1/members\n")
            .arg(m_node.config().name, m_node.config().cluster, m_node.config().httpAddress);
    reply.send({.contentType = "text/plain; charset=utf-8", .body = text.toUtf8()});
}

} // namespace ringmaster
