// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringctl/change_act.h"

#include "app/ringctl/await.h"
#include "app/ringctl/change_report.h"
#include "app/ringctl/output.h"

#include <QElapsedTimer>

#include <cstdio>
#include <iostream>
#include <string>
#include <unistd.h>

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

std::optional<ExitCode> askWhetherTo(const Invocation& in)
{
    if (in.isSet(u"yes"_s))
        return std::nullopt;
    const bool isAskable = !in.json && ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
    if (!isAskable)
        return fail(ExitCode::Usage, u"usage"_s,
                    u"Nothing was changed: say --yes to have it done without being asked."_s, in.json);
    printRaw("\nGo on? [y/N] ");
    std::fflush(stdout);
    std::string line;
    std::getline(std::cin, line);
    const QString answer = QString::fromStdString(line).trimmed().toLower();
    if (answer == "y"_L1 || answer == "yes"_L1)
        return std::nullopt;
    print(u"Nothing was changed."_s);
    return ExitCode::Failed;
}

namespace {

constexpr int triesAgain = 6;
constexpr std::chrono::milliseconds tryAgainAfter{500};

QJsonObject bodyOf(const Invocation& in, const ChangeAct& act, const ClientPlan& plan)
{
    QJsonObject body;
    if (in.isSet(u"force"_s))
        body.insert(u"force"_s, true);
    if (act.isAskedOfOthers)
        body.insert(u"node"_s, act.node);
    const ClientPlan::Node* planned = plan.node(act.node);
    if (!act.takesPlannedTokens || planned == nullptr || planned->tokens.isEmpty())
        return body;
    QJsonArray tokens;
    for (const Slot slot : planned->tokens)
        tokens.append(slot.value);
    body.insert(u"slots"_s, tokens);
    return body;
}

ClientResult<QJsonObject> askFor(const Invocation& in, const ChangeAct& act, const QJsonObject& body)
{
    if (act.isAskedOfOthers) {
        NodeClient client(in.nodes);
        return await<QJsonObject>([&](QObject* context, auto done) {
            client.post(u"/api/v1/cluster/"_s + act.act, body, context, done);
        });
    }
    const auto member = memberNamed(in, act.node);
    if (!member)
        return tl::make_unexpected(member.error());
    return tell(*member, act.act, body);
}

bool isConflict(const ClientResult<QJsonObject>& answer)
{
    return !answer && answer.error().status == 409;
}

} // namespace

ClientResult<QJsonObject> begin(const Invocation& in, const ChangeAct& act, const ClientPlan& plan)
{
    const QJsonObject body = bodyOf(in, act, plan);
    auto answer = askFor(in, act, body);
    // The members notice one after another that one of them is gone.
    const bool isOfOneThatIsGone =
        act.isAskedOfOthers || act.wishes.first().toObject().value("kind"_L1) == "replace"_L1;
    for (int i = 0; i < triesAgain && isOfOneThatIsGone && isConflict(answer); ++i) {
        pauseFor(tryAgainAfter);
        answer = askFor(in, act, body);
    }
    return answer;
}

ChangeEnd watch(const Invocation& in, const ChangeAct& act, const ClientPlan& plan)
{
    const bool isMove = act.act == "move"_L1; // which begins and ends READY
    return watchChange(in, {act.node, act.endState, isMove ? plan.digestAfter : QString(), plan.objects()});
}

ClientResult<ClientPlan> planOf(const Invocation& in, const QJsonArray& wishes)
{
    NodeClient client(in.nodes);
    return await<ClientPlan>([&](QObject* context, auto done) { client.plan(wishes, context, done); });
}

ClientResult<MemberSnapshot> memberNamed(const Invocation& in, const QString& name)
{
    const auto members = membersOf(in);
    if (!members)
        return tl::make_unexpected(members.error());
    for (const MemberSnapshot& member : *members) {
        if (member.name == name)
            return member;
    }
    return memberIsAbsent(name);
}

