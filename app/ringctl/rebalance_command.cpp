// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringctl/rebalance_command.h"

#include "app/ringctl/change_act.h"
#include "app/ringctl/change_report.h"
#include "app/ringctl/output.h"

#include <QElapsedTimer>

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

namespace {

// What has become of the whole: which moves are over, and why there are not more.
struct Rebalance {
    QList<ClientPlan::Node> moving;
    QStringList moved;
    std::optional<ClientError> problem;
    std::optional<ChangeEnd> stoppedBy; // other than Done

    QStringList left() const
    {
        QStringList names;
        for (const ClientPlan::Node& node : moving) {
            if (!moved.contains(node.name))
                names.append(node.name);
        }
        return names;
    }
};

QList<ClientPlan::Node> movingIn(const ClientPlan& plan)
{
    QList<ClientPlan::Node> moving;
    for (const ClientPlan::Node& node : plan.nodes) {
        if (!node.tokens.isEmpty())
            moving.append(node);
    }
    return moving;
}

ChangeAct moveOf(const ClientPlan::Node& node)
{
    QJsonArray tokens;
    for (const Slot slot : node.tokens)
        tokens.append(slot.value);
    const QJsonObject wish{{u"kind"_s, u"move"_s}, {u"node"_s, node.name}, {u"slots"_s, tokens}};
    return {.wishes = {wish},
            .act = u"move"_s,
            .node = node.name,
            .endState = u"READY"_s,
            .takesPlannedTokens = true,
            .prepare = {}};
}

// Each is planned by itself too: for the ring that it leads to, by which its end is known.
void moveOneAfterAnother(const Invocation& in, Rebalance& rebalance)
{
    for (const ClientPlan::Node& node : rebalance.moving) {
        note(u"%1 moves (%2 of %3)"_s.arg(node.name)
                 .arg(rebalance.moved.size() + 1)
                 .arg(rebalance.moving.size()));
        const ChangeAct act = moveOf(node);
        const auto plan = planOf(in, act.wishes);
        const auto begun =
            plan ? begin(in, act, *plan) : ClientResult<QJsonObject>(tl::make_unexpected(plan.error()));
        if (!begun) {
            rebalance.problem = begun.error();
            return;
        }
        if (const ChangeEnd end = watch(in, act, *plan); end != ChangeEnd::Done) {
            rebalance.stoppedBy = end;
            return;
        }
        rebalance.moved.append(node.name);
    }
}

QString whyStopped(const Rebalance& rebalance)
{
    const QString current = rebalance.left().first();
    if (rebalance.problem)
        return u"%1 did not move: %2"_s.arg(current, rebalance.problem->message);
    switch (*rebalance.stoppedBy) {
    case ChangeEnd::Undone:
        return u"The move of %1 was taken back."_s.arg(current);
    case ChangeEnd::Interrupted:
        return u"The move of %1 goes on by itself; \"ringctl cluster cancel %1\" takes it back."_s.arg(
            current);
    case ChangeEnd::Unseen:
    case ChangeEnd::Done:
        break;
    }
    return u"%1 took its move on, but no node shows anything of it; its log tells more."_s.arg(current);
}

ExitCode report(const Invocation& in, const Rebalance& rebalance, const ClientPlan& plan, double seconds)
{
    const bool isDone = rebalance.left().isEmpty();
    const QString why = isDone ? QString() : whyStopped(rebalance);
    if (in.json) {
        QJsonObject object{{u"act"_s, u"rebalance"_s},
                           {u"plan"_s, planJson(plan)},
                           {u"moved"_s, QJsonArray::fromStringList(rebalance.moved)},
                           {u"left"_s, QJsonArray::fromStringList(rebalance.left())},
                           {u"outcome"_s, isDone ? u"done"_s : u"stopped"_s},
                           {u"seconds"_s, seconds}};
        if (!isDone)
            object.insert(u"message"_s, why);
        printJson(object);
    } else if (isDone)
        print(u"Done after %1 s: the load is even."_s.arg(seconds, 0, 'f', 1));
    else
        note(u"ringctl: %1 Moved so far: %2. \"ringctl cluster rebalance\" goes on with the rest."_s.arg(
            why, rebalance.moved.isEmpty() ? u"none"_s : rebalance.moved.join(u", "_s)));
    if (isDone)
        return ExitCode::Ok;
    return rebalance.problem ? exitCodeFor(*rebalance.problem) : ExitCode::Failed;
}

ExitCode rebalance(const Invocation& in)
{
    const auto plan = planOf(in, {QJsonObject{{u"kind"_s, u"rebalance"_s}}});
    if (!plan)
        return fail(plan.error(), in.json);
    Rebalance rebalance{movingIn(*plan), {}, {}, {}};
    if (!in.json)
        print(planText(*plan));
    if (rebalance.moving.isEmpty()) {
        if (in.json)
            printJson({{u"act"_s, u"rebalance"_s}, {u"plan"_s, planJson(*plan)}, {u"outcome"_s, u"even"_s}});
        else
            print(u"The load is even already: there is nothing to do."_s);
        return ExitCode::Ok;
    }
    if (const auto declined = askWhetherTo(in))
        return *declined;
    QElapsedTimer clock;
    clock.start();
    moveOneAfterAnother(in, rebalance);
    return report(in, rebalance, *plan, static_cast<double>(clock.elapsed()) / 1000);
}

} // namespace

QList<Command> rebalanceCommands()
{
    return {{u"cluster rebalance"_s,
             {},
             0,
             u"Even out the load: members that own too little move, one after another."_s,
             u"By capacity, and with as little data moved as can be: who owns its share, or more, keeps its "
             "tokens.\nShows the plan, asks, and waits for each move. It may be interrupted and run again: "
             "what is left is planned\nanew. Exit code 6 while another change is under way or a member of "
             "the ring is away."_s,
             {{{u"y"_s, u"yes"_s}, u"Do it without asking."_s}},
             rebalance}};
}

} // namespace ringmaster::ctl
