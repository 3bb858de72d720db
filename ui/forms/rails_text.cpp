// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forms/rails_text.h"

#include "nodecore/base/utf8.h"
#include "ui/session/words.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QMap>

namespace ringmaster {
namespace {

Clock withReplicas(const Clock& clock, const QStringList& replicas)
{
    QMap<QString, quint64> counts;
    for (const QString& actor : replicas)
        counts.insert(actor, 0);
    for (const auto& [actor, count] : clock)
        counts.insert(actor, count);
    Clock all;
    for (auto it = counts.cbegin(); it != counts.cend(); ++it)
        all.append({it.key(), it.value()});
    return all;
}

QJsonObject countsOf(const Clock& clock)
{
    QJsonObject counts;
    for (const auto& [actor, count] : clock)
        counts.insert(actor, QString::number(count));
    return counts;
}

QString compact(const QJsonObject& object)
{
    return visibleText(QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact)));
}

RailsRow rowOf(const ClientSibling& sibling, const QStringList& replicas)
{
    const Clock named = withReplicas(sibling.clock, replicas);
    // Actors are hexadecimal, so "value" sorts after them, as the original wrote it.
    QJsonObject object = countsOf(named);
    if (sibling.deleted)
        object.insert(QStringLiteral("deleted"), true);
    if (isUtf8(sibling.value))
        object.insert(QStringLiteral("value"), textFromUtf8(sibling.value));
    else
        object.insert(QStringLiteral("value_base64"), QString::fromLatin1(sibling.value.toBase64()));
    return {railsName(named), compact(object), sibling.clock};
}

} // namespace

QString railsName(const Clock& clock)
{
    QString name;
    for (const auto& [actor, count] : clock)
        name += actor + QLatin1Char('=') + QString::number(count) + QLatin1Char(';');
    return name;
}

QList<RailsRow> railsRows(const QList<ClientSibling>& siblings, const QStringList& replicas)
{
    if (siblings.isEmpty())
        return {rowOf(ClientSibling{}, replicas)};
    QList<RailsRow> rows;
    for (const ClientSibling& sibling : siblings)
        rows.append(rowOf(sibling, replicas));
    return rows;
}

QString clockText(const Clock& clock)
{
    return compact(countsOf(clock));
}

Clock mergedClock(const QList<RailsRow>& rows)
{
    QMap<QString, quint64> counts;
    for (const RailsRow& row : rows) {
        for (const auto& [actor, count] : row.clock)
            counts[actor] = std::max(counts.value(actor), count);
    }
    Clock merged;
    for (auto it = counts.cbegin(); it != counts.cend(); ++it)
        merged.append({it.key(), it.value()});
    return merged;
}

} // namespace ringmaster
