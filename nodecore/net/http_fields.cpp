// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/http_fields.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

namespace ringmaster {

namespace {

constexpr bool isAlphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr std::array<bool, 256> makeTokenBytes()
{
    std::array<bool, 256> allowed{};
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    for (size_t byte = 0; byte < 128; ++byte) {
        const char c = static_cast<char>(byte);
        allowed[byte] = isAlphanumeric(c) || others.find(c) != std::string_view::npos;
    }
    return allowed;
}
constexpr auto tokenBytes = makeTokenBytes();

constexpr char lowered(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

} // namespace

bool isTokenByte(char byte)
{
    return tokenBytes[static_cast<uchar>(byte)];
}

bool isToken(QByteArrayView bytes)
{
    return !bytes.isEmpty() && std::all_of(bytes.begin(), bytes.end(), isTokenByte);
}

bool isFieldValueByte(char byte)
{
    const auto value = static_cast<uchar>(byte);
    return (value >= 0x20 && value != 0x7f) || value == '\t';
}

bool isTargetByte(char byte)
{
    const auto value = static_cast<uchar>(byte);
    return value > 0x20 && value != 0x7f && value != '#';
}

QByteArrayView trimmedField(QByteArrayView value)
{
    const auto isBlank = [](char c) { return c == ' ' || c == '\t'; };
    while (!value.isEmpty() && isBlank(value.front()))
        value = value.sliced(1);
    while (!value.isEmpty() && isBlank(value.back()))
        value.chop(1);
    return value;
}

bool equalsIgnoringCase(QByteArrayView a, QByteArrayView b)
{
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lowered(x) == lowered(y); });
}

bool listContains(QByteArrayView list, QByteArrayView word)
{
    while (!list.isEmpty()) {
        const qsizetype comma = list.indexOf(',');
        const QByteArrayView item = comma < 0 ? list : list.first(comma);
        if (equalsIgnoringCase(trimmedField(item), word))
            return true;
        list = comma < 0 ? QByteArrayView() : list.sliced(comma + 1);
    }
    return false;
}

std::optional<qint64> saturatedNumber(QByteArrayView digits)
{
    if (digits.isEmpty())
        return std::nullopt;
    constexpr qint64 most = std::numeric_limits<qint64>::max();
    qint64 number = 0;
    for (const char c : digits) {
        if (c < '0' || c > '9')
            return std::nullopt;
        const int digit = c - '0';
        number = number > (most - digit) / 10 ? most : number * 10 + digit;
    }
    return number;
}

} // namespace ringmaster
