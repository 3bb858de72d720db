// SPDX-License-Identifier: GPL-3.0-or-later
// Follows a cluster: asks any living node for members, ring and statistics, listens to the event stream of
// one, moves on to another when that one dies, and says when the picture has changed.
//
// Knows every member's address from the last answer, so it outlives the node it started from. One thread.
#pragma once

#include "nodecore/client/cluster_snapshot.h"

#include <QJsonObject>
#include <QObject>
#include <QUrl>

#include <memory>

namespace ringmaster {

class ClusterView : public QObject {
    Q_OBJECT
public:
    explicit ClusterView(QList<QUrl> seeds, QObject* parent = nullptr);
    ~ClusterView() override;

    // Adds to the addresses to try.
    void addSeeds(const QList<QUrl>& seeds);
    void start();

    const ClusterSnapshot& snapshot() const;
    // URLs of the members, those that answer first: what to give a NodeClient.
    QList<QUrl> nodeUrls() const;
    // Asks again now, rather than at the next event or turn.
    void refresh();

Q_SIGNALS:
    void changed(const ringmaster::ClusterSnapshot& snapshot);
    // An event of the stream, as it came; see nodecore/net/API.md.
    void eventReceived(const QJsonObject& event);

private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace ringmaster

Q_DECLARE_METATYPE(ringmaster::ClusterSnapshot)
