// SPDX-License-Identifier: GPL-3.0-or-later
// A cluster of processes on this machine, started and watched by the window.
#pragma once

#include "nodecore/client/cluster_view.h"
#include "nodecore/supervise/local_cluster.h"
#include "ui/session/cluster_source.h"

#include <QElapsedTimer>
#include <QHash>

namespace ringmaster {

class LocalSource : public ClusterSource {
    Q_OBJECT
public:
    // Opens the folder at start(); ports that are taken are replaced by free ones where the folder is new.
    explicit LocalSource(LocalClusterSpec spec, QObject* parent = nullptr);
    ~LocalSource() override; // the nodes go on

    Phase phase() const override { return m_phase; }
    QString problem() const override { return m_problem; }
    QString place() const override { return m_spec.folder; }
    const ClusterSnapshot& snapshot() const override { return m_snapshot; }
    qint64 snapshotAgeMs() const override;
    QList<ProcessFacts> processes() const override;
    bool managesProcesses() const override { return true; }
    KeyValuePort& port() override { return m_port; }

    void start() override;
    void stopNode(const QString& name) override;
    void killNode(const QString& name) override;
    void restartNode(const QString& name) override;
    void addNode() override;
    void stopAll() override;

private:
    bool open();
    void watch(NodeProcess* node);
    void follow();
    void setPhase(Phase phase, const QString& problem = {});
    NodeProcess* nodeNamed(const QString& name) const;

    LocalClusterSpec m_spec;
    Phase m_phase = Phase::Starting;
    QString m_problem;
    std::unique_ptr<LocalCluster> m_cluster;
    std::unique_ptr<ClusterView> m_view;
    NodeClient m_client;
    NodeClientPort m_port;
    ClusterSnapshot m_snapshot;
    QElapsedTimer m_sinceSnapshot;
    QHash<QString, QElapsedTimer> m_sinceState; // by node
};

} // namespace ringmaster
