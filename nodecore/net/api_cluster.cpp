// SPDX-License-Identifier: GPL-3.0-or-later
// ApiRoutes: what there is to see of the node and its cluster.
#include "nodecore/net/api_json.h"
#include "nodecore/net/api_routes.h"
#include "nodecore/net/http_query.h"

namespace ringmaster {

namespace {

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

QString howToServe(const Node& node)
{
    const NodeConfig& config = node.config();
    if (const auto why = node.whyNotToAcknowledge(); why && node.state() == MemberState::Ready)
        return why->message;
    if (const QString why = node.waitsBecause(); !why.isEmpty())
        return why;
    const QString join =
        QStringLiteral("ringctl --url http://%1 cluster join %2").arg(config.httpAddress, config.name);
    switch (node.state()) {
    case MemberState::Standby:
        return QStringLiteral("It knows the ring, forwards requests and holds nothing. It joins with: %1")
            .arg(join);
    case MemberState::Leaving: {
        const StatsView stats = node.stats();
        return QStringLiteral(
                   "It leaves, and is LEFT when it holds nothing any more. Now it holds %1 keys, and "
                   "%2 hints for other members, which it keeps until those can be reached.")
            .arg(stats.totals.objects)
            .arg(stats.hints);
    }
    case MemberState::Left:
        return QStringLiteral("It has given its data to the others. It joins again with: %1").arg(join);
    case MemberState::Removed:
        return QStringLiteral(
            "It gives what it still holds to the members that own it now, and then ends. Under "
            "its name a node joins anew with: ringnode --rejoin, and what else it is started "
            "with.");
    default:
        return QStringLiteral("It answers when it is READY.");
    }
}

QString whyNotServing(const Node& node)
{
    const StoreHealth storage = node.stats().storage;
    if (storage.state == StoreHealth::State::Failed)
        return QStringLiteral("The store has failed: %1. What it acknowledged is kept by the other replicas; "
                              "restart the node.")
            .arg(storage.reason);
    if (const std::optional<Error> refusal = node.refusalOfClients())
        return refusal->message;
    if (const std::vector<NodeId> awaited = node.awaited();
        node.state() == MemberState::Ready && !awaited.empty()) {
        QStringList names;
        for (const NodeId other : awaited)
            names << node.nameOf(other);
        return QStringLiteral(
                   "The node has just started and is not linked with %1 yet, which may hold what it is asked "
                   "for. It serves as soon as it is, or without them %2 s after its start.")
            .arg(names.join(QLatin1String(", ")))
            .arg(Node::startupBound / std::chrono::seconds(1));
    }
    return QStringLiteral("The node is %1 and does not serve. %2")
        .arg(nameOf(node.state()), howToServe(node));
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
    const bool isServing = m_node.isServing();
    JsonWriter json;
    if (isServing) {
        const Availability availability = m_node.availability();
        const bool isWhole = availability.isWhole() && m_node.stats().storage.state == StoreHealth::State::Ok;
        json.beginObject();
        json.textField("status", isWhole ? QByteArrayView("ok") : QByteArrayView("degraded"));
        json.textField("availability", availability.sentence);
    } else {
        beginError(json, "unavailable", whyNotServing(m_node));
    }
    json.textField("node", m_node.config().name);
    json.textField("state", m_node.refusedByMembers() ? QStringLiteral("REFUSED") : nameOf(m_node.state()));
    if (m_node.config().trustsCopy)
        json.booleanField("trusts_copy", true);
    json.endObject();
    reply.send({.status = isServing ? 200 : 503, .body = json.take()});
}

} // namespace ringmaster
