// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringctl/importer.h"

#include <QRandomGenerator>
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

QByteArray randomName()
{
    QRandomGenerator* random = QRandomGenerator::system();
    return QByteArray::number(random->generate64(), 16) + QByteArray::number(random->generate64(), 16);
}

// Nothing is lost where all but one of them go.
bool isOneValueTwice(const ClientValue& written, const QByteArrayList& values)
{
    const bool isShownWhole = written.siblings.size() > 1 && written.siblingsLeft == 0;
    return values.size() == 1 && isShownWhole &&
           std::all_of(written.siblings.begin(), written.siblings.end(), [&](const ClientSibling& sibling) {
               return !sibling.deleted && sibling.value == values.first();
           });
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
    job->name = randomName();
    job->clock.start();
    attempt(job);
}

void Importer::attempt(const JobPtr& job)
{
    ++job->tries;
    if (m_options.onConflict == OnConflict::Sibling)
        job->context = QByteArray();
    if (job->context)
        writeNext(job);
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
        } else if (m_options.onConflict == OnConflict::Skip && !found->siblings.isEmpty()) {
            ++m_skipped;
            finish(job);
        } else {
            job->context = found->context;
            writeNext(job);
        }
    });
}

// The first value takes the context, the others become its siblings.
void Importer::writeNext(const JobPtr& job)
{
    const auto key = Key::fromBytes(job->record.key);
    ClientOptions options = m_options.request;
    options.idempotencyId = job->name + '-' + QByteArray::number(job->next);
    options.returnSiblings = job->tries > 1; // to see whether it is there twice
    job->client->put(*key, job->record.values.at(job->next), job->next == 0 ? *job->context : QByteArray(),
                     options, this, [this, job](const ClientResult<ClientValue>& written) {
                         if (written)
                             wrote(job, *written);
                         else
                             failedOnce(job, written.error());
                     });
}

void Importer::wrote(const JobPtr& job, const ClientValue& written)
{
    ++job->next;
    if (job->next < job->record.values.size())
        return writeNext(job);
    if (isOneValueTwice(written, job->record.values))
        return makeOne(job, written.context);
    ++m_written;
    finish(job);
}

// Replaces siblings that all have the record's value by that value.
void Importer::makeOne(const JobPtr& job, const QByteArray& ringContext)
{
    const auto key = Key::fromBytes(job->record.key);
    ClientOptions options = m_options.request;
    options.idempotencyId = job->name + "-one";
    job->client->put(*key, job->record.values.first(), ringContext, options, this,
                     [this, job](const ClientResult<ClientValue>&) {
                         ++m_written; // whether or not it is one again, it is there
                         finish(job);
                     });
}

void Importer::failedOnce(const JobPtr& job, const ClientError& error)
{
    // A value that is to become a sibling, and may have arrived, might be doubled by another try.
    const bool wouldDouble = m_options.onConflict == OnConflict::Sibling && error.mayExist;
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
