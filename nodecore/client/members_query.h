// SPDX-License-Identifier: GPL-3.0-or-later
// Asks one node after another for the members of the cluster, until one answers. A node that lets wait
// for longer than patience is passed over (the next is asked as well), but not yet given up: whichever
// answers first is taken. So a frozen node costs patience, and a slow one is not mistaken for a dead cluster.
#pragma once

#include "nodecore/client/cluster_snapshot.h"
#include "nodecore/client/node_pool.h"

#include <QObject>
#include <QStringList>
#include <QTimer>

#include <chrono>

namespace ringmaster {

class MembersQuery : public QObject {
    Q_OBJECT
public:
    static constexpr std::chrono::milliseconds patience{600};
    static constexpr std::chrono::milliseconds giveUp{3000};

    // The pool must outlive the query.
    MembersQuery(NodePool& pool, QList<QUrl> candidates, QObject* parent);
    // Once. answered() or exhausted() follows, from the event loop; then the owner deletes the query.
    void start();

Q_SIGNALS:
    void answered(const QUrl& node, const ringmaster::ClusterSnapshot& members);
    void exhausted(const QString& problem);
    // What was learned of single nodes meanwhile.
    void nodeSilent(const QUrl& node);

private:
    void askNext();
    void take(const QUrl& node, const NodeResult& result);
    void lost(const QUrl& node, const QString& why);

    NodePool& m_pool;
    QList<QUrl> m_candidates; // not yet asked
    QUrl m_lastAsked;
    int m_outstanding = 0;
    bool m_done = false;
    QStringList m_problems;
    QTimer m_patience;
};

} // namespace ringmaster
