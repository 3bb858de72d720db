// SPDX-License-Identifier: GPL-3.0-or-later
// cluster start, stop, status: ringnode processes on this machine.
#include "app/ringctl/command.h"
#include "app/ringctl/interrupt.h"
#include "app/ringctl/output.h"
#include "nodecore/supervise/cluster_file.h"
#include "nodecore/supervise/cluster_folder.h"
#include "nodecore/supervise/local_cluster.h"

#include <QEventLoop>
#include <QJsonArray>
#include <QTimer>

#include <algorithm>
#include <cstdio>

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

namespace {

constexpr int peerPortsBelow = 1000; // node i meets its peers on its HTTP port minus this

Result<QString> folderFrom(const Invocation& in)
{
    const QString folder = in.isSet(u"dir"_s) ? in.value(u"dir"_s) : defaultClusterFolder();
    if (!folder.isEmpty())
        return folder;
    return failure(
        ErrorCode::Malformed,
        in.isSet(u"dir"_s)
            ? u"--dir names no folder."_s
            : u"There is no home folder to put a cluster into: $HOME is not set. Say where with --dir."_s);
}

QString stateName(NodeProcess::State state)
{
    switch (state) {
    case NodeProcess::State::Stopped:
        return u"stopped"_s;
    case NodeProcess::State::Starting:
        return u"starting"_s;
    case NodeProcess::State::Serving:
        return u"serving"_s;
    case NodeProcess::State::Stopping:
        return u"stopping"_s;
    case NodeProcess::State::Died:
        break;
    }
    return u"died"_s;
}

QJsonObject clusterJson(const LocalCluster& cluster)
{
    QJsonArray nodes;
    for (const NodeProcess* node : cluster.nodes())
        nodes.append(QJsonObject{{u"name"_s, node->spec().name},
                                 {u"url"_s, u"http://"_s + node->spec().httpAddress},
                                 {u"state"_s, stateName(node->state())},
                                 {u"pid"_s, node->pid()},
                                 {u"log"_s, node->logFile()}});
    return {{u"dir"_s, cluster.spec().folder}, {u"cluster"_s, cluster.spec().cluster}, {u"nodes"_s, nodes}};
}

void printCluster(const LocalCluster& cluster)
{
    QList<QStringList> rows;
    for (const NodeProcess* node : cluster.nodes())
        rows.append({node->spec().name, stateName(node->state()), u"http://"_s + node->spec().httpAddress,
                     node->pid() == 0 ? u"-"_s : QString::number(node->pid()), node->logFile()});
    print(table({u"NODE"_s, u"STATE"_s, u"ADDRESS"_s, u"PID"_s, u"LOG"_s}, rows, {3}));
}

void printHints(const LocalCluster& cluster, bool detached)
{
    const QString first = cluster.urls().first().authority();
    const QString last = cluster.urls().last().authority();
    print(u"\nThree commands to try:\n"
          "  curl -X PUT --data-binary hello %1/api/v1/kv/greeting\n"
          "  curl %2/api/v1/kv/greeting\n"
          "  ringctl --url http://%1 status\n"_s.arg(first, last));
    if (detached)
        print(u"The nodes go on. Stop them with: ringctl cluster stop --dir \"%1\""_s.arg(
            cluster.spec().folder));
    else
        print(u"Ctrl-C stops the nodes."_s);
}

// The options that are passed on to every node.
Result<QStringList> nodeArguments(const Invocation& in)
{
    QStringList arguments;
    struct Number {
        QString name;
        int least;
        int most;
    };
    const QList<Number> numbers{{u"replicas"_s, 1, 100},
                                {u"read-quorum"_s, 1, 100},
                                {u"write-quorum"_s, 1, 100},
                                {u"transfer-limit"_s, 0, 1024 * 1024}};
    for (const auto& [name, least, most] : numbers) {
        if (!in.isSet(name))
            continue;
        const auto value = in.intValue(name, least, most);
        if (!value)
            return tl::make_unexpected(value.error());
        arguments << u"--"_s + name << QString::number(*value);
    }
    if (in.isSet(u"partitioner"_s))
        arguments << u"--partitioner"_s << in.value(u"partitioner"_s);
    return arguments;
}

Result<LocalClusterSpec> specFrom(const Invocation& in)
{
    const auto nodes = in.intValue(u"nodes"_s, 1, ClusterFile::maxNodes);
    const auto basePort = in.intValue(u"base-port"_s, 0, 65000);
    if (!nodes || !basePort)
        return tl::make_unexpected(nodes ? basePort.error() : nodes.error());
    auto arguments = nodeArguments(in);
    if (!arguments)
        return tl::make_unexpected(arguments.error());
    const auto folder = folderFrom(in);
    if (!folder)
        return tl::make_unexpected(folder.error());
    LocalClusterSpec spec;
    spec.folder = *folder;
    spec.nodes = *nodes;
    spec.basePort = *basePort;
    spec.peerBasePort = *basePort > peerPortsBelow ? *basePort - peerPortsBelow : 0;
    spec.extraArguments = *arguments;
    spec.program = in.value(u"program"_s);
    return spec;
}

// A folder that holds a cluster keeps it as it is; who asks for another one is told so.
Result<void> checkAgainst(const Invocation& in, const LocalClusterSpec& wanted, const ClusterFile& there)
{
    const bool differs = (in.isSet(u"nodes"_s) && wanted.nodes != there.nodes.size()) ||
                         (in.isSet(u"base-port"_s) && wanted.basePort != there.basePort) ||
                         (!wanted.extraArguments.isEmpty() && wanted.extraArguments != there.arguments);
    if (!differs)
        return {};
    return failure(ErrorCode::Conflict,
                   u"%1 holds a cluster of %2 on base port %3 with other settings than those asked for. "
                   u"Start it without "
                   "these options, or choose another folder with --dir. Nothing was changed."_s
                       .arg(wanted.folder, counted(there.nodes.size(), u"node"_s))
                       .arg(there.basePort));
}

Result<std::unique_ptr<LocalCluster>> openForStart(const Invocation& in)
{
    auto spec = specFrom(in);
    if (!spec)
        return tl::make_unexpected(spec.error());
    const auto there = ClusterFile::read(spec->folder);
    if (!there)
        return tl::make_unexpected(there.error());
    if (*there) {
        if (auto fits = checkAgainst(in, *spec, **there); !fits)
            return tl::make_unexpected(fits.error());
    }
    return LocalCluster::open(*spec);
}

// For stop and status: a folder without a cluster is an error and stays as it is.
Result<std::unique_ptr<LocalCluster>> openExisting(const Invocation& in)
{
    const auto folder = folderFrom(in);
    if (!folder)
        return tl::make_unexpected(folder.error());
    LocalClusterSpec spec;
    spec.folder = *folder;
    const auto there = ClusterFile::read(spec.folder);
    if (!there)
        return tl::make_unexpected(there.error());
    if (!*there)
        return failure(ErrorCode::Absent,
                       u"There is no cluster in %1. Say where it is with --dir."_s.arg(spec.folder));
    return LocalCluster::open(spec);
}

void stopAndWait(LocalCluster& cluster)
{
    QEventLoop loop;
    QObject::connect(&cluster, &LocalCluster::stopped, &loop, &QEventLoop::quit);
    cluster.stopAll();
    loop.exec();
}

enum class StartOutcome { Serving, Failed, Interrupted };

StartOutcome startAndWait(LocalCluster& cluster, Interrupt& interrupt, QString* problem)
{
    QEventLoop loop;
    auto outcome = StartOutcome::Interrupted;
    QObject::connect(&cluster, &LocalCluster::allServing, &loop, [&] {
        outcome = StartOutcome::Serving;
        loop.quit();
    });
    QObject::connect(&cluster, &LocalCluster::startFailed, &loop, [&](const QString& message) {
        outcome = StartOutcome::Failed;
        *problem = message;
        loop.quit();
    });
    QObject::connect(&interrupt, &Interrupt::interrupted, &loop, &QEventLoop::quit);
    cluster.startAll();
    loop.exec();
    return outcome;
}

// Until Ctrl-C. A node that dies is said, and left to whoever looks after the cluster.
void watchUntilInterrupted(LocalCluster& cluster, Interrupt& interrupt)
{
    QEventLoop loop;
    for (NodeProcess* node : cluster.nodes()) {
        QObject::connect(node, &NodeProcess::stateChanged, &loop, [node](NodeProcess::State state) {
            note(state == NodeProcess::State::Died ? node->lastProblem()
                                                   : u"%1 is %2"_s.arg(node->spec().name, stateName(state)));
        });
    }
    QObject::connect(&interrupt, &Interrupt::interrupted, &loop, &QEventLoop::quit);
    loop.exec();
}

ExitCode start(const Invocation& in)
{
    auto cluster = openForStart(in);
    if (!cluster)
        return fail(cluster.error(), in.json);
    LocalCluster& local = **cluster;
    for (NodeProcess* node : local.nodes())
        node->adoptRunning();
    const bool wasRunning = local.anyRunning();
    Interrupt interrupt;
    QString problem;
    const StartOutcome outcome = startAndWait(local, interrupt, &problem);
    if (outcome != StartOutcome::Serving) {
        if (outcome == StartOutcome::Interrupted)
            problem = u"Interrupted before all nodes served."_s;
        // Others may rely on nodes that ran before.
        problem += wasRunning ? u"\nThe other nodes go on."_s : u"\nThe nodes are stopped."_s;
        if (!wasRunning)
            stopAndWait(local);
        return fail(ExitCode::Failed, u"failed"_s, problem, in.json);
    }
    const bool detach = in.isSet(u"detach"_s);
    if (in.json) {
        printJson(clusterJson(local));
    } else {
        print(
            u"%1 in %2"_s.arg(counted(local.nodes().size(), u"node"_s) + u" serving"_s, local.spec().folder));
        printCluster(local);
        printHints(local, detach);
    }
    std::fflush(stdout);
    if (detach)
        return ExitCode::Ok;
    watchUntilInterrupted(local, interrupt);
    note(u"stopping the nodes"_s);
    stopAndWait(local);
    return ExitCode::Ok;
}

ExitCode stop(const Invocation& in)
{
    auto cluster = openExisting(in);
    if (!cluster)
        return fail(cluster.error(), in.json);
    stopAndWait(**cluster);
    if (in.json)
        printJson(clusterJson(**cluster));
    else
        print(u"no node of %1 runs any more"_s.arg((*cluster)->spec().folder));
    return ExitCode::Ok;
}

// Waits until each node that runs has said whether it serves, but not for long.
void settle(LocalCluster& cluster)
{
    QEventLoop loop;
    const auto quitWhenKnown = [&] {
        const auto& nodes = cluster.nodes();
        if (std::none_of(nodes.begin(), nodes.end(), [](const NodeProcess* node) {
                return node->state() == NodeProcess::State::Starting;
            }))
            loop.quit();
    };
    for (NodeProcess* node : cluster.nodes()) {
        node->adoptRunning();
        QObject::connect(node, &NodeProcess::stateChanged, &loop, quitWhenKnown);
    }
    QTimer::singleShot(std::chrono::seconds(2), &loop, &QEventLoop::quit);
    QMetaObject::invokeMethod(&loop, quitWhenKnown, Qt::QueuedConnection);
    loop.exec();
}

ExitCode status(const Invocation& in)
{
    auto cluster = openExisting(in);
    if (!cluster)
        return fail(cluster.error(), in.json);
    settle(**cluster);
    if (in.json)
        printJson(clusterJson(**cluster));
    else
        printCluster(**cluster);
    const auto& nodes = (*cluster)->nodes();
    const bool allServe = std::all_of(nodes.begin(), nodes.end(), [](const NodeProcess* node) {
        return node->state() == NodeProcess::State::Serving;
    });
    return allServe ? ExitCode::Ok : ExitCode::Failed;
}

} // namespace

