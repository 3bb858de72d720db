// SPDX-License-Identifier: GPL-3.0-or-later
// hints: what the nodes owe each other.
#include "app/ringctl/command.h"
#include "app/ringctl/member_calls.h"
#include "app/ringctl/output.h"

#include <QJsonArray>

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

namespace {

using HintAnswers = QList<MemberAnswer<ClientHints>>;

QJsonObject hintsJson(const HintAnswers& answers)
{
    QJsonArray nodes;
    qint64 total = 0;
    for (const auto& [member, answer] : answers) {
        if (!answer) {
            nodes.append(QJsonObject{{u"node"_s, member}, {u"error"_s, answer.error().message}});
            continue;
        }
        QJsonArray owed;
        for (const ClientHints::Owed& one : answer->owed)
            owed.append(QJsonObject{{u"to"_s, one.to},
                                    {u"hints"_s, one.hints},
                                    {u"bytes"_s, one.bytes},
                                    {u"reachable"_s, one.reachable}});
        total += answer->count;
        nodes.append(QJsonObject{{u"node"_s, member}, {u"count"_s, answer->count}, {u"owed"_s, owed}});
    }
    return {{u"count"_s, total}, {u"nodes"_s, nodes}};
}

void printHints(const HintAnswers& answers)
{
    QList<QStringList> rows;
    for (const auto& [member, answer] : answers) {
        if (!answer)
            continue;
        for (const ClientHints::Owed& one : answer->owed)
            rows.append({member, one.to, QString::number(one.hints), QString::number(one.bytes),
                         one.reachable ? u"on their way"_s : u"waiting for %1"_s.arg(one.to)});
    }
    if (rows.isEmpty())
        print(u"No node keeps a hint for another."_s);
    else
        print(table({u"NODE"_s, u"OWES"_s, u"HINTS"_s, u"BYTES"_s, u"STATE"_s}, rows, {2, 3}));
}

ExitCode hints(const Invocation& in)
{
    const auto members = membersToAsk(in);
    if (!members)
        return fail(members.error(), in.json);
    const HintAnswers answers = askMembers<ClientHints>(
        *members, [](NodeClient& client, QObject* context, ClientCallback<ClientHints> done) {
            client.hints(context, std::move(done));
        });
    if (in.json)
        printJson(hintsJson(answers));
    else
        printHints(answers);
    bool isWhole = true;
    for (const auto& [member, answer] : answers) {
        isWhole = isWhole && answer;
        if (!answer && !in.json)
            note(u"%1 %2: what it keeps for others is not known."_s.arg(member, silenceText(answer.error())));
    }
    return isWhole ? ExitCode::Ok : ExitCode::Failed;
}

} // namespace

QList<Command> hintCommands()
{
    return {{u"hints"_s,
             {},
             0,
             u"Show what nodes keep for others that could not be reached."_s,
             u"A hint goes home when its owner is back. Exit code 1 where a node does not answer."_s,
             {},
             hints}};
}

} // namespace ringmaster::ctl