tl::unexpected<ClientError> memberIsAbsent(const QString& name)
{
    ClientError error;
    error.status = 404;
    error.word = u"absent"_s;
    error.message = u"There is no member %1. \"ringctl status\" lists them."_s.arg(name);
    return tl::make_unexpected(error);
}

ClientResult<QJsonObject> tell(const MemberSnapshot& member, const QString& act, const QJsonObject& body)
{
    NodeClient client({urlOfAddress(member.httpAddress)});
    return await<QJsonObject>(
        [&](QObject* context, auto done) { client.post(u"/api/v1/cluster/"_s + act, body, context, done); });
}

ExitCode reportEnd(const Invocation& in, ChangeEnd end, const QString& node, QJsonObject report)
{
    const auto say = [&](ExitCode code, const QString& word, const QString& sentence) {
        report.insert(u"outcome"_s, word);
        if (in.json)
            printJson(report);
        else if (code == ExitCode::Ok)
            print(sentence);
        else
            note(u"ringctl: "_s + sentence);
        return code;
    };
    switch (end) {
    case ChangeEnd::Done:
        return say(ExitCode::Ok, u"done"_s,
                   u"Done after %1 s."_s.arg(report.value("seconds"_L1).toDouble(), 0, 'f', 1));
    case ChangeEnd::Undone:
        return say(ExitCode::Failed, u"undone"_s,
                   u"The change was taken back: %1 is what it was before."_s.arg(node));
    case ChangeEnd::Interrupted:
        return say(ExitCode::Failed, u"goes_on"_s,
                   u"It goes on by itself. \"ringctl cluster progress\" shows it, \"ringctl cluster "
                   "cancel %1\" takes it back."_s.arg(node));
    case ChangeEnd::Unseen:
        break;
    }
    return say(ExitCode::Failed, u"unseen"_s,
               u"%1 took it on, but no node shows anything of it. \"ringctl cluster progress\" and the "
               "node's log tell more."_s.arg(node));
}

ExitCode carryOut(const Invocation& in, const ChangeAct& act)
{
    const auto plan = planOf(in, act.wishes);
    if (!plan)
        return fail(plan.error(), in.json);
    if (!in.json)
        print(planText(*plan));
    if (act.takesForce && !plan->consequence.isEmpty() && !in.isSet(u"force"_s))
        return fail(ExitCode::Conflict, u"conflict"_s,
                    u"Refused, for what it costs: %1. Nothing was changed. Add a node first, or accept that "
                    "with --force."_s.arg(plan->consequence),
                    in.json);
    if (const auto declined = askWhetherTo(in))
        return *declined;
    if (act.prepare) {
        if (const auto ready = act.prepare(); !ready)
            return fail(ready.error(), in.json);
    }
    QElapsedTimer clock;
    clock.start();
    const auto begun = begin(in, act, *plan);
    if (!begun)
        return fail(begun.error(), in.json);
    QJsonObject report{{u"node"_s, act.node}, {u"act"_s, act.act}, {u"plan"_s, planJson(*plan)}};
    if (in.isSet(u"no-wait"_s)) {
        report.insert(u"outcome"_s, u"begun"_s);
        if (in.json)
            printJson(report);
        else
            print(u"Begun. \"ringctl cluster progress\" shows how far it is."_s);
        return ExitCode::Ok;
    }
    const ChangeEnd end = watch(in, act, *plan);
    report.insert(u"seconds"_s, static_cast<double>(clock.elapsed()) / 1000);
    return reportEnd(in, end, act.node, report);
}

QCommandLineOption forceOption(const QString& what)
{
    return {u"force"_s, what};
}

QList<QCommandLineOption> actOptions()
{
    return {{{u"y"_s, u"yes"_s}, u"Do it without asking."_s}, {u"no-wait"_s, u"Return when it has begun."_s}};
}

} // namespace ringmaster::ctl
