// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/history.h"

#include <QStringList>

#include <algorithm>

namespace ringmaster::sim {

namespace {

// Values may be long: what tells one from another stands at their beginning.
QString shown(const QByteArray& value)
{
    constexpr qsizetype enough = 24;
    const QString text = QString::fromUtf8(value.left(enough));
    return value.size() <= enough ? text : text + QStringLiteral("... (%1 bytes)").arg(value.size());
}

QString kindOf(const Operation& operation)
{
    switch (operation.kind) {
    case OpKind::Read:
        return QStringLiteral("reads %1").arg(QString::fromUtf8(operation.key));
    case OpKind::Write:
        return QStringLiteral("writes %1=%2").arg(QString::fromUtf8(operation.key), shown(operation.value));
    case OpKind::List:
        return QStringLiteral("lists the keys");
    case OpKind::Delete:
        return QStringLiteral("deletes %1").arg(QString::fromUtf8(operation.key));
    }
    return {};
}

QString outcomeOf(const Operation& operation)
{
    switch (operation.outcome) {
    case Outcome::Running:
        return QStringLiteral("under way");
    case Outcome::Acknowledged:
        return operation.isWriting() ? QStringLiteral("acknowledged") : QStringLiteral("answered");
    case Outcome::NotDone:
        return QStringLiteral("not done: ") + operation.error;
    case Outcome::MayExist:
        return QStringLiteral("may exist: ") + operation.error;
    }
    return {};
}

} // namespace

QString describe(const Operation& operation)
{
    QString text = QStringLiteral("op %1: client %2 %3 through n%4")
                       .arg(operation.id)
                       .arg(operation.client)
                       .arg(kindOf(operation))
                       .arg(operation.node + 1);
    if (operation.basedOn)
        text += QStringLiteral(", having seen the answer of op %1").arg(*operation.basedOn);
    text += QStringLiteral(" [") + outcomeOf(operation) + QLatin1Char(']');
    QStringList values;
    for (const Seen& seen : operation.answer) {
        values << QStringLiteral("%1@%2:%3")
                      .arg(seen.tombstone ? QStringLiteral("(deleted)") : shown(seen.value))
                      .arg(seen.dot.first, 16, 16, QLatin1Char('0'))
                      .arg(seen.dot.second);
    }
    if (operation.answered())
        text += QStringLiteral(" {%1}").arg(operation.kind == OpKind::List
                                                ? QStringLiteral("%1 keys").arg(operation.listed.size())
                                                : values.join(QLatin1Char(' ')));
    return text;
}

bool Operation::isAbsent() const
{
    return kind == OpKind::Read && answered() &&
           std::all_of(answer.begin(), answer.end(), [](const Seen& seen) { return seen.tombstone; });
}

OpId History::begin(Operation operation)
{
    operation.id = static_cast<OpId>(m_operations.size());
    operation.began.step = ++m_steps;
    if (operation.kind == OpKind::Write)
        m_writers.insert({operation.key, operation.value}, operation.id);
    m_operations.push_back(std::move(operation));
    return m_operations.back().id;
}

void History::end(OpId id, Operation answer)
{
    Operation& operation = m_operations[size_t(id)];
    operation.ended = answer.ended;
    operation.ended.step = ++m_steps;
    operation.outcome = answer.outcome;
    operation.error = std::move(answer.error);
    operation.answer = std::move(answer.answer);
    operation.got = std::move(answer.got);
    operation.dot = answer.dot;
    operation.holders = std::move(answer.holders);
    operation.copies = answer.copies;
    operation.listed = std::move(answer.listed);
}

bool History::wasTold(const QByteArray& key, Label dot) const
{
    return std::any_of(m_operations.begin(), m_operations.end(), [&](const Operation& operation) {
        return operation.key == key && std::any_of(operation.answer.begin(), operation.answer.end(),
                                                   [dot](const Seen& seen) { return seen.dot == dot; });
    });
}

std::optional<OpId> History::writerOf(const QByteArray& key, const QByteArray& value) const
{
    const auto found = m_writers.constFind({key, value});
    return found == m_writers.constEnd() ? std::nullopt : std::optional(*found);
}

} // namespace ringmaster::sim
