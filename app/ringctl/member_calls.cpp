// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringctl/member_calls.h"

#include "app/ringctl/await.h"
#include "nodecore/client/client_json.h"

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

ClientResult<Members> membersOf(const Invocation& in)
{
    NodeClient client(in.nodes);
    const auto answer = await<QJsonObject>(
        [&](QObject* context, auto done) { client.json(u"/api/v1/members"_s, context, done); });
    if (!answer)
        return tl::make_unexpected(answer.error());
    const auto snapshot = membersFrom(*answer);
    if (snapshot)
        return snapshot->members;
    ClientError error;
    error.word = u"bad_answer"_s;
    error.message = u"What the node answered cannot be understood: %1."_s.arg(snapshot.error());
    return tl::make_unexpected(error);
}

bool isGoneForGood(const MemberSnapshot& member)
{
    return !member.reachable && (member.state == "LEFT"_L1 || member.state == "REMOVED"_L1);
}

ClientResult<Members> membersToAsk(const Invocation& in)
{
    auto members = membersOf(in);
    if (members)
        members->removeIf(isGoneForGood);
    return members;
}

ClientError noAnswerOf(const MemberSnapshot& member)
{
    ClientError error;
    error.word = u"no_answer"_s;
    error.message = u"%1 (%2) does not answer."_s.arg(member.name, member.httpAddress);
    return error;
}

QString silenceText(const ClientError& error)
{
    return error.status == 0 ? u"does not answer"_s : error.message;
}

} // namespace ringmaster::ctl
