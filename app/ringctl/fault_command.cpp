// SPDX-License-Identifier: GPL-3.0-or-later
// fault ...: make a node's links, disk or clock misbehave, to see what the cluster does.
#include "app/ringctl/await.h"
#include "app/ringctl/command.h"
#include "app/ringctl/member_calls.h"
#include "app/ringctl/output.h"

#include <QJsonArray>

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

namespace {

const QString faultsPath = u"/api/v1/faults"_s;

// Where a member serves clients; Absent, with the names of those there are.
ClientResult<QUrl> urlOfMember(const Invocation& in, const QString& name)
{
    const auto members = membersOf(in);
    if (!members)
        return tl::make_unexpected(members.error());
    QStringList names;
    for (const MemberSnapshot& member : *members) {
        if (member.name == name)
            return urlOfAddress(member.httpAddress);
        names.append(member.name);
    }
    ClientError error;
    error.status = 404;
    error.word = u"absent"_s;
    error.message = u"There is no node \"%1\". The nodes are %2."_s.arg(name, names.join(u", "_s));
    return tl::make_unexpected(error);
}

QString linkText(const QJsonObject& link)
{
    QStringList parts;
    const QString peer = link.value("peer"_L1).toString();
    const QString cut = link.value("cut"_L1).toString();
    if (cut == "out"_L1 || cut == "both"_L1)
        parts.append(u"nothing reaches "_s + peer);
    if (cut == "in"_L1 || cut == "both"_L1)
        parts.append(u"nothing comes from "_s + peer);
    if (const qint64 delay = link.value("delay_ms"_L1).toInteger(); delay > 0)
        parts.append(u"%1 ms later at %2"_s.arg(delay).arg(peer));
    if (const double loss = link.value("loss"_L1).toDouble(); loss > 0)
        parts.append(u"%1 % lost to %2"_s.arg(100 * loss).arg(peer));
    return parts.join(u", "_s);
}

// "nothing reaches n1; disk full"; "none".
QString faultsText(const QJsonObject& faults)
{
    QStringList parts;
    for (const QJsonValue& link : faults.value("links"_L1).toArray())
        parts.append(linkText(link.toObject()));
    const QJsonObject disk = faults.value("disk"_L1).toObject();
    if (disk.value("full"_L1).toBool())
        parts.append(u"disk full"_s);
    if (const qint64 slow = disk.value("slow_ms"_L1).toInteger(); slow > 0)
        parts.append(u"disk %1 ms slow"_s.arg(slow));
    if (const qint64 jump = faults.value("clock_jump_ms"_L1).toInteger(); jump != 0)
        parts.append(u"wall clock %1 ms %2"_s.arg(qAbs(jump)).arg(jump > 0 ? u"ahead"_s : u"behind"_s));
    return parts.isEmpty() ? u"none"_s : parts.join(u"; "_s);
}

// said: instead of the faults that are on then.
ExitCode tell(const Invocation& in, const QJsonObject& body, const QString& said = {})
{
    const auto url = urlOfMember(in, in.arguments.at(0));
    if (!url)
        return fail(url.error(), in.json);
    NodeClient client({*url});
    const auto answer = await<QJsonObject>(
        [&](QObject* context, auto done) { client.post(faultsPath, body, context, done); });
    if (!answer)
        return fail(answer.error(), in.json);
    if (in.json)
        printJson(*answer);
    else
        print(u"%1: %2"_s.arg(in.arguments.at(0), said.isEmpty() ? faultsText(*answer) : said));
    return ExitCode::Ok;
}

ExitCode tellLink(const Invocation& in, const QString& name, const QJsonValue& value)
{
    const QJsonObject link{{u"peer"_s, in.arguments.at(1)}, {name, value}};
    return tell(in, {{u"links"_s, QJsonArray{link}}});
}

// The last argument as a number; the node judges its range.
Result<double> numberFrom(const Invocation& in)
{
    bool isNumber = false;
    const double number = in.arguments.last().toDouble(&isNumber);
    if (isNumber)
        return number;
    return failure(ErrorCode::Malformed, u"\"%1\" is no number."_s.arg(in.arguments.last()));
}

ExitCode cut(const Invocation& in)
{
    return tellLink(in, u"cut"_s, in.value(u"direction"_s));
}

ExitCode heal(const Invocation& in)
{
    const QJsonObject link{
        {u"peer"_s, in.arguments.at(1)}, {u"cut"_s, u"none"_s}, {u"delay_ms"_s, 0}, {u"loss"_s, 0}};
    return tell(in, {{u"links"_s, QJsonArray{link}}});
}

ExitCode delay(const Invocation& in)
{
    const auto ms = numberFrom(in);
    return ms ? tellLink(in, u"delay_ms"_s, *ms) : fail(ms.error(), in.json);
}

ExitCode loss(const Invocation& in)
{
    const auto part = numberFrom(in);
    return part ? tellLink(in, u"loss"_s, *part) : fail(part.error(), in.json);
}

ExitCode pause(const Invocation& in)
{
    const auto ms = numberFrom(in);
    if (!ms)
        return fail(ms.error(), in.json);
    return tell(in, {{u"pause_ms"_s, *ms}}, u"paused for %1 ms"_s.arg(*ms));
}

ExitCode clock(const Invocation& in)
{
    const auto ms = numberFrom(in);
    return ms ? tell(in, {{u"clock_jump_ms"_s, *ms}}) : fail(ms.error(), in.json);
}

ExitCode disk(const Invocation& in)
{
    const QString state = in.arguments.at(1);
    if (state != "slow"_L1 && state != "full"_L1 && state != "ok"_L1)
        return fail(ExitCode::Usage, u"usage"_s, u"A disk can be slow, full or ok, not \"%1\"."_s.arg(state),
                    in.json);
    const auto slow = in.intValue(u"ms"_s, 1, 60'000);
    if (!slow)
        return fail(slow.error(), in.json);
    const QJsonObject faults{{u"full"_s, state == "full"_L1}, {u"slow_ms"_s, state == "slow"_L1 ? *slow : 0}};
    return tell(in, {{u"disk"_s, faults}});
}

// What one call to every member gave, for people as a table and for programs as an object by name.
ExitCode ofAll(const Invocation& in,
               const std::function<void(NodeClient&, QObject*, ClientCallback<QJsonObject>)>& ask)
{
    const auto members = membersToAsk(in);
    if (!members)
        return fail(members.error(), in.json);
    QList<QStringList> rows;
    QJsonObject byName;
    bool failed = false;
    for (const MemberSnapshot& member : *members) {
        NodeClient client({urlOfAddress(member.httpAddress)});
        const auto answer =
            await<QJsonObject>([&](QObject* context, auto done) { ask(client, context, done); });
        failed = failed || !answer;
        rows.append({member.name, answer ? faultsText(*answer) : answer.error().message});
        byName.insert(member.name, answer ? *answer
                                          : QJsonObject{{u"error"_s, answer.error().word},
                                                        {u"message"_s, answer.error().message}});
    }
    if (in.json)
        printJson(byName);
    else
        print(table({u"NODE"_s, u"FAULTS"_s}, rows));
    return failed ? ExitCode::Failed : ExitCode::Ok;
}

ExitCode show(const Invocation& in)
{
    return ofAll(in, [](NodeClient& client, QObject* context, ClientCallback<QJsonObject> done) {
        client.json(faultsPath, context, std::move(done));
    });
}

ExitCode clear(const Invocation& in)
{
    return ofAll(in, [](NodeClient& client, QObject* context, ClientCallback<QJsonObject> done) {
        client.post(faultsPath, {{u"clear"_s, true}}, context, std::move(done));
    });
}

} // namespace

QList<Command> faultCommands()
{
    const QString enabled =
        u"For nodes that run with --enable-fault-injection, as those of \"ringctl cluster start\" do."_s;
    const QCommandLineOption direction(
        u"direction"_s, u"out: what NODE sends to PEER is lost; in: what comes from it; both (default)."_s,
        u"D"_s, u"both"_s);
    const QCommandLineOption slowness(u"ms"_s, u"How slow (default 50)."_s, u"MS"_s, u"50"_s);
    return {{u"fault show"_s, {}, 0, u"Show the faults that are injected."_s, enabled, {}, show},
            {u"fault clear"_s,
             {},
             0,
             u"Take all injected faults away."_s,
             u"On every node that answers; a node that is paused answers when its pause is over."_s,
             {},
             clear},
            {u"fault cut"_s,
             u"NODE PEER"_s,
             2,
             u"Cut a link, one way or both."_s,
             u"Neither node is told: to them the other is silent. "_s + enabled,
             {direction},
             cut},
            {u"fault delay"_s, u"NODE PEER MS"_s, 3, u"Delay what NODE sends to PEER."_s, enabled, {}, delay},
            {u"fault loss"_s,
             u"NODE PEER PART"_s,
             3,
             u"Lose a part of what NODE sends to PEER."_s,
             u"PART is 0 to 1, of the messages. "_s + enabled,
             {},
             loss},
            {u"fault heal"_s, u"NODE PEER"_s, 2, u"Take the faults of a link away."_s, enabled, {}, heal},
            {u"fault pause"_s,
             u"NODE MS"_s,
             2,
             u"Stop a node for a while, as a long garbage collection would."_s,
             enabled,
             {},
             pause},
            {u"fault disk"_s,
             u"NODE slow|full|ok"_s,
             2,
             u"Make a node's disk slow or full, or well again."_s,
             enabled,
             {slowness},
             disk},
            {u"fault clock"_s,
             u"NODE MS"_s,
             2,
             u"Put a node's wall clock ahead, or behind."_s,
             u"0 puts it right; a negative MS needs \"--\" before NODE. "_s + enabled,
             {},
             clock}};
}

} // namespace ringmaster::ctl
