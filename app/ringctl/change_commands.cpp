// SPDX-License-Identifier: GPL-3.0-or-later
// cluster plan, join, leave, remove, replace, move, cancel, progress: changes of the ring. The rebalance is
// in rebalance_command.cpp.
#include "app/ringctl/await.h"
#include "app/ringctl/change_act.h"
#include "app/ringctl/change_report.h"
#include "app/ringctl/change_request.h"
#include "app/ringctl/output.h"
#include "app/ringctl/rebalance_command.h"
#include "nodecore/supervise/cluster_file.h"
#include "nodecore/supervise/local_cluster.h"

#include <QElapsedTimer>

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 startTimeoutMs = 60'000;

ExitCode plan(const Invocation& in)
{
    const auto wishes = wishesFrom(in);
    if (!wishes)
        return fail(wishes.error(), in.json);
    const auto planned = planOf(in, *wishes);
    if (!planned)
        return fail(planned.error(), in.json);
    if (in.json)
        printJson(planJson(*planned));
    else
        print(planText(*planned));
    return planned->risk.isEmpty() ? ExitCode::Ok : ExitCode::Quorum;
}

// A cluster on this machine, and the invocation as if it had named the cluster's nodes.
struct Local {
    std::unique_ptr<LocalCluster> cluster;
    Invocation in;
};

Result<Local> localFrom(const Invocation& in)
{
    const QString folder = in.value(u"dir"_s);
    const auto there = ClusterFile::read(folder);
    if (!there)
        return tl::make_unexpected(there.error());
    if (!*there)
        return failure(ErrorCode::Absent,
                       u"There is no cluster in %1. Make one with \"ringctl cluster start\"."_s.arg(folder));
    LocalClusterSpec spec;
    spec.folder = folder;
    auto cluster = LocalCluster::open(spec);
    if (!cluster)
        return tl::make_unexpected(cluster.error());
    Local local{std::move(*cluster), in};
    if (!in.nodesGiven)
        local.in.nodes = local.cluster->urls();
    return local;
}

// Starts one more node of the cluster, which waits to be asked; returns when the others know it.
Result<void> startStandby(Local& local, const QString& name, const QStringList& more)
{
    const auto added = local.cluster->addNode(QStringList{u"--standby"_s} + more);
    if (!added)
        return tl::make_unexpected(added.error());
    note(u"%1 starts at %2"_s.arg(name, (*added)->spec().httpAddress));
    QElapsedTimer clock;
    clock.start();
    while (clock.elapsed() < startTimeoutMs) {
        if ((*added)->state() == NodeProcess::State::Died)
            return failure(ErrorCode::Unavailable, (*added)->lastProblem());
        const auto member = memberNamed(local.in, name);
        if (member && member->reachable && member->state == "STANDBY"_L1)
            return {};
        pauseFor(std::chrono::milliseconds(100));
    }
    return failure(ErrorCode::Unavailable,
                   u"%1 runs, but the others do not know it yet. Its log is %2. When it is there: ringctl "
                   "cluster join %1"_s.arg(name, (*added)->logFile()));
}

ExitCode joinOneMore(const Invocation& given)
{
    auto local = localFrom(given);
    if (!local)
        return fail(local.error(), given.json);
    const QString name = local->cluster->nextName();
    const auto joiner = wishWithPlace(given, u"join"_s, name);
    if (!joiner)
        return fail(joiner.error(), given.json);
    return carryOut(local->in, {.wishes = {*joiner},
                                .act = u"join"_s,
                                .node = name,
                                .endState = u"READY"_s,
                                .takesPlannedTokens = true,
                                .prepare = [&] { return startStandby(*local, name, {}); }});
}

Error unknownJoiner(const Invocation& in, const QString& name)
{
    const auto members = membersOf(in);
    const QString peer = members && !members->isEmpty() ? members->first().peerAddress : u"HOST:PORT"_s;
    return {ErrorCode::Absent,
            u"There is no node %1 that waits to join. Start it first: ringnode --name %1 "
            "--data FOLDER --standby --join %2. Without --standby it joins at once; on "
            "this machine \"ringctl cluster join --dir DIR\" starts one more."_s.arg(name, peer)};
}

