// SPDX-License-Identifier: GPL-3.0-or-later
// A cluster of ringnode processes on this machine, kept in one folder: DIR/cluster.json says which nodes
// there are, DIR/<name>/ is each node's own folder. Nodes are started one after another, each when the one
// before it serves, so that they join in order. Whoever opens the folder again finds the nodes that still
// run.
#pragma once

#include "nodecore/supervise/node_process.h"

#include <QList>
#include <QObject>
#include <QUrl>

#include <memory>

namespace ringmaster {

struct LocalClusterSpec {
    QString folder;
    QString cluster = QStringLiteral("local");
    int nodes = 3;
    int basePort = 8100;     // node i serves HTTP on basePort + i, i from 1
    int peerBasePort = 7100; // and peers on peerBasePort + i. 0 for both: free ports, chosen once and kept
    QStringList extraArguments;
    QString program; // ringnode; empty: beside this program, else in PATH
};

class LocalCluster : public QObject {
    Q_OBJECT
public:
    // Reads DIR/cluster.json where there is one (its nodes and ports then win over the spec's), else writes
    // it. Fails, changing nothing, where the folder cannot be used or holds something else.
    [[nodiscard]] static Result<std::unique_ptr<LocalCluster>> open(LocalClusterSpec spec);
    ~LocalCluster() override; // the processes go on; call stopAll() first to end them

    const LocalClusterSpec& spec() const;
    const QList<NodeProcess*>& nodes() const; // owned here; the list only grows
    NodeProcess* node(const QString& name) const;
    QList<QUrl> urls() const;

    // Adopts what runs, starts what does not. allServing() or startFailed() follows.
    void startAll();
    // SIGTERM to all; stopped() when none runs any more. What does not end in 10 s is killed.
    void stopAll();
    // A further node, which joins the running ones; named n<i>, its ports like the others'. arguments: more
    // of them, for as long as this object starts it.
    [[nodiscard]] Result<NodeProcess*> addNode(const QStringList& arguments = {});
    QString nextName() const; // of the node that addNode() would add
    bool anyRunning() const;

Q_SIGNALS:
    void allServing();
    void startFailed(const QString& message);
    void stopped();
    void nodeAdded(ringmaster::NodeProcess* node);

private:
    class Impl;
    explicit LocalCluster(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

} // namespace ringmaster
