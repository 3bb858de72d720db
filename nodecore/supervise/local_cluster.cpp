// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/supervise/local_cluster.h"

#include "nodecore/client/cluster_picture.h"
#include "nodecore/supervise/cluster_file.h"
#include "nodecore/supervise/folder_access.h"
#include "nodecore/supervise/ports.h"

#include <QCoreApplication>
#include <QDir>
#include <QStandardPaths>
#include <QTimer>

#include <algorithm>

namespace ringmaster {

using namespace Qt::StringLiterals;

namespace {

constexpr std::chrono::seconds startTimeout{60}; // for one node: it may have much to recover
constexpr int lastPort = 65535;

QString findProgram(const QString& given)
{
    if (!given.isEmpty())
        return given;
    const QString beside = QDir(QCoreApplication::applicationDirPath()).filePath(u"ringnode"_s);
    if (QFileInfo(beside).isExecutable())
        return beside;
    const QString found = QStandardPaths::findExecutable(u"ringnode"_s);
    return found.isEmpty() ? u"ringnode"_s : found;
}

QString loopback(int port)
{
    return u"127.0.0.1:%1"_s.arg(port);
}

// The node of that number, from 1, with its ports.
Result<ClusterFile::Node> newNode(const LocalClusterSpec& spec, int number)
{
    const QString name = u"n%1"_s.arg(number);
    if (spec.basePort == 0 || spec.peerBasePort == 0) {
        const QList<int> ports = freePorts(2);
        if (ports.size() < 2)
            return failure(ErrorCode::Unavailable, u"This machine has no free ports left."_s);
        return ClusterFile::Node{name, loopback(ports.at(0)), loopback(ports.at(1))};
    }
    if (spec.basePort + number > lastPort || spec.peerBasePort + number > lastPort)
        return failure(
            ErrorCode::Malformed,
            u"Node %1 would need a port above %2. Choose a lower base port."_s.arg(name).arg(lastPort));
    return ClusterFile::Node{name, loopback(spec.basePort + number), loopback(spec.peerBasePort + number)};
}

Result<ClusterFile> newFile(const LocalClusterSpec& spec)
{
    if (spec.nodes < 1 || spec.nodes > ClusterFile::maxNodes)
        return failure(
            ErrorCode::Malformed,
            u"A local cluster has 1 to %1 nodes, not %2."_s.arg(ClusterFile::maxNodes).arg(spec.nodes));
    ClusterFile file{spec.cluster, spec.basePort, spec.peerBasePort, spec.extraArguments, {}};
    // Free ports are chosen all at once, for one that was found and let go may be found again.
    const bool anyPorts = spec.basePort == 0 || spec.peerBasePort == 0;
    const QList<int> ports = anyPorts ? freePorts(2 * spec.nodes) : QList<int>();
    for (int i = 1; i <= spec.nodes; ++i) {
        if (ports.size() >= 2 * i) {
            file.nodes.append(
                {u"n%1"_s.arg(i), loopback(ports.at(2 * i - 2)), loopback(ports.at(2 * i - 1))});
            continue;
        }
        auto node = newNode(spec, i);
        if (!node)
            return tl::make_unexpected(node.error());
        file.nodes.append(*node);
    }
    return file;
}

} // namespace

class LocalCluster::Impl {
public:
    Impl(LocalClusterSpec clusterSpec, ClusterFile clusterFile)
        : spec(std::move(clusterSpec))
        , file(std::move(clusterFile))
        , program(findProgram(spec.program))
    {
        startTimer.setSingleShot(true);
        startTimer.setInterval(startTimeout);
    }

    void attach(LocalCluster* self);
    void startAll();
    void stopAll();
    Result<NodeProcess*> addNode(const QStringList& arguments);
    int nextNumber() const;
    bool anyRunning() const;

    LocalClusterSpec spec;
    ClusterFile file;
    QString program;
    QList<NodeProcess*> nodes;

private:
    NodeProcess* make(const ClusterFile::Node& node, const QStringList& arguments = {});
    void nodeChanged(NodeProcess* node);
    void startNext();
    void startFailed(const QString& message);
    void reportStopped();

