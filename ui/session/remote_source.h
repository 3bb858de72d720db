// SPDX-License-Identifier: GPL-3.0-or-later
// A cluster that runs elsewhere: it is followed, never started or stopped.
#pragma once

#include "nodecore/client/cluster_view.h"
#include "ui/session/cluster_source.h"

#include <QElapsedTimer>

namespace ringmaster {

class RemoteSource : public ClusterSource {
    Q_OBJECT
public:
    explicit RemoteSource(QUrl seed, QObject* parent = nullptr);

    Phase phase() const override { return m_everConnected ? Phase::Running : Phase::Starting; }
    QString problem() const override { return m_snapshot.problem; }
    QString place() const override { return m_seed.toDisplayString(); }
    const ClusterSnapshot& snapshot() const override { return m_snapshot; }
    qint64 snapshotAgeMs() const override;
    QList<ProcessFacts> processes() const override { return {}; }
    bool managesProcesses() const override { return false; }
    KeyValuePort& port() override { return m_port; }

    void start() override;
    void stopNode(const QString& name) override;
    void killNode(const QString& name) override;
    void restartNode(const QString& name) override;
    void addNode() override;
    void stopAll() override;

private:
    void refuse();

    QUrl m_seed;
    ClusterView m_view;
    NodeClient m_client;
    NodeClientPort m_port;
    ClusterSnapshot m_snapshot;
    QElapsedTimer m_sinceSnapshot;
    bool m_everConnected = false;
};

} // namespace ringmaster
