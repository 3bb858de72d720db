// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/json_writer.h"

#include <array>
#include <charconv>
#include <cmath>

namespace ringmaster {

namespace {

constexpr std::string_view hexDigits = "0123456789abcdef";

// What a byte is written as inside a string: 0, itself; 'u', \u00XX; else a backslash and this letter.
constexpr std::array<char, 256> makeEscapes()
{
    std::array<char, 256> escapes{};
    for (size_t control = 0; control < 0x20; ++control)
        escapes[control] = 'u';
    escapes['\b'] = 'b';
    escapes['\f'] = 'f';
    escapes['\n'] = 'n';
    escapes['\r'] = 'r';
    escapes['\t'] = 't';
    escapes['"'] = '"';
    escapes['\\'] = '\\';
    return escapes;
}
constexpr auto escapes = makeEscapes();

} // namespace

void JsonWriter::grow(qsizetype atLeast)
{
    m_buffer.resize(std::max(2 * m_buffer.size(), m_size + atLeast));
}

void JsonWriter::separate()
{
    if (m_size == 0)
        return;
    // A string ends with a quote, so these can only be brackets and colons of ours.
    const char last = std::as_const(m_buffer)[m_size - 1];
    if (last != '{' && last != '[' && last != ':')
        append(',');
}

void JsonWriter::open(char bracket)
{
    separate();
    append(bracket);
}

void JsonWriter::name(QByteArrayView plain)
{
    separate();
    append('"');
    append(plain);
    append("\":");
}

void JsonWriter::quote(QByteArrayView validUtf8)
{
    separate();
    append('"');
    const char* run = validUtf8.begin();
    const char* const end = validUtf8.end();
    for (const char* at = run; at != end; ++at) {
        const auto byte = static_cast<uchar>(*at);
        const char escape = escapes[byte];
        if (escape == 0)
            continue;
        append({run, at - run});
        run = at + 1;
        append('\\');
        append(escape);
        if (escape == 'u') {
            append("00");
            append(hexDigits[byte >> 4]);
            append(hexDigits[byte & 15]);
        }
    }
    append({run, end - run});
    append('"');
}

void JsonWriter::text(QByteArrayView utf8)
{
    if (utf8.isValidUtf8())
        quote(utf8);
    else
        quote(QString::fromUtf8(utf8).toUtf8());
}

template <class Number>
void JsonWriter::appendNumber(Number value)
{
    char digits[24];
    const auto written = std::to_chars(digits, digits + sizeof(digits), value);
    append({digits, written.ptr - digits});
}

void JsonWriter::integer(qint64 value)
{
    separate();
    appendNumber(value);
}

void JsonWriter::count(quint64 value)
{
    separate();
    appendNumber(value);
}

void JsonWriter::real(double value)
{
    separate();
    if (!std::isfinite(value) || std::abs(value) > 1e15)
        value = 0;
    const auto thousandths = static_cast<qint64>(std::llround(value * 1000));
    if (thousandths < 0)
        append('-');
    const qint64 size = std::abs(thousandths);
    appendNumber(size / 1000);
    if (size % 1000 == 0)
        return;
    char decimals[] = {'.', static_cast<char>('0' + size / 100 % 10), static_cast<char>('0' + size / 10 % 10),
                       static_cast<char>('0' + size % 10)};
    qsizetype length = 4;
    while (decimals[length - 1] == '0')
        --length;
    append({decimals, length});
}

void JsonWriter::milliseconds(Duration value)
{
    real(static_cast<double>(value.count()) / 1e6);
}

void JsonWriter::boolean(bool value)
{
    separate();
    append(value ? QByteArrayView("true") : QByteArrayView("false"));
}

void JsonWriter::null()
{
    separate();
    append("null");
}

void JsonWriter::appendHex(quint64 value)
{
    char digits[16];
    for (int i = 15; i >= 0; --i, value >>= 4)
        digits[i] = hexDigits[value & 15];
    append({digits, 16});
}

void JsonWriter::hex(quint64 value)
{
    separate();
    append('"');
    appendHex(value);
    append('"');
}

void JsonWriter::hexAndCount(quint64 hexPart, quint64 counter)
{
    separate();
    append('"');
    appendHex(hexPart);
    append(':');
    appendNumber(counter);
    append('"');
}

void JsonWriter::hexName(quint64 value)
{
    hex(value);
    append(':');
}

void JsonWriter::bytesField(QByteArrayView plainName, QByteArrayView value)
{
    if (value.isValidUtf8()) {
        name(plainName);
        quote(value);
        return;
    }
    separate();
    append('"');
    append(plainName);
    append("_base64\":\"");
    append(QByteArray::fromRawData(value.data(), value.size()).toBase64());
    append('"');
}

void JsonWriter::integerField(QByteArrayView plainName, qint64 value)
{
    name(plainName);
    integer(value);
}

void JsonWriter::countField(QByteArrayView plainName, quint64 value)
{
    name(plainName);
    count(value);
}

void JsonWriter::booleanField(QByteArrayView plainName, bool value)
{
    name(plainName);
    boolean(value);
}

} // namespace ringmaster
