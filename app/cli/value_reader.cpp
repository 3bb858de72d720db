// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/value_reader.h"

#include "app/cli/nearest_word.h"
#include "nodecore/net/system_address.h"

namespace ringmaster::cli {

namespace {

constexpr qsizetype longestValueShown = 100;

QString quoted(const QString& text)
{
    return QLatin1Char('"') + text.left(longestValueShown) + QLatin1Char('"');
}

} // namespace

QString ValueReader::text(const QString& name, const QString& byDefault) const
{
    const auto found = m_values.constFind(name);
    return found == m_values.constEnd() ? byDefault : found->text;
}

qint64 ValueReader::number(const QString& name, qint64 byDefault, qint64 least, qint64 most)
{
    if (!has(name))
        return byDefault;
    bool isNumber = false;
    const qint64 value = text(name).toLongLong(&isNumber);
    if (isNumber && value >= least && value <= most)
        return value;
    fail(name,
         QStringLiteral("%1 is not a number from %2 to %3.").arg(quoted(text(name))).arg(least).arg(most));
    return byDefault;
}

double ValueReader::real(const QString& name, double byDefault, double least, double most)
{
    if (!has(name))
        return byDefault;
    bool isNumber = false;
    const double value = text(name).toDouble(&isNumber);
    if (isNumber && value >= least && value <= most)
        return value;
    fail(name,
         QStringLiteral("%1 is not a number from %2 to %3.").arg(quoted(text(name))).arg(least).arg(most));
    return byDefault;
}

int ValueReader::choice(const QString& name, const QStringList& words, int byDefault)
{
    if (!has(name))
        return byDefault;
    const qsizetype index = words.indexOf(text(name));
    if (index >= 0)
        return static_cast<int>(index);
    fail(name, QStringLiteral("%1 is none of %2%3")
                   .arg(quoted(text(name)), words.join(QStringLiteral(", ")), suggestion(text(name), words)));
    return byDefault;
}

QString ValueReader::address(const QString& name, const QString& byDefault)
{
    const QString given = text(name, byDefault);
    const auto parsed = HostPort::parse(given);
    if (parsed)
        return parsed->toString();
    fail(name, parsed.error().message);
    return byDefault;
}

QStringList ValueReader::list(const QString& name) const
{
    QStringList parts;
    for (const QString& part : text(name).split(QLatin1Char(','), Qt::SkipEmptyParts)) {
        if (!part.trimmed().isEmpty())
            parts.append(part.trimmed());
    }
    return parts;
}

QString ValueReader::checked(const QString& name, const QString& byDefault,
                             const std::function<bool(const QString&)>& isSound, const QString& what)
{
    const QString given = text(name, byDefault);
    if (has(name) && !isSound(given))
        fail(name, QStringLiteral("%1 is not %2").arg(quoted(given), what));
    return given;
}

void ValueReader::require(const QString& name, const QString& why)
{
    if (text(name).isEmpty() && !m_error)
        m_error = Error{ErrorCode::Malformed, QStringLiteral("--%1 is missing: %2").arg(name, why)};
}

void ValueReader::fail(const QString& name, const QString& message)
{
    if (!m_error)
        m_error = Error{ErrorCode::Malformed, QStringLiteral("%1: %2").arg(where(name), message)};
}

} // namespace ringmaster::cli
