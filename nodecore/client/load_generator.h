// SPDX-License-Identifier: GPL-3.0-or-later
// Loads a cluster from one thread: so many kept-alive connections, each with one request at a time, for so
// many seconds. A closed loop: a slow answer delays the next request of its connection, so the percentiles
// tell of requests made, not of requests that would have been (Tene's "coordinated omission").
//
// No two writes of a key are concurrent, so that no key has siblings: what is measured stays the same size,
// and nothing is left to decide. Each key is written by one connection, and each write carries the context of
// the one before it. After a write that failed, which may have been carried out all the same, the key gets
// another name.
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
    int keys = 10000;       // of fewer than there are connections, some connections have none, and only read
    int valueSize = 100;
    quint64 seed = 1;                        // equal seeds choose equal keys and operations
    QByteArray keyPrefix = "ringctl-bench-"; // of names that nobody else writes
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

    struct WrittenKey {
        QByteArray name;
        QByteArray context; // that replaces what was written; nothing is known where it is empty
    };

    void start(); // once
    // Before the time. finished() follows when what is under way is answered, or known not to be.
    void stop();
    // So far; final after finished().
    LoadResult result() const;
    // All that may be there because of this load.
    std::vector<WrittenKey> writtenKeys() const;

Q_SIGNALS:
    void finished();

private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace ringmaster
