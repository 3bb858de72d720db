// SPDX-License-Identifier: GPL-3.0-or-later
// Writes records, many at once, without making siblings that nobody asked for.
//
// Two records of one key are never under way together: the later one would not have seen the earlier one, and
// both would stay as siblings. What fails for want of a quorum or of a node is tried again, with growing
// pauses, until its time is up. Each try is the same write: it has the context of the first and only read, so
// that it replaces nothing that was written since, and the same idempotency id, so that a first try which did
// arrive is found and not doubled. Where the node that remembers it is lost, the two tries become siblings
// of one value, which are made one.
#pragma once

#include "nodecore/client/node_client.h"
#include "nodecore/client/record_format.h"

#include <QElapsedTimer>
#include <QHash>
#include <QObject>

#include <memory>
#include <vector>

namespace ringmaster::ctl {

enum class OnConflict {
    Replace, // what is there is read, and replaced
    Sibling, // nothing is read; the value becomes a sibling of what is there
    Skip,    // a key that is there is left as it is
};

struct ImportOptions {
    OnConflict onConflict = OnConflict::Replace;
    ClientOptions request;
    std::chrono::milliseconds retryFor{30000}; // one record, from its first try
};

class Importer : public QObject {
    Q_OBJECT
public:
    static constexpr int mostUnderWay = 64;

    // Records are spread over the nodes, each of which stands in for the others.
    Importer(const QList<QUrl>& nodes, ImportOptions options, QObject* parent = nullptr);

    // Records that are added while hasRoom() is false wait in memory: do not add many.
    bool hasRoom() const { return m_accepted < mostUnderWay; }
    bool isIdle() const { return m_accepted == 0; }
    void add(const Record& record);

    qint64 written() const { return m_written; }
    qint64 skipped() const { return m_skipped; }
    qint64 failed() const { return m_failed; }

Q_SIGNALS:
    void recordDone(); // one more is written, skipped or failed
    void recordFailed(const ringmaster::Record& record, const ringmaster::ClientError& error);

private:
    struct Job {
        Record record;
        NodeClient* client;
        QElapsedTimer clock;
        int tries = 0;
        QByteArray name;                   // of its writes, with a number each
        std::optional<QByteArray> context; // of the read ahead of them, once it has come
        qsizetype next = 0;                // of the record's values, to write
    };
    using JobPtr = std::shared_ptr<Job>;

    void begin(const Record& record);
    void attempt(const JobPtr& job);
    void readThenWrite(const JobPtr& job);
    void writeNext(const JobPtr& job);
    void wrote(const JobPtr& job, const ClientValue& written);
    void makeOne(const JobPtr& job, const QByteArray& ringContext);
    void failedOnce(const JobPtr& job, const ClientError& error);
    void finish(const JobPtr& job);

    ImportOptions m_options;
    std::vector<std::unique_ptr<NodeClient>> m_clients; // one for each node to begin with
    size_t m_nextClient = 0;
    int m_accepted = 0;
    QHash<QByteArray, QList<Record>> m_underWay; // by key: the records that wait for the one under way
    qint64 m_written = 0;
    qint64 m_skipped = 0;
    qint64 m_failed = 0;
};

} // namespace ringmaster::ctl