    LocalCluster* q = nullptr;
    QTimer startTimer;
    QList<NodeProcess*> startOrder;
    int starting = -1; // the node that is waited for, in startOrder; -1: none is
    bool stopping = false;
};

void LocalCluster::Impl::attach(LocalCluster* self)
{
    q = self;
    QObject::connect(&startTimer, &QTimer::timeout, q, [this] {
        const NodeProcess* node = startOrder.at(starting);
        startFailed(u"%1 runs, but does not serve after %2 s. Its log is %3."_s.arg(node->spec().name)
                        .arg(startTimeout.count())
                        .arg(node->logFile()));
    });
    for (const ClusterFile::Node& node : file.nodes)
        make(node);
}

NodeProcess* LocalCluster::Impl::make(const ClusterFile::Node& node, const QStringList& arguments)
{
    NodeProcessSpec process;
    process.name = node.name;
    process.folder = QDir(spec.folder).filePath(node.name);
    process.httpAddress = node.http;
    process.peerAddress = node.peer;
    // Those before it, and whoever has run: the first of all begins the cluster, but where its folder was
    // lost since then it comes back to the others.
    bool isBefore = true;
    for (const ClusterFile::Node& other : file.nodes) {
        if (other.name == node.name)
            isBefore = false;
        else if (isBefore || holdsData(QDir(spec.folder).filePath(other.name)))
            process.join.append(other.peer);
    }
    // A cluster on one machine is there to be tried out.
    process.extraArguments =
        QStringList{u"--cluster"_s, file.cluster, u"--enable-fault-injection"_s} + file.arguments + arguments;
    auto* made = new NodeProcess(process, program, q);
    nodes.append(made);
    QObject::connect(made, &NodeProcess::stateChanged, q, [this, made] { nodeChanged(made); });
    return made;
}

void LocalCluster::Impl::startAll()
{
    stopping = false;
    if (starting >= 0)
        return;
    // Those that run are found at once, before the first that does not is waited for.
    for (NodeProcess* node : std::as_const(nodes))
        node->adoptRunning();
    // Who has lost its folder waits for the others to show it the ring.
    startOrder = nodes;
    std::stable_partition(startOrder.begin(), startOrder.end(),
                          [](const NodeProcess* node) { return holdsData(node->spec().folder); });
    starting = 0;
    startNext();
}

void LocalCluster::Impl::startNext()
{
    if (starting < 0)
        return; // stopped meanwhile
    while (starting < startOrder.size() && startOrder.at(starting)->state() == NodeProcess::State::Serving)
        ++starting;
    if (starting >= startOrder.size()) {
        for (const NodeProcess* node : std::as_const(nodes)) {
            if (node->state() == NodeProcess::State::Died) { // since it was waited for
                startFailed(node->lastProblem());
                return;
            }
        }
        starting = -1;
        startTimer.stop();
        QMetaObject::invokeMethod(q, &LocalCluster::allServing, Qt::QueuedConnection);
        return;
    }
    startTimer.start();
    startOrder.at(starting)->start();
}

void LocalCluster::Impl::startFailed(const QString& message)
{
    starting = -1;
    startTimer.stop();
    QMetaObject::invokeMethod(
        q, [self = q, message] { Q_EMIT self->startFailed(message); }, Qt::QueuedConnection);
}

void LocalCluster::Impl::nodeChanged(NodeProcess* node)
{
    using State = NodeProcess::State;
    const State state = node->state();
    if (starting >= 0 && startOrder.at(starting) == node) {
        if (state == State::Serving) // queued, so that all hear of this node before the next one begins
            QMetaObject::invokeMethod(
                q, [this] { startNext(); }, Qt::QueuedConnection);
        else if (state == State::Died)
            startFailed(node->lastProblem());
        else if (state ==
                 State::Stopped) // was still ending when it was adopted, or was stopped by another program
            node->start();
    }
    if (stopping && !anyRunning())
        reportStopped();
}

void LocalCluster::Impl::stopAll()
{
    stopping = true;
    starting = -1;
    startTimer.stop();
    for (NodeProcess* node : std::as_const(nodes)) {
        node->adoptRunning();
        node->terminate();
    }
    if (!anyRunning())
        reportStopped();
}

void LocalCluster::Impl::reportStopped()
{
    stopping = false;
    QMetaObject::invokeMethod(q, &LocalCluster::stopped, Qt::QueuedConnection);
}

bool LocalCluster::Impl::anyRunning() const
{
    return std::any_of(nodes.begin(), nodes.end(), [](const NodeProcess* node) { return node->pid() != 0; });
}

int LocalCluster::Impl::nextNumber() const
{
    int number = static_cast<int>(nodes.size()) + 1;
    while (q->node(u"n%1"_s.arg(number)) != nullptr)
        ++number;
    return number;
}

Result<NodeProcess*> LocalCluster::Impl::addNode(const QStringList& arguments)
{
    LocalClusterSpec withPorts = spec;
    withPorts.basePort = file.basePort;
    withPorts.peerBasePort = file.peerBasePort;
    auto added = newNode(withPorts, nextNumber());
    if (!added)
        return tl::make_unexpected(added.error());
    ClusterFile next = file;
    next.nodes.append(*added);
    if (auto written = next.write(spec.folder); !written)
        return tl::make_unexpected(written.error());
    file = next;
    spec.nodes = static_cast<int>(file.nodes.size());
    NodeProcess* node = make(*added, arguments);
    Q_EMIT q->nodeAdded(node);
    node->start();
    return node;
}

LocalCluster::LocalCluster(std::unique_ptr<Impl> impl)
    : m_impl(std::move(impl))
{
    m_impl->attach(this);
}

LocalCluster::~LocalCluster() = default;

Result<std::unique_ptr<LocalCluster>> LocalCluster::open(LocalClusterSpec spec)
{
    spec.folder = QDir::cleanPath(QDir(spec.folder).absolutePath());
    auto existing = ClusterFile::read(spec.folder);
    if (!existing)
        return tl::make_unexpected(existing.error());
    ClusterFile file;
    if (*existing) {
        file = **existing;
    } else {
        if (auto made = makeFolder(spec.folder); !made)
            return tl::make_unexpected(made.error());
        if (!QDir(spec.folder).isEmpty())
            return failure(ErrorCode::Foreign,
                           u"The folder %1 holds other things and no cluster. Nothing was changed: "
                           "choose an empty folder or a new one."_s.arg(spec.folder));
        auto made = newFile(spec);
        if (!made)
            return tl::make_unexpected(made.error());
        file = *made;
        if (auto written = file.write(spec.folder); !written)
            return tl::make_unexpected(written.error());
    }
    spec.cluster = file.cluster;
    spec.nodes = static_cast<int>(file.nodes.size());
    spec.basePort = file.basePort;
    spec.peerBasePort = file.peerBasePort;
    spec.extraArguments = file.arguments;
    return std::unique_ptr<LocalCluster>(
        new LocalCluster(std::make_unique<Impl>(std::move(spec), std::move(file))));
}

const LocalClusterSpec& LocalCluster::spec() const
{
    return m_impl->spec;
}

const QList<NodeProcess*>& LocalCluster::nodes() const
{
    return m_impl->nodes;
}

NodeProcess* LocalCluster::node(const QString& name) const
{
    for (NodeProcess* node : m_impl->nodes) {
        if (node->spec().name == name)
            return node;
    }
    return nullptr;
}

QList<QUrl> LocalCluster::urls() const
{
    QList<QUrl> urls;
    for (const NodeProcess* node : m_impl->nodes)
        urls.append(urlOfAddress(node->spec().httpAddress));
    return urls;
}

void LocalCluster::startAll()
{
    m_impl->startAll();
}

void LocalCluster::stopAll()
{
    m_impl->stopAll();
}

Result<NodeProcess*> LocalCluster::addNode(const QStringList& arguments)
{
    return m_impl->addNode(arguments);
}

QString LocalCluster::nextName() const
{
    return u"n%1"_s.arg(m_impl->nextNumber());
}

bool LocalCluster::anyRunning() const
{
    return m_impl->anyRunning();
}

} // namespace ringmaster
