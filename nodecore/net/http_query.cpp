// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/http_query.h"

#include <charconv>

namespace ringmaster {

namespace {

int hexDigit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

// What a person gave, short enough to say back.
QString shown(QByteArrayView text)
{
    constexpr qsizetype most = 64;
    QString shortened = QString::fromUtf8(text.first(std::min(text.size(), most)));
    return text.size() > most ? shortened + QChar(0x2026) : shortened;
}

} // namespace

std::optional<QByteArray> percentDecoded(QByteArrayView encoded)
{
    qsizetype percent = encoded.indexOf('%');
    if (percent < 0)
        return encoded.toByteArray();
    QByteArray decoded;
    decoded.reserve(encoded.size());
    while (percent >= 0) {
        decoded.append(encoded.first(percent));
        if (percent + 2 >= encoded.size())
            return std::nullopt;
        const int high = hexDigit(encoded[percent + 1]);
        const int low = hexDigit(encoded[percent + 2]);
        if (high < 0 || low < 0)
            return std::nullopt;
        decoded.append(static_cast<char>(high * 16 + low));
        encoded = encoded.sliced(percent + 3);
        percent = encoded.indexOf('%');
    }
    decoded.append(encoded);
    return decoded;
}

Result<Key> keyFromPath(QByteArrayView encoded)
{
    std::optional<QByteArray> bytes = percentDecoded(encoded);
    if (!bytes) {
        return failure(ErrorCode::Malformed,
                       QStringLiteral("The key in the path has a '%' that is not followed by "
                                      "two hexadecimal digits."));
    }
    return Key::fromBytes(*std::move(bytes));
}

QueryReader::QueryReader(QByteArrayView query)
{
    while (!query.isEmpty()) {
        const qsizetype end = query.indexOf('&');
        const QByteArrayView item = end < 0 ? query : query.first(end);
        query = end < 0 ? QByteArrayView() : query.sliced(end + 1);
        if (item.isEmpty())
            continue;
        const qsizetype equals = item.indexOf('=');
        const auto name = percentDecoded(equals < 0 ? item : item.first(equals));
        const auto value = percentDecoded(equals < 0 ? QByteArrayView() : item.sliced(equals + 1));
        if (!name || !value) {
            fail(QStringLiteral("The parameter \"%1\" has a '%' that is not followed by two hexadecimal "
                                "digits.")
                     .arg(shown(item)));
        } else if (m_parameters.size() == maxParameters) {
            fail(QStringLiteral("The request has more than %1 parameters.").arg(maxParameters));
            return;
        } else {
            m_parameters.push_back({*name, *value});
        }
    }
}

void QueryReader::fail(const QString& message)
{
    if (!m_error)
        m_error = Error{ErrorCode::Malformed, message};
}

const QByteArray* QueryReader::take(QByteArrayView name)
{
    const QByteArray* found = nullptr;
    for (Parameter& parameter : m_parameters) {
        if (parameter.name != name)
            continue;
        parameter.isUsed = true;
        if (found)
            fail(QStringLiteral("The parameter \"%1\" is given more than once.").arg(shown(name)));
        found = &parameter.value;
    }
    return found;
}

std::optional<int> QueryReader::integer(QByteArrayView name, int least, int most)
{
    const QByteArray* text = take(name);
    if (!text)
        return std::nullopt;
    int number = 0;
    const char* const end = text->constData() + text->size();
    const auto parsed = std::from_chars(text->constData(), end, number);
    if (parsed.ec != std::errc() || parsed.ptr != end || number < least || number > most) {
        fail(QStringLiteral("The parameter \"%1\" is \"%2\". It must be a number from %3 to %4.")
                 .arg(shown(name), shown(*text))
                 .arg(least)
                 .arg(most));
        return std::nullopt;
    }
    return number;
}

std::optional<bool> QueryReader::flag(QByteArrayView name)
{
    const QByteArray* text = take(name);
    if (!text)
        return std::nullopt;
    const bool isOn = *text == "true" || *text == "1";
    if (!isOn && *text != "false" && *text != "0") {
        fail(QStringLiteral("The parameter \"%1\" is \"%2\". It must be true or false.")
                 .arg(shown(name), shown(*text)));
        return std::nullopt;
    }
    return isOn;
}

std::optional<QByteArray> QueryReader::bytes(QByteArrayView name)
{
    const QByteArray* value = take(name);
    return value ? std::optional(*value) : std::nullopt;
}

bool QueryReader::word(QByteArrayView name, QByteArrayView onlyValue)
{
    const QByteArray* text = take(name);
    if (!text)
        return false;
    if (*text != onlyValue) {
        fail(QStringLiteral("The parameter \"%1\" is \"%2\". It can only be \"%3\".")
                 .arg(shown(name), shown(*text), shown(onlyValue)));
    }
    return true;
}

Result<void> QueryReader::finish()
{
    for (const Parameter& parameter : m_parameters) {
        if (!parameter.isUsed)
            fail(QStringLiteral("There is no parameter \"%1\" here.").arg(shown(parameter.name)));
    }
    if (m_error)
        return tl::make_unexpected(*m_error);
    return {};
}

} // namespace ringmaster