ExitCode join(const Invocation& in)
{
    if (in.isSet(u"dir"_s) == !in.arguments.isEmpty())
        return fail(ExitCode::Usage, u"usage"_s,
                    u"Name either a node that waits to join, or with --dir a cluster on this machine that "
                    "gets one more."_s,
                    in.json);
    if (in.isSet(u"dir"_s))
        return joinOneMore(in);
    const QString name = in.arguments.first();
    const auto wanted = wishWithPlace(in, u"join"_s, name);
    if (!wanted)
        return fail(wanted.error(), in.json);
    const auto member = memberNamed(in, name);
    if (!member && member.error().word != "absent"_L1)
        return fail(member.error(), in.json);
    if (!member)
        return fail(unknownJoiner(in, name), in.json);
    return carryOut(in, {.wishes = {*wanted},
                         .act = u"join"_s,
                         .node = name,
                         .endState = u"READY"_s,
                         .takesPlannedTokens = true,
                         .prepare = {}});
}

ExitCode leave(const Invocation& in)
{
    const QString name = in.arguments.first();
    return carryOut(in, {.wishes = {wish(u"leave"_s, name)},
                         .act = u"leave"_s,
                         .node = name,
                         .endState = u"LEFT"_s,
                         .takesForce = true,
                         .prepare = {}});
}

// Of one that is gone, for remove and replace: a living one says itself that it goes.
std::optional<ExitCode> refusedAsLiving(const Invocation& in, const QString& name)
{
    const auto member = memberNamed(in, name);
    if (!member)
        return fail(member.error(), in.json);
    if (!member->reachable)
        return std::nullopt;
    return fail(ExitCode::Conflict, u"conflict"_s,
                u"%1 lives: let it leave with \"ringctl cluster leave %1\", or stop it first."_s.arg(name),
                in.json);
}

// Of one that is REMOVED: nobody waits for its return any longer.
ExitCode writeOff(const Invocation& in, const QString& name)
{
    NodeClient client(in.nodes);
    const auto told = await<QJsonObject>([&](QObject* context, auto done) {
        client.post(u"/api/v1/cluster/remove"_s, {{u"node"_s, name}, {u"lost"_s, true}}, context, done);
    });
    if (!told)
        return fail(told.error(), in.json);
    if (in.json)
        printJson({{u"node"_s, name}, {u"act"_s, u"remove"_s}, {u"outcome"_s, u"lost"_s}});
    else
        print(
            u"%1 is written off: what it holds stays out if it returns, and tombstones are reaped without it."_s
                .arg(name));
    return ExitCode::Ok;
}

ExitCode remove(const Invocation& in)
{
    const QString name = in.arguments.first();
    if (in.isSet(u"lost"_s))
        return writeOff(in, name);
    if (const auto refused = refusedAsLiving(in, name))
        return *refused;
    return carryOut(in, {.wishes = {wish(u"remove"_s, name)},
                         .act = u"remove"_s,
                         .node = name,
                         .endState = u"REMOVED"_s,
                         .isAskedOfOthers = true,
                         .takesForce = true,
                         .prepare = {}});
}

ExitCode move(const Invocation& in)
{
    const QString name = in.arguments.first();
    const auto wanted = wishWithPlace(in, u"move"_s, name);
    if (!wanted)
        return fail(wanted.error(), in.json);
    if (!in.isSet(u"at"_s))
        return fail(ExitCode::Usage, u"usage"_s, u"Say where to, with --at POS,..."_s, in.json);
    return carryOut(in, {.wishes = {*wanted},
                         .act = u"move"_s,
                         .node = name,
                         .endState = u"READY"_s,
                         .takesPlannedTokens = true,
                         .prepare = {}});
}

// Whom the waiting node takes over for is decided where it is started.
Result<void> checkHeir(const Invocation& in, const QString& heir, const QString& gone)
{
    const auto member = memberNamed(in, heir);
    const QString how =
        u"ringnode --name %1 --data FOLDER --standby --replace %2 --join HOST:PORT"_s.arg(heir, gone);
    if (!member)
        return failure(ErrorCode::Absent,
                       u"There is no node %1 that waits. Start it with: %2"_s.arg(heir, how));
    NodeClient client({urlOfAddress(member->httpAddress)});
    const auto progress =
        await<ClientProgress>([&](QObject* context, auto done) { client.progress(context, done); });
    if (progress && progress->replaces == gone)
        return {};
    return failure(ErrorCode::Conflict,
                   u"%1 was not started to replace %2. Start it with: %3"_s.arg(heir, gone, how));
}

