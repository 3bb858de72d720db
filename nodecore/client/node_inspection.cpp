// SPDX-License-Identifier: GPL-3.0-or-later
// NodeClient: what one node knows of itself.
#include "nodecore/client/client_json.h"

#include <QUrl>

namespace ringmaster {

using namespace Qt::StringLiterals;

namespace {

template <class T>
ClientCallback<QJsonObject> parsedBy(Parsed<T> (*parse)(const QJsonObject&), ClientCallback<T> done)
{
    return [parse, done = std::move(done)](const ClientResult<QJsonObject>& answer) {
        if (!answer)
            return done(tl::make_unexpected(answer.error()));
        Parsed<T> value = parse(*answer);
        if (value)
            return done(std::move(*value));
        ClientError error;
        error.word = u"bad_answer"_s;
        error.message = u"What the node answered cannot be understood: %1."_s.arg(value.error());
        done(tl::make_unexpected(std::move(error)));
    };
}

} // namespace

void NodeClient::traces(int limit, QObject* context, ClientCallback<QList<ClientTrace>> done)
{
    json(u"/api/v1/traces?limit=%1"_s.arg(limit), context, parsedBy(tracesFrom, std::move(done)));
}

void NodeClient::trace(const QString& id, QObject* context, ClientCallback<ClientTrace> done)
{
    const QString segment = QString::fromLatin1(pathSegment(id.toUtf8()));
    json(u"/api/v1/traces/"_s + segment, context, parsedBy(traceFrom, std::move(done)));
}

void NodeClient::stats(QObject* context, ClientCallback<ClientStats> done)
{
    json(u"/api/v1/stats"_s, context, parsedBy(statsFrom, std::move(done)));
}

void NodeClient::hints(QObject* context, ClientCallback<ClientHints> done)
{
    json(u"/api/v1/hints"_s, context, parsedBy(hintsFrom, std::move(done)));
}

void NodeClient::conflicts(const QString& cursor, int limit, QObject* context,
                           ClientCallback<ClientConflictsPage> done)
{
    QString path = u"/api/v1/conflicts?limit=%1"_s.arg(limit);
    if (!cursor.isEmpty())
        path += u"&cursor="_s + QString::fromLatin1(QUrl::toPercentEncoding(cursor));
    json(path, context, parsedBy(conflictsPageFrom, std::move(done)));
}

namespace {

// For a POST that is no write which could be there or not.
template <class T>
ClientCallback<T> harmless(const QString& message, ClientCallback<T> done)
{
    return [message, done = std::move(done)](ClientResult<T> answer) {
        if (!answer && answer.error().mayExist) {
            answer.error().mayExist = false;
            answer.error().message = message;
        }
        done(std::move(answer));
    };
}

} // namespace

void NodeClient::repair(std::optional<Slot> slot, QObject* context, ClientCallback<int> done)
{
    const QString path = slot ? u"/api/v1/repair?slot=%1"_s.arg(slot->value) : u"/api/v1/repair"_s;
    const QString lost = u"The node did not answer. A comparison does no harm: begin it again."_s;
    post(path, {}, context, parsedBy<int>(repairBegunFrom, harmless(lost, std::move(done))));
}

void NodeClient::scrub(QObject* context, ClientCallback<qint64> done)
{
    const QString lost = u"The node did not answer. Reading does no harm: begin it again."_s;
    post(u"/api/v1/scrub"_s, {}, context, parsedBy<qint64>(scrubBegunFrom, harmless(lost, std::move(done))));
}

void NodeClient::plan(const QJsonArray& changes, QObject* context, ClientCallback<ClientPlan> done)
{
    const QString lost = u"The node did not answer. Nothing was changed: plan again."_s;
    post(u"/api/v1/cluster/plan"_s, {{u"changes"_s, changes}}, context,
         parsedBy<ClientPlan>(planFrom, harmless(lost, std::move(done))));
}

void NodeClient::progress(QObject* context, ClientCallback<ClientProgress> done)
{
    json(u"/api/v1/cluster/progress"_s, context, parsedBy(progressFrom, std::move(done)));
}

} // namespace ringmaster
