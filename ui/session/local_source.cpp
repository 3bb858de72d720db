// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/local_source.h"

#include "ui/session/free_ports.h"

#include <QDir>
#include <QFileInfo>

namespace ringmaster {

LocalSource::LocalSource(LocalClusterSpec spec, QObject* parent)
    : ClusterSource(parent)
    , m_spec(std::move(spec))
    , m_client({})
    , m_port(m_client)
{}

LocalSource::~LocalSource() = default;

qint64 LocalSource::snapshotAgeMs() const
{
    return m_sinceSnapshot.isValid() ? m_sinceSnapshot.elapsed() : 0;
}

QList<ProcessFacts> LocalSource::processes() const
{
    QList<ProcessFacts> facts;
    if (!m_cluster)
        return facts;
    for (const NodeProcess* node : m_cluster->nodes()) {
        const QElapsedTimer since = m_sinceState.value(node->spec().name);
        facts.append({node->spec().name, node->state(), since.isValid() ? since.elapsed() : 0,
                      node->spec().httpAddress, node->logFile(), node->lastProblem()});
    }
    return facts;
}

void LocalSource::start()
{
    if (!m_cluster && !open())
        return;
    setPhase(Phase::Starting);
    m_cluster->startAll();
}

bool LocalSource::open()
{
    const bool fresh = !QFileInfo::exists(QDir(m_spec.folder).filePath(QStringLiteral("cluster.json")));
    if (fresh && m_spec.basePort > 0 && !portsAreFree({m_spec.basePort, m_spec.peerBasePort}, m_spec.nodes)) {
        m_spec.basePort = 0;
        m_spec.peerBasePort = 0;
    }
    Result<std::unique_ptr<LocalCluster>> opened = LocalCluster::open(m_spec);
    if (!opened) {
        setPhase(Phase::Failed, opened.error().message);
        return false;
    }
    m_cluster = std::move(*opened);
    m_spec = m_cluster->spec();
    for (NodeProcess* node : m_cluster->nodes())
        watch(node);
    connect(m_cluster.get(), &LocalCluster::nodeAdded, this, &LocalSource::watch);
    connect(m_cluster.get(), &LocalCluster::allServing, this, [this] { setPhase(Phase::Running); });
    connect(m_cluster.get(), &LocalCluster::startFailed, this,
            [this](const QString& message) { setPhase(Phase::Failed, message); });
    connect(m_cluster.get(), &LocalCluster::stopped, this, [this] {
        if (m_phase == Phase::Stopping)
            setPhase(Phase::Stopped);
    });
    follow();
    return true;
}

void LocalSource::watch(NodeProcess* node)
{
    m_sinceState[node->spec().name].start();
    connect(node, &NodeProcess::stateChanged, this, [this, name = node->spec().name] {
        m_sinceState[name].start();
        // The other nodes need a while to notice; this program already knows.
        m_snapshot = withProcesses(m_view ? m_view->snapshot() : m_snapshot, processes());
        if (m_view)
            m_view->refresh();
        Q_EMIT changed();
    });
    if (m_view)
        m_view->addSeeds(m_cluster->urls());
    Q_EMIT changed();
}

void LocalSource::follow()
{
    m_view = std::make_unique<ClusterView>(m_cluster->urls());
    m_client.setNodes(m_cluster->urls());
    connect(m_view.get(), &ClusterView::changed, this, [this](const ClusterSnapshot& snapshot) {
        m_sinceSnapshot.start();
        m_snapshot = withProcesses(snapshot, processes());
        const QList<QUrl> urls = m_view->nodeUrls();
        m_client.setNodes(urls.isEmpty() ? m_cluster->urls() : urls);
        Q_EMIT changed();
    });
    m_view->start();
}

void LocalSource::stopNode(const QString& name)
{
    if (NodeProcess* node = nodeNamed(name))
        node->terminate();
}

void LocalSource::killNode(const QString& name)
{
    if (NodeProcess* node = nodeNamed(name))
        node->kill();
}

void LocalSource::restartNode(const QString& name)
{
    if (NodeProcess* node = nodeNamed(name))
        node->restart();
}

void LocalSource::addNode()
{
    if (!m_cluster)
        return;
    const Result<NodeProcess*> added = m_cluster->addNode();
    if (!added)
        Q_EMIT refused(added.error().message);
}

void LocalSource::stopAll()
{
    if (!m_cluster || !m_cluster->anyRunning())
        return setPhase(Phase::Stopped);
    setPhase(Phase::Stopping);
    m_cluster->stopAll();
}

void LocalSource::setPhase(Phase phase, const QString& problem)
{
    m_phase = phase;
    m_problem = problem;
    Q_EMIT changed();
}

NodeProcess* LocalSource::nodeNamed(const QString& name) const
{
    return m_cluster ? m_cluster->node(name) : nullptr;
}

} // namespace ringmaster
