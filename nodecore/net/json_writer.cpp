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

void JsonWriter::separate()
{
    if (m_json.isEmpty())
        return;
    // A string ends with a quote, so these can only be brackets and colons of ours.
    const char last = m_json.back();
    if (last != '{' && last != '[' && last != ':')
        m_json.append(',');
}

void JsonWriter::open(char bracket)
{
    separate();
    m_json.append(bracket);
}

void JsonWriter::name(QByteArrayView plain)
{
    separate();
    m_json.append('"');
    m_json.append(plain);
    m_json.append("\":", 2);
}

void JsonWriter::quote(QByteArrayView validUtf8)
{
    separate();
    m_json.append('"');
    const char* run = validUtf8.begin();
    const char* const end = validUtf8.end();
    for (const char* at = run; at != end; ++at) {
        const auto byte = static_cast<uchar>(*at);
        const char escape = escapes[byte];
        if (escape == 0)
            continue;
        m_json.append(run, at - run);
        run = at + 1;
        m_json.append('\\');
        m_json.append(escape);
        if (escape == 'u') {
            m_json.append("00", 2);
            m_json.append(hexDigits[byte >> 4]);
            m_json.append(hexDigits[byte & 15]);
        }
    }
    m_json.append(run, end - run);
    m_json.append('"');
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
    m_json.append(digits, written.ptr - digits);
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
        m_json.append('-');
    const qint64 size = std::abs(thousandths);
    appendNumber(size / 1000);
    if (size % 1000 == 0)
        return;
    char decimals[] = {'.', static_cast<char>('0' + size / 100 % 10), static_cast<char>('0' + size / 10 % 10),
                       static_cast<char>('0' + size % 10)};
    qsizetype length = 4;
    while (decimals[length - 1] == '0')
        --length;
    m_json.append(decimals, length);
}

void JsonWriter::milliseconds(Duration value)
{
    real(static_cast<double>(value.count()) / 1e6);
}

void JsonWriter::boolean(bool value)
{
    separate();
    m_json.append(value ? QByteArrayView("true") : QByteArrayView("false"));
}

void JsonWriter::null()
{
    separate();
    m_json.append("null", 4);
}

void JsonWriter::appendHex(quint64 value)
{
    char digits[16];
    for (int i = 15; i >= 0; --i, value >>= 4)
        digits[i] = hexDigits[value & 15];
    m_json.append(digits, 16);
}

void JsonWriter::hex(quint64 value)
{
    separate();
    m_json.append('"');
    appendHex(value);
    m_json.append('"');
}

void JsonWriter::hexAndCount(quint64 hexPart, quint64 counter)
{
    separate();
    m_json.append('"');
    appendHex(hexPart);
    m_json.append(':');
    appendNumber(counter);
    m_json.append('"');
}

void JsonWriter::hexName(quint64 value)
{
    hex(value);
    m_json.append(':');
}

void JsonWriter::bytesField(QByteArrayView plainName, QByteArrayView value)
{
    if (value.isValidUtf8()) {
        name(plainName);
        quote(value);
        return;
    }
    separate();
    m_json.append('"');
    m_json.append(plainName);
    m_json.append("_base64\":\"");
    m_json.append(QByteArray::fromRawData(value.data(), value.size()).toBase64());
    m_json.append('"');
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
