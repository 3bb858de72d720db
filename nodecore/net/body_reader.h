// SPDX-License-Identifier: GPL-3.0-or-later
// Reads the JSON body of a request, which is hostile: what is of the wrong type or out of range, and what
// nobody asked for, is a mistake with a name.
#pragma once

#include "nodecore/base/result.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <chrono>
#include <cmath>
#include <optional>

namespace ringmaster {

// The object that a body is; else what is wrong with it, for a sentence.
inline tl::expected<QJsonObject, QString> bodyObject(const QByteArray& json)
{
    QJsonParseError wrong;
    const QJsonDocument document = QJsonDocument::fromJson(json, &wrong);
    if (wrong.error != QJsonParseError::NoError)
        return tl::make_unexpected(
            QStringLiteral("%1 at byte %2").arg(wrong.errorString()).arg(wrong.offset));
    if (!document.isObject())
        return tl::make_unexpected(QStringLiteral("it has to be a JSON object"));
    return document.object();
}

// The members of one object, taken by name; remembers the first mistake.
class BodyReader {
public:
    BodyReader(QJsonObject object, QString where)
        : m_object(std::move(object))
        , m_where(std::move(where))
    {}

    std::optional<double> number(const QString& name, double least, double most)
    {
        const auto value = take(name);
        if (!value)
            return std::nullopt;
        const double given = value->toDouble(NAN);
        if (given >= least && given <= most)
            return given;
        return wrong<double>(
            name, QStringLiteral("a number from %1 to %2").arg(least, 0, 'g', 15).arg(most, 0, 'g', 15));
    }

    std::optional<std::chrono::milliseconds> time(const QString& name, std::chrono::milliseconds least,
                                                  std::chrono::milliseconds most)
    {
        const auto value =
            number(name, static_cast<double>(least.count()), static_cast<double>(most.count()));
        if (!value)
            return std::nullopt;
        if (std::trunc(*value) != *value)
            return wrong<std::chrono::milliseconds>(name, QStringLiteral("a whole number of milliseconds"));
        return std::chrono::milliseconds(static_cast<qint64>(*value));
    }

    std::optional<bool> flag(const QString& name)
    {
        const auto value = take(name);
        if (!value)
            return std::nullopt;
        return value->isBool() ? value->toBool() : wrong<bool>(name, QStringLiteral("true or false"));
    }

    std::optional<QString> text(const QString& name, const QStringList& words = {})
    {
        const auto value = take(name);
        if (!value)
            return std::nullopt;
        if (value->isString() && (words.isEmpty() || words.contains(value->toString())))
            return value->toString();
        return wrong<QString>(name, words.isEmpty()
                                        ? QStringLiteral("a text")
                                        : QStringLiteral("one of ") + words.join(QStringLiteral(", ")));
    }

    std::optional<QJsonObject> object(const QString& name)
    {
        const auto value = take(name);
        if (!value)
            return std::nullopt;
        return value->isObject() ? value->toObject() : wrong<QJsonObject>(name, QStringLiteral("an object"));
    }

    std::optional<QJsonArray> array(const QString& name)
    {
        const auto value = take(name);
        if (!value)
            return std::nullopt;
        return value->isArray() ? value->toArray() : wrong<QJsonArray>(name, QStringLiteral("an array"));
    }

    void fail(const QString& message)
    {
        if (!m_problem)
            m_problem = message;
    }

    // What was wrong, or what nobody asked for.
    std::optional<QString> problem()
    {
        if (!m_problem && !m_object.isEmpty())
            fail(QStringLiteral("\"%1\" is unknown%2").arg(m_object.begin().key().left(shownChars), m_where));
        return m_problem;
    }

private:
    static constexpr qsizetype shownChars = 64;

    std::optional<QJsonValue> take(const QString& name)
    {
        const QJsonValue value = m_object.take(name);
        return value.isUndefined() ? std::nullopt : std::optional(value);
    }

    template <class T>
    std::optional<T> wrong(const QString& name, const QString& wanted)
    {
        fail(QStringLiteral("\"%1\"%2 has to be %3").arg(name, m_where, wanted));
        return std::nullopt;
    }

    QJsonObject m_object;
    QString m_where; // " in \"disk\"", or nothing
    std::optional<QString> m_problem;
};

} // namespace ringmaster
