// SPDX-License-Identifier: GPL-3.0-or-later
// Reads the fields of one JSON object that cannot be trusted. The first field of a wrong type or size is
// remembered, with where it stands, and everything read afterwards is a default; ask once at the end.
#pragma once

#include <QJsonArray>
#include <QJsonObject>
#include <QString>

#include <cmath>

namespace ringmaster {

class AnswerReader {
public:
    // where: the object's name in a problem; may be empty.
    AnswerReader(QJsonObject object, QString where)
        : m_object(std::move(object))
        , m_where(std::move(where))
    {}

    const QJsonObject& object() const { return m_object; }
    bool failed() const { return !m_problem.isEmpty(); }
    QString problem() const { return m_problem; }
    bool has(QLatin1StringView name) const { return m_object.contains(name); }

    void fail(const QString& name)
    {
        if (m_problem.isEmpty())
            m_problem = QStringLiteral("the answer's field \"%1%2\" is missing, of a wrong kind or too large")
                            .arg(m_where.isEmpty() ? QString() : m_where + QLatin1Char('.'), name);
    }

    // A field without which the answer is not what it should be; it may be null or empty.
    void require(QLatin1StringView name)
    {
        if (!has(name))
            fail(name);
    }

    QString text(QLatin1StringView name, qsizetype maxLength, const QString& otherwise)
    {
        const QJsonValue value = m_object.value(name);
        if (value.isUndefined() || value.isNull())
            return otherwise;
        if (!value.isString() || value.toString().size() > maxLength) {
            fail(name);
            return otherwise;
        }
        return value.toString();
    }
    QString requiredText(QLatin1StringView name, qsizetype maxLength)
    {
        const QString value = text(name, maxLength, {});
        if (value.isEmpty())
            fail(name);
        return value;
    }
    bool boolean(QLatin1StringView name, bool otherwise)
    {
        const QJsonValue value = m_object.value(name);
        if (!value.isUndefined() && !value.isBool())
            fail(name);
        return value.toBool(otherwise);
    }
    double number(QLatin1StringView name, double otherwise)
    {
        const QJsonValue value = m_object.value(name);
        if (value.isUndefined() || value.isNull())
            return otherwise;
        if (!value.isDouble() || !std::isfinite(value.toDouble()))
            fail(name);
        return value.toDouble(otherwise);
    }
    qint64 integer(QLatin1StringView name, qint64 otherwise)
    {
        const QJsonValue value = m_object.value(name);
        // toInteger() gives its argument back for what is no whole number.
        if (!value.isUndefined() && value.toInteger(0) != value.toInteger(1))
            fail(name);
        return value.toInteger(otherwise);
    }
    int smallInteger(QLatin1StringView name, int otherwise)
    {
        const qint64 value = integer(name, otherwise);
        if (value < -1 || value > 1000000000) {
            fail(name);
            return otherwise;
        }
        return static_cast<int>(value);
    }
    QJsonObject child(QLatin1StringView name)
    {
        const QJsonValue value = m_object.value(name);
        if (!value.isUndefined() && !value.isNull() && !value.isObject())
            fail(name);
        return value.toObject();
    }
    // Calls visit with a reader for each object of the array, and takes on the first problem.
    template <class Visit>
    void each(QLatin1StringView name, qsizetype most, Visit visit)
    {
        const QJsonValue value = m_object.value(name);
        if (value.isUndefined())
            return;
        const QJsonArray array = value.toArray();
        if (!value.isArray() || array.size() > most)
            fail(name);
        for (qsizetype i = 0; i < array.size() && !failed(); ++i) {
            AnswerReader one(array.at(i).toObject(), QStringLiteral("%1[%2]").arg(name).arg(i));
            if (array.at(i).isObject())
                visit(one);
            else
                one.fail({});
            if (one.failed())
                m_problem = one.problem();
        }
    }

private:
    QJsonObject m_object;
    QString m_where;
    QString m_problem;
};

} // namespace ringmaster
