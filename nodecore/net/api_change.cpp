// SPDX-License-Identifier: GPL-3.0-or-later
// ApiRoutes: planning changes of the ring, and making them.
#include "nodecore/net/api_routes.h"
#include "nodecore/net/change_body.h"
#include "nodecore/net/change_json.h"
#include "nodecore/net/http_query.h"

namespace ringmaster {

namespace {

// An act is decided when it is answered; what becomes of it is seen in the progress.
void answerAct(const HttpReply& reply, const Result<void>& done, const Node& node, QByteArrayView act)
{
    if (!done)
        return reply.fail(done.error());
    JsonWriter json;
    json.beginObject();
    json.textField("node", node.config().name);
    json.textField("begun", act);
    json.endObject();
    reply.send({.body = json.take()});
}

// The member that is called that, or has that id; one that is gone for good only where no other is.
std::optional<NodeId> memberCalled(const QString& name, const Node& node)
{
    std::optional<NodeId> found;
    const MembersView view = node.members();
    for (const MemberView& each : view.members) {
        const Member& member = each.member;
        if ((member.name == name || member.id.toString() == name) &&
            (!found || member.state != MemberState::Removed))
            found = member.id;
    }
    return found;
}

Error unknownMember(const QString& name)
{
    return {ErrorCode::Absent,
            QStringLiteral("There is no member %1. GET /api/v1/members lists them.").arg(name)};
}

} // namespace

void ApiRoutes::planChange(const HttpRequest& request, QByteArrayView, const HttpReply& reply)
{
    if (refusedParameters(request, reply))
        return;
    const auto wishes = parsePlanBody(request.body, m_node.config().partitioner);
    if (!wishes)
        return reply.fail(wishes.error());
    m_node.plan(*wishes, [reply](const Result<CountedPlan>& plan) {
        if (!plan)
            return reply.fail(plan.error());
        if (!reply.isAwaited())
            return;
        JsonWriter json(4096);
        json.beginObject();
        writePlan(json, *plan);
        json.endObject();
        reply.send({.body = json.take()});
    });
}

void ApiRoutes::changeProgress(const HttpRequest& request, QByteArrayView, const HttpReply& reply)
{
    if (refusedParameters(request, reply))
        return;
    JsonWriter json(1024);
    json.beginObject();
    writeProgress(json, m_node);
    json.endObject();
    reply.send({.body = json.take()});
}

void ApiRoutes::joinRing(const HttpRequest& request, QByteArrayView, const HttpReply& reply)
{
    if (refusedParameters(request, reply))
        return;
    auto body = parseJoinBody(request.body, m_node.config().partitioner);
    if (!body)
        return reply.fail(body.error());
    answerAct(reply, m_node.join(std::move(body->tokens), body->force), m_node, "join");
}

void ApiRoutes::leaveRing(const HttpRequest& request, QByteArrayView, const HttpReply& reply)
{
    if (refusedParameters(request, reply))
        return;
    const auto force = parseForceBody(request.body);
    if (!force)
        return reply.fail(force.error());
    answerAct(reply, m_node.leave(*force), m_node, "leave");
}

void ApiRoutes::moveOnRing(const HttpRequest& request, QByteArrayView, const HttpReply& reply)
{
    if (refusedParameters(request, reply))
        return;
    auto tokens = parseTokensBody(request.body, m_node.config().partitioner);
    if (!tokens)
        return reply.fail(tokens.error());
    answerAct(reply, m_node.move(std::move(*tokens)), m_node, "move");
}

void ApiRoutes::cancelChange(const HttpRequest& request, QByteArrayView, const HttpReply& reply)
{
    if (refusedParameters(request, reply))
        return;
    const auto name = parseOptionalMemberBody(request.body);
    if (!name)
        return reply.fail(name.error());
    const auto member = *name ? memberCalled(**name, m_node) : m_node.id();
    if (!member)
        return reply.fail(unknownMember(**name));
    answerAct(reply, *member == m_node.id() ? m_node.cancel() : m_node.cancelRemoval(*member), m_node,
              "cancel");
}

void ApiRoutes::removeMember(const HttpRequest& request, QByteArrayView, const HttpReply& reply)
{
    if (refusedParameters(request, reply))
        return;
    const auto body = parseRemoveBody(request.body);
    if (!body)
        return reply.fail(body.error());
    const auto member = memberCalled(body->member, m_node);
    if (!member)
        return reply.fail(unknownMember(body->member));
    answerAct(reply, body->isLost ? m_node.writeOff(*member) : m_node.remove(*member, body->force), m_node,
              "remove");
}

} // namespace ringmaster
