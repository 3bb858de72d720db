// SPDX-License-Identifier: GPL-3.0-or-later
// DIR/cluster.json: which nodes a local cluster has. Read, checked and written as a whole.
//
//     {"format": 1, "program": "ringmaster", "cluster": "local", "base_port": 8100, "peer_base_port": 7100,
//      "arguments": ["--replicas", "3"],
//      "nodes": [{"name": "n1", "http": "127.0.0.1:8101", "peer": "127.0.0.1:7101"}, ...]}
#pragma once

#include "nodecore/base/result.h"

#include <QList>
#include <QString>
#include <QStringList>

#include <optional>

namespace ringmaster {

struct ClusterFile {
    static constexpr int format = 1;
    static constexpr int maxNodes = 1000;

    struct Node {
        QString name;
        QString http;
        QString peer;
        friend bool operator==(const Node&, const Node&) = default;
    };

    QString cluster;
    int basePort = 0;
    int peerBasePort = 0;
    QStringList arguments;
    QList<Node> nodes;

    static QString pathIn(const QString& folder);
    // Nothing where there is no such file. Foreign, Newer or Damaged where there is one that is not ours to
    // use.
    [[nodiscard]] static Result<std::optional<ClusterFile>> read(const QString& folder);
    // Replaces the file in one step, or leaves the old one.
    [[nodiscard]] Result<void> write(const QString& folder) const;

    friend bool operator==(const ClusterFile&, const ClusterFile&) = default;
};

} // namespace ringmaster