QJsonObject replaceWish(const QString& gone, const QString& heir)
{
    QJsonObject object = wish(u"replace"_s, heir);
    object.insert(u"replaces"_s, gone);
    return object;
}

ExitCode replace(const Invocation& in)
{
    const QString gone = in.arguments.first();
    if (in.isSet(u"dir"_s) == in.isSet(u"with"_s))
        return fail(ExitCode::Usage, u"usage"_s,
                    u"Say who takes its place: --with NODE that waits, or --dir DIR for one more node of a "
                    "cluster on this machine."_s,
                    in.json);
    ChangeAct act{
        .wishes = {}, .act = u"join"_s, .node = in.value(u"with"_s), .endState = u"READY"_s, .prepare = {}};
    if (in.isSet(u"with"_s)) {
        if (const auto refused = refusedAsLiving(in, gone))
            return *refused;
        if (const auto fits = checkHeir(in, act.node, gone); !fits)
            return fail(fits.error(), in.json);
        act.wishes = {replaceWish(gone, act.node)};
        return carryOut(in, act);
    }
    auto local = localFrom(in);
    if (!local)
        return fail(local.error(), in.json);
    if (const auto refused = refusedAsLiving(local->in, gone))
        return *refused;
    act.node = local->cluster->nextName();
    act.wishes = {replaceWish(gone, act.node)};
    act.prepare = [&] { return startStandby(*local, act.node, {u"--replace"_s, gone}); };
    return carryOut(local->in, act);
}

ExitCode progress(const Invocation& in)
{
    const auto nodes = progressOfAll(in);
    if (!nodes)
        return fail(nodes.error(), in.json);
    if (in.json)
        printJson(progressJson(*nodes));
    else
        print(progressText(*nodes));
    return ExitCode::Ok;
}

// The one that changes, where none is named.
std::optional<ClientProgress::Changing> changingOf(const QList<ClientProgress>& nodes, const QString& name)
{
    for (const ClientProgress& node : nodes) {
        if (name.isEmpty() && !node.members.isEmpty())
            return node.members.first();
        if (const auto* found = node.of(name))
            return *found;
    }
    return std::nullopt;
}

ClientResult<QJsonObject> cancelAt(const Invocation& in, const QString& name)
{
    const auto member = memberNamed(in, name);
    if (!member)
        return tl::make_unexpected(member.error());
    return tell(*member, u"cancel"_s, {});
}

// A member that the removal waits for takes it back: the others say no.
ClientResult<QJsonObject> cancelRemoval(const Invocation& in, const QString& name)
{
    const auto members = membersOf(in);
    if (!members)
        return tl::make_unexpected(members.error());
    ClientResult<QJsonObject> answer = memberIsAbsent(name);
    for (const MemberSnapshot& member : *members) {
        if (!member.reachable || member.state != "READY"_L1)
            continue;
        answer = tell(member, u"cancel"_s, {{u"node"_s, name}});
        if (answer)
            break;
    }
    return answer;
}

ExitCode cancel(const Invocation& in)
{
    const QString name = in.arguments.value(0);
    const auto nodes = progressOfAll(in);
    if (!nodes)
        return fail(nodes.error(), in.json);
    const auto changing = changingOf(*nodes, name);
    if (!changing)
        return fail(ExitCode::Conflict, u"conflict"_s,
                    u"There is nothing to take back: %1 does not change."_s.arg(name.isEmpty() ? u"the ring"_s
                                                                                               : name),
                    in.json);
    const auto told =
        changing->kind == "remove"_L1 ? cancelRemoval(in, changing->node) : cancelAt(in, changing->node);
    if (!told)
        return fail(told.error(), in.json);
    if (in.json)
        printJson({{u"node"_s, changing->node}, {u"act"_s, u"cancel"_s}, {u"outcome"_s, u"done"_s}});
    else
        print(u"%1 goes back to what it was before (%2)."_s.arg(changing->node, changing->kind));
    return ExitCode::Ok;
}

