// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringctl/importer.h"

#include <QTimer>

#include <algorithm>

namespace ringmaster::ctl {

namespace {

constexpr std::chrono::milliseconds firstPause{50};
constexpr int mostDoublings = 5; // 1.6 s

// Whether the same request may go well a moment later.
bool isPassing(const ClientError& error)
{
    return error.status == 0 || error.status == 503 || error.status == 504;
}

} // namespace

Importer::Importer(const QList<QUrl>& nodes, ImportOptions options, QObject* parent)
    : QObject(parent)
    , m_options(options)
{
    m_options.request.returnSiblings = false;
    for (qsizetype i = 0; i < nodes.size(); ++i) {
        QList<QUrl> order = nodes;
        std::rotate(order.begin(), order.begin() + i, order.end());
        m_clients.push_back(std::make_unique<NodeClient>(order));
    }
}

void Importer::add(const Record& record)
{
    ++m_accepted;
    const auto running = m_underWay.find(record.key);
    if (running != m_underWay.end())
        running->append(record);
    else
        begin(record);
}

void Importer::begin(const Record& record)
{
    m_underWay.insert(record.key, m_underWay.value(record.key));
    auto job = std::make_shared<Job>();
    job->record = record;
    job->client = m_clients.at(m_nextClient++ % m_clients.size()).get();
    job->clock.start();
    attempt(job);
}

void Importer::attempt(const JobPtr& job)
{
    ++job->tries;
    if (m_options.onConflict == OnConflict::Sibling)
        write(job, 0, {});
    else
        readThenWrite(job);
}

void Importer::readThenWrite(const JobPtr& job)
{
    // The quorum of the options is one for writes.
    ClientOptions reading;
    reading.timeoutMs = m_options.request.timeoutMs;
    const auto key = Key::fromBytes(job->record.key);
    job->client->get(*key, reading, this, [this, job](const ClientResult<ClientValue>& found) {
        if (!found) {
            failedOnce(job, found.error());
        } else if (m_options.onConflict == OnConflict::Skip && !found->siblings.isEmpty() && !job->wrote) {
            ++m_skipped;
            finish(job);
        } else {
            write(job, 0, found->context);
        }
    });
}

// The first value takes the context, the others become its siblings.
void Importer::write(const JobPtr& job, qsizetype index, const QByteArray& ringContext)
{
    const auto key = Key::fromBytes(job->record.key);
    job->wrote = true;
    job->client->put(*key, job->record.values.at(index), ringContext, m_options.request, this,
                     [this, job, index](const ClientResult<ClientValue>& written) {
                         if (!written) {
                             failedOnce(job, written.error());
                         } else if (index + 1 < job->record.values.size()) {
                             write(job, index + 1, {});
                         } else {
                             ++m_written;
                             finish(job);
                         }
                     });
}

void Importer::failedOnce(const JobPtr& job, const ClientError& error)
{
    // A blind write that may have arrived would be doubled by another try.
    const bool wouldDouble =
        m_options.onConflict == OnConflict::Sibling && (error.mayExist || job->record.values.size() > 1);
    const bool timeLeft = job->clock.elapsed() < m_options.retryFor.count();
    if (isPassing(error) && timeLeft && !wouldDouble) {
        const auto pause = firstPause * (1 << qMin(job->tries - 1, mostDoublings));
        QTimer::singleShot(pause, this, [this, job] { attempt(job); });
        return;
    }
    ++m_failed;
    Q_EMIT recordFailed(job->record, error);
    finish(job);
}

void Importer::finish(const JobPtr& job)
{
    --m_accepted;
    QList<Record> waiting = m_underWay.take(job->record.key);
    if (!waiting.isEmpty()) {
        const Record next = waiting.takeFirst();
        m_underWay.insert(next.key, waiting);
        begin(next);
    }
    Q_EMIT recordDone();
}

} // namespace ringmaster::ctl
