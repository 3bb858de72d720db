// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forms/clock_parser.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QSet>

#include <optional>

namespace ringmaster {
namespace {

tl::unexpected<Error> malformed(const QString& message)
{
    return failure(ErrorCode::Malformed, message);
}

// Reads JSON's strings and punctuation one after another; QJsonDocument alone would let a name that comes
// twice pass, and keep the last.
class Scanner {
public:
    explicit Scanner(const QString& text)
        : m_text(text)
    {}

    void skipBlank()
    {
        while (m_at < m_text.size() && m_text.at(m_at).isSpace())
            ++m_at;
    }

    bool atEnd()
    {
        skipBlank();
        return m_at == m_text.size();
    }

    bool take(QStringView token)
    {
        skipBlank();
        if (!QStringView(m_text).mid(m_at).startsWith(token))
            return false;
        m_at += token.size();
        return true;
    }

    bool sees(QChar c)
    {
        skipBlank();
        return m_at < m_text.size() && m_text.at(m_at) == c;
    }

    std::optional<QString> string()
    {
        if (!sees(QLatin1Char('"')))
            return std::nullopt;
        qsizetype end = m_at + 1;
        while (end < m_text.size() && m_text.at(end) != QLatin1Char('"'))
            end += m_text.at(end) == QLatin1Char('\\') ? 2 : 1;
        if (end >= m_text.size())
            return std::nullopt;
        const QString literal = m_text.mid(m_at, end + 1 - m_at);
        const QByteArray wrapped = '[' + literal.toUtf8() + ']';
        const QJsonDocument document = QJsonDocument::fromJson(wrapped);
        if (!document.isArray() || document.array().size() != 1)
            return std::nullopt;
        m_at = end + 1;
        return document.array().first().toString();
    }

private:
    const QString& m_text;
    qsizetype m_at = 0;
};

Result<ActorId> actorNamed(const QString& name)
{
    static const QRegularExpression hex(QStringLiteral("\\A[0-9a-f]{16}\\z"));
    if (!hex.match(name).hasMatch())
        return malformed(
            QStringLiteral("\"%1\" is no actor: an actor is 16 hexadecimal digits, as a read shows it.")
                .arg(name.left(24)));
    return ActorId{name.toULongLong(nullptr, 16)};
}

Result<quint64> countOf(const QString& actor, const QString& text)
{
    static const QRegularExpression decimal(QStringLiteral("\\A(0|[1-9][0-9]{0,19})\\z"));
    bool ok = false;
    const quint64 count = text.toULongLong(&ok);
    if (!ok || !decimal.match(text).hasMatch())
        return malformed(QStringLiteral("The count of %1 is \"%2\"; it must be a whole number.")
                             .arg(actor, text.left(24)));
    return count;
}

// One "name": ... of the object, the name being read already.
Result<void> readEntry(Scanner& scanner, const QString& name, VersionVector& into)
{
    if (name == QLatin1String("deleted")) {
        if (scanner.take(u"true") || scanner.take(u"false"))
            return {};
        return malformed(QStringLiteral("\"deleted\" must be true or false."));
    }
    const std::optional<QString> text = scanner.string();
    if (!text)
        return malformed(
            QStringLiteral("What stands after \"%1\": must be a string in quotes.").arg(name.left(24)));
    if (name == QLatin1String("value") || name == QLatin1String("value_base64"))
        return {};
    const Result<ActorId> actor = actorNamed(name);
    if (!actor)
        return tl::make_unexpected(actor.error());
    const Result<quint64> count = countOf(name, *text);
    if (!count)
        return tl::make_unexpected(count.error());
    if (*count > 0)
        into.raise(*actor, *count);
    return {};
}

Result<VersionVector> readObject(Scanner& scanner)
{
    VersionVector clock;
    QSet<QString> seen;
    if (!scanner.take(u"{"))
        return malformed(
            QStringLiteral("A clock is an object in braces, {\"actor\":\"count\"}, as a read shows it."));
    if (scanner.take(u"}"))
        return clock;
    do {
        const std::optional<QString> name = scanner.string();
        if (!name || !scanner.take(u":"))
            return malformed(QStringLiteral("In the braces, each entry is \"actor\":\"count\"."));
        if (seen.contains(*name))
            return malformed(QStringLiteral("\"%1\" stands there twice.").arg(name->left(24)));
        seen.insert(*name);
        if (const Result<void> entry = readEntry(scanner, *name, clock); !entry)
            return tl::make_unexpected(entry.error());
        if (clock.entries().size() > maxClockEntries)
            return failure(
                ErrorCode::TooLarge,
                QStringLiteral("A clock of more than %1 actors is none of ours.").arg(maxClockEntries));
    } while (scanner.take(u","));
    if (!scanner.take(u"}"))
        return malformed(QStringLiteral("The closing brace is missing."));
    return clock;
}

// a=1;b=0; as the vector that it says.
Result<VersionVector> clockNamed(const QString& name)
{
    VersionVector clock;
    const QStringList parts = name.split(QLatin1Char(';'), Qt::SkipEmptyParts);
    if (parts.size() > static_cast<qsizetype>(maxClockEntries))
        return failure(ErrorCode::TooLarge, QStringLiteral("The clock's name has too many actors."));
    for (const QString& part : parts) {
        const qsizetype equals = part.indexOf(QLatin1Char('='));
        const Result<ActorId> actor = actorNamed(part.left(std::max<qsizetype>(0, equals)));
        if (!actor)
            return tl::make_unexpected(actor.error());
        const Result<quint64> count = countOf(part.left(equals), part.mid(equals + 1));
        if (!count)
            return tl::make_unexpected(count.error());
        if (*count > 0)
            clock.raise(*actor, *count);
    }
    return clock;
}

Result<VersionVector> readNamed(Scanner& scanner)
{
    const std::optional<QString> name = scanner.string();
    if (!name || !(scanner.take(u":") || scanner.take(u"===>")))
        return malformed(QStringLiteral("A clock is \"NAME\":{...} or {...}, as a read shows it."));
    const Result<VersionVector> said = clockNamed(*name);
    if (!said)
        return said;
    Result<VersionVector> clock = readObject(scanner);
    if (clock && clock->entries() != said->entries())
        return malformed(QStringLiteral("The name before the braces says other counts than the braces do. "
                                        "Take one row as a whole."));
    return clock;
}

// The web API wraps a named clock in one more pair of braces.
bool isWrapped(const QString& text)
{
    static const QRegularExpression nested(QStringLiteral("\\A\\s*\\{\\s*\"[^\"\\\\]*\"\\s*:\\s*\\{"));
    return nested.match(text).hasMatch();
}

} // namespace

Result<VersionVector> parseClock(const QString& text)
{
    if (text.size() > maxClockText)
        return failure(ErrorCode::TooLarge, QStringLiteral("This is too long for a clock."));
    Scanner scanner(text);
    if (scanner.atEnd())
        return VersionVector();
    const bool wrapped = isWrapped(text);
    if (wrapped && !scanner.take(u"{"))
        return malformed(QStringLiteral("The opening brace is missing."));
    Result<VersionVector> clock = scanner.sees(QLatin1Char('"')) ? readNamed(scanner) : readObject(scanner);
    if (!clock)
        return clock;
    if (wrapped && !scanner.take(u"}"))
        return malformed(QStringLiteral("The last closing brace is missing; only one clock can be given."));
    if (!scanner.atEnd())
        return malformed(QStringLiteral("There is more after the clock. Take one row as a whole."));
    return clock;
}

} // namespace ringmaster