QCommandLineOption dirOption(const QString& what)
{
    return {u"dir"_s, what, u"DIR"_s};
}

const QString seeAndAsk =
    u"Shows the plan, asks, and shows how far it is until it is over. Ctrl-C leaves it going. Exit code 1 "
    "where it was\ntaken back, 6 where another change is under way."_s;

const QString costsNeedForce =
    u" Refused (6), without\n--force, where keys lose their data, a quorum or a replica by it for good."_s;

QList<Command> planningCommands()
{
    return {{u"cluster plan"_s,
             {},
             0,
             u"Show what changes of the ring would do; nothing is changed."_s,
             u"Load before and after, what moves from whom to whom, how long it takes, and whether a quorum "
             "is at risk or\nthe change would wait for a member that is away (exit code 4). Options may be "
             "repeated."_s,
             QList<QCommandLineOption>{
                 {u"join"_s, u"A node joins; it need not be there yet."_s, u"NODE"_s},
                 {u"leave"_s, u"A living member leaves."_s, u"NODE"_s},
                 {u"remove"_s, u"A dead member is removed."_s, u"NODE"_s},
                 {u"move"_s, u"A member moves to the tokens of --at."_s, u"NODE"_s},
                 {u"replace"_s, u"A new node takes over a dead one's tokens."_s, u"OLD=NEW"_s},
                 {u"rebalance"_s, u"After all that, members move until the load is even."_s}} +
                 placeOptions(),
             plan},
            {u"cluster progress"_s,
             {},
             0,
             u"Show what change of the ring is under way, and how far."_s,
             {},
             {},
             progress},
            {u"cluster cancel"_s,
             u"[NODE]"_s,
             0,
             u"Take back a change of the ring that is not over yet."_s,
             u"Joining, leaving, moving and a removal can be taken back until they are over."_s,
             {},
             cancel,
             1}};
}

} // namespace

QList<Command> changeCommands()
{
    return planningCommands() + rebalanceCommands() +
           QList<Command>{
               {u"cluster join"_s, u"[NODE]"_s, 0,
                u"Let a node that waits (ringnode --standby) join the ring."_s, seeAndAsk,
                placeOptions() + actOptions() +
                    QList<QCommandLineOption>{
                        dirOption(u"Start one more node of this cluster on this machine."_s)},
                join, 1},
               {u"cluster leave"_s, u"NODE"_s, 1, u"Let a member give its data to the others and leave."_s,
                seeAndAsk + costsNeedForce,
                actOptions() + QList<QCommandLineOption>{forceOption(
                                   u"Although keys lose a quorum or a replica by it, as the plan says."_s)},
                leave},
               {u"cluster remove"_s, u"NODE"_s, 1,
                u"Remove a dead member for good; the others rebuild what it held."_s,
                u"A majority of the ring's members has to say that it cannot be reached. If it returns "
                u"alive, it "
                "gives back what it\nholds before it ends; until then, for a day at most (ringnode "
                "--removed-may-return), no tombstone is reaped.\n"_s +
                    seeAndAsk + costsNeedForce,
                actOptions() +
                    QList<QCommandLineOption>{
                        forceOption(
                            u"Without a majority, or whatever it costs by the plan: what only it took may be lost."_s),
                        {u"lost"_s,
                         u"It is REMOVED, and its disk is lost: wait for nothing that it holds."_s}},
                remove},
               {u"cluster replace"_s, u"NODE"_s, 1,
                u"Let a new node take over the tokens of a dead member."_s, seeAndAsk,
                actOptions() +
                    QList<QCommandLineOption>{
                        {u"with"_s, u"The node that waits, started with --standby --replace."_s, u"NEW"_s},
                        forceOption(
                            u"Without a majority that cannot reach it, or where it has the last copy: what "
                            "only it has taken is lost unless it returns."_s),
                        dirOption(u"Start one more node of this cluster on this machine for it."_s)},
                replace},
               {u"cluster move"_s, u"NODE"_s, 1, u"Move a member to other tokens."_s, seeAndAsk,
                actOptions() + QList<QCommandLineOption>{atOption()}, move}};
}

} // namespace ringmaster::ctl
