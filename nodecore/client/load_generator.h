// SPDX-License-Identifier: GPL-3.0-or-later
// Loads a cluster from one thread: so many kept-alive connections, each with one request at a time, for so
// many seconds. A closed loop: a slow answer delays the next request of its connection, so the percentiles
// tell of requests made, not of requests that would have been (Tene's "coordinated omission").
//
// A write carries the newest context that any connection has seen for its key, so that keys do not pile up
// siblings: what is measured stays the same size.
#pragma once

#include "nodecore/client/load_histogram.h"

#include <QList>
#include <QMap>
#include <QObject>
#include <QUrl>

#include <memory>

namespace ringmaster {

struct LoadSpec {
    QList<QUrl> nodes; // connections are spread over them in turn
    double seconds = 10;
    int connections = 64;
    double readRatio = 0.5; // the share of reads, 0..1
    int keys = 10000;
    int valueSize = 100;
    quint64 seed = 1; // equal seeds choose equal keys and operations
    QByteArray keyPrefix = "bench-";
};

struct LoadResult {
    double seconds = 0;
    LoadHistogram reads;
    LoadHistogram writes;
    quint64 absent = 0;            // reads of a key that is not there; among reads
    QMap<QString, quint64> errors; // "503", "Connection refused": how many
    quint64 errorCount() const;
};

class LoadGenerator : public QObject {
    Q_OBJECT
public:
    explicit LoadGenerator(LoadSpec spec, QObject* parent = nullptr);
    ~LoadGenerator() override;

    void start(); // once
    void stop();  // before the time: finished() follows at once
    // So far; final after finished().
    LoadResult result() const;

Q_SIGNALS:
    void finished();

private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace ringmaster