QList<Command> clusterCommands()
{
    const QCommandLineOption dir(
        u"dir"_s,
        u"The cluster's folder (default: %1)."_s.arg(
            defaultClusterFolder().isEmpty() ? u"none, for $HOME is not set"_s : defaultClusterFolder()),
        u"DIR"_s);
    return {
        {u"cluster start"_s,
         {},
         0,
         u"Start a cluster on this machine."_s,
         u"Stays in the foreground until Ctrl-C, which stops the nodes; --detach leaves them running. Node i "
         u"serves "
         "HTTP on\nport P+i. A folder that holds a cluster already is started again, with its data."_s,
         {dir,
          {u"nodes"_s, u"How many (default 3)."_s, u"N"_s, u"3"_s},
          {u"base-port"_s, u"P (default 8100; 0: free ports)."_s, u"P"_s, u"8100"_s},
          {u"replicas"_s, u"N, how many nodes hold each key."_s, u"N"_s},
          {u"read-quorum"_s, u"R, how many must answer a read."_s, u"R"_s},
          {u"write-quorum"_s, u"W, how many must take a write."_s, u"W"_s},
          {u"transfer-limit"_s, u"MiB a second that a node may copy to and from others (0: no limit)."_s,
           u"MIB"_s},
          {u"partitioner"_s, u"md5 or md5-mod-10000."_s, u"NAME"_s},
          {u"program"_s, u"The ringnode to run (default: beside this program, else in PATH)."_s, u"FILE"_s},
          {u"detach"_s, u"Return when all nodes serve, and leave them running."_s}},
         start,
         0,
         false},
        {u"cluster stop"_s,
         {},
         0,
         u"Stop the nodes of a cluster on this machine."_s,
         u"They end cleanly; what does not end in 10 s is killed."_s,
         {dir},
         stop,
         0,
         false},
        {u"cluster status"_s,
         {},
         0,
         u"Show the processes of a cluster on this machine."_s,
         u"Exit code 1 unless all of them serve."_s,
         {dir},
         status,
         0,
         false}};
}

} // namespace ringmaster::ctl
