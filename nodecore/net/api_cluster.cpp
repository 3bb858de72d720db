// SPDX-License-Identifier: GPL-3.0-or-later
// ApiRoutes: what there is to see of the node and its cluster.
#include "nodecore/net/api_json.h"
#include "nodecore/net/api_routes.h"
#include "nodecore/net/http_query.h"

namespace ringmaster {

namespace {

// For the paths that take no parameters: refused where there are any.
bool refusedParameters(const HttpRequest& request, const HttpReply& reply)
{
    const Result<void> read = QueryReader(request.query).finish();
    if (!read)
        reply.fail(read.error());
    return !read;
}

void writeReplica(JsonWriter& json, const PlacementReplica& replica, const Node& node)
{
    json.beginObject();
    json.textField("node", node.nameOf(replica.node));
    json.name("id");
    json.hex(replica.node.value);
    json.textField("role", QByteArrayView("primary"));
    json.booleanField("reachable", replica.reachable);
    json.booleanField("asked", replica.reachable || replica.siblings.has_value());
    if (replica.siblings) {
        json.name("siblings");
        json.beginArray();
        for (const Sibling& sibling : *replica.siblings) {
            json.beginObject();
            json.name("dot");
            json.hexAndCount(sibling.dot.actor.value, sibling.dot.counter);
            json.booleanField("deleted", sibling.tombstone);
            json.integerField("bytes", sibling.value.size());
            json.endObject();
        }
        json.endArray();
    } else {
        json.textField("error", replica.error);
    }
    json.endObject();
}

QByteArray placementBody(const Key& key, const PlacementView& view, const Node& node)
{
    JsonWriter json(1024);
    json.beginObject();
    writeKey(json, key);
    json.textField("position", QByteArray("0x" + view.position.toString().toLatin1()));
    json.integerField("slot", view.slot.value);
    json.name("preference_list");
    json.beginArray();
    for (const PlacementReplica& replica : view.preferenceList)
        writeReplica(json, replica, node);
    json.endArray();
    json.endObject();
    return json.take();
}

// Of this node among the members; nothing before it is one.
std::optional<MemberState> ownState(const Node& node)
{
    const MembersView view = node.members();
    for (const MemberView& member : view.members) {
        if (member.member.id == view.self)
            return member.member.state;
    }
    return std::nullopt;
}

QString whyNotServing(const Node& node, const QString& state)
{
    const StoreHealth storage = node.stats().storage;
    if (storage.state == StoreHealth::State::Failed)
        return QStringLiteral("The store has failed: %1. What it acknowledged is kept by the other replicas; "
                              "restart the node.")
            .arg(storage.reason);
    return QStringLiteral("The node is %1 and does not serve yet. It answers when it is READY.").arg(state);
}

} // namespace

void ApiRoutes::placement(const HttpRequest& request, QByteArrayView encodedKey, const HttpReply& reply)
{
    if (refusedParameters(request, reply))
        return;
    const Result<Key> key = keyFromPath(encodedKey);
    if (!key)
        return reply.fail(key.error());
    m_node.placement(*key, [reply, key = *key, &node = m_node](const PlacementView& view) {
        if (reply.isAwaited())
            reply.send({.body = placementBody(key, view, node)});
    });
}

void ApiRoutes::ring(const HttpRequest& request, QByteArrayView, const HttpReply& reply)
{
    if (refusedParameters(request, reply))
        return;
    const HashRing& ring = m_node.ring();
    JsonWriter json(64 * static_cast<qsizetype>(ring.tokens().size() + 4));
    json.beginObject();
    json.textField("partitioner", nameOf(m_node.config().partitioner));
    json.integerField("slots", slotCount);
    json.integerField("replicas", m_node.config().replicas);
    json.textField("digest", ring.digest());
    json.name("tokens");
    json.beginArray();
    for (const Token& token : ring.tokens()) {
        json.beginObject();
        json.integerField("slot", token.slot.value);
        json.textField("node", m_node.nameOf(token.node));
        json.endObject();
    }
    json.endArray();
    json.endObject();
    reply.send({.body = json.take()});
}

void ApiRoutes::members(const HttpRequest& request, QByteArrayView, const HttpReply& reply)
{
    if (refusedParameters(request, reply))
        return;
    JsonWriter json(4096);
    json.beginObject();
    writeMembersInto(json, m_node);
    json.endObject();
    reply.send({.body = json.take()});
}

void ApiRoutes::stats(const HttpRequest& request, QByteArrayView, const HttpReply& reply)
{
    if (refusedParameters(request, reply))
        return;
    JsonWriter json(1024);
    json.beginObject();
    writeStatsInto(json, m_node, m_queuedPeerBytes ? m_queuedPeerBytes() : 0);
    json.endObject();
    reply.send({.body = json.take()});
}

void ApiRoutes::health(const HttpRequest& request, QByteArrayView, const HttpReply& reply)
{
    if (refusedParameters(request, reply))
        return;
    const std::optional<MemberState> own = ownState(m_node);
    const QString state = own ? nameOf(*own) : QStringLiteral("STARTING");
    const bool isServing = m_node.isServing();
    JsonWriter json;
    if (isServing) {
        json.beginObject();
        json.textField("status", QByteArrayView("ok"));
    } else {
        beginError(json, "unavailable", whyNotServing(m_node, state));
    }
    json.textField("node", m_node.config().name);
    json.textField("state", state);
    if (m_node.config().trustsCopy)
        json.booleanField("trusts_copy", true);
    json.endObject();
    reply.send({.status = isServing ? 200 : 503, .body = json.take()});
}

} // namespace ringmaster
