// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/http_chunks.h"

#include "nodecore/net/http_fields.h"

#include <algorithm>

namespace ringmaster {

namespace {

constexpr qsizetype maxSizeLineBytes = 256; // a size and its extensions, which nobody uses
constexpr qsizetype maxSizeDigits = 15;     // cannot overflow 63 bits

std::optional<qint64> hexNumber(QByteArrayView digits)
{
    if (digits.isEmpty() || digits.size() > maxSizeDigits)
        return std::nullopt;
    qint64 number = 0;
    for (const char c : digits) {
        int digit = 0;
        if (c >= '0' && c <= '9')
            digit = c - '0';
        else if (c >= 'a' && c <= 'f')
            digit = c - 'a' + 10;
        else if (c >= 'A' && c <= 'F')
            digit = c - 'A' + 10;
        else
            return std::nullopt;
        number = number * 16 + digit;
    }
    return number;
}

} // namespace

ChunkDecoder::ChunkDecoder(qsizetype maxBodyBytes, qsizetype maxTrailerBytes)
    : m_maxBodyBytes(maxBodyBytes)
    , m_trailerBytesLeft(maxTrailerBytes)
{}

ChunkDecoder::Verdict ChunkDecoder::refuse(int status, QByteArrayView word, const QString& message)
{
    m_refusal = {status, word, message};
    return Verdict::Refuse;
}

ChunkDecoder::Verdict ChunkDecoder::feed(QByteArrayView bytes, qsizetype& consumed, QByteArray& body)
{
    QByteArrayView rest = bytes;
    std::optional<Verdict> verdict;
    while (!verdict) {
        switch (m_state) {
        case State::Size:
            verdict = takeSize(rest, body);
            break;
        case State::Data:
            verdict = takeData(rest, body);
            break;
        case State::DataEnd:
            verdict = takeDataEnd(rest);
            break;
        case State::Trailer:
            verdict = takeTrailer(rest);
            break;
        }
    }
    consumed = bytes.size() - rest.size();
    return *verdict;
}

std::optional<QByteArrayView> ChunkDecoder::takeLine(QByteArrayView& rest)
{
    const qsizetype newline = rest.indexOf('\n');
    if (newline < 0)
        return std::nullopt;
    const QByteArrayView line = rest.first(newline + 1);
    rest = rest.sliced(newline + 1);
    return line;
}

std::optional<ChunkDecoder::Verdict> ChunkDecoder::takeSize(QByteArrayView& rest, const QByteArray& body)
{
    const QByteArrayView before = rest;
    const std::optional<QByteArrayView> line = takeLine(rest);
    const qsizetype length = line ? line->size() : before.size();
    if (length > maxSizeLineBytes)
        return refuse(400, "malformed", QStringLiteral("A chunk's size line is too long."));
    if (!line)
        return Verdict::NeedMore;
    if (!line->endsWith("\r\n"))
        return refuse(400, "malformed", QStringLiteral("A chunk's size line ends without CR LF."));

    QByteArrayView text = line->chopped(2);
    if (!std::all_of(text.begin(), text.end(), isFieldValueByte))
        return refuse(400, "malformed", QStringLiteral("A chunk's size line has a control byte in it."));
    if (const qsizetype semicolon = text.indexOf(';'); semicolon >= 0)
        text = trimmedField(text.first(semicolon));
    const std::optional<qint64> size = hexNumber(text);
    if (!size)
        return refuse(400, "malformed", QStringLiteral("A chunk's size is not a hexadecimal number."));
    if (*size > m_maxBodyBytes - body.size()) {
        return refuse(413, "too_large",
                      QStringLiteral("The body is larger than the %1 bytes that this node takes. Nothing was "
                                     "stored.")
                          .arg(m_maxBodyBytes));
    }
    m_chunkLeft = static_cast<qsizetype>(*size);
    m_state = m_chunkLeft == 0 ? State::Trailer : State::Data;
    return std::nullopt;
}

std::optional<ChunkDecoder::Verdict> ChunkDecoder::takeData(QByteArrayView& rest, QByteArray& body)
{
    const qsizetype here = std::min(rest.size(), m_chunkLeft);
    body.append(rest.first(here));
    rest = rest.sliced(here);
    m_chunkLeft -= here;
    if (m_chunkLeft > 0)
        return Verdict::NeedMore;
    m_state = State::DataEnd;
    return std::nullopt;
}

std::optional<ChunkDecoder::Verdict> ChunkDecoder::takeDataEnd(QByteArrayView& rest)
{
    constexpr QByteArrayView end = "\r\n";
    const qsizetype here = std::min(rest.size(), end.size());
    if (rest.first(here) != end.first(here))
        return refuse(400, "malformed", QStringLiteral("A chunk is longer than its size says."));
    if (here < end.size())
        return Verdict::NeedMore;
    rest = rest.sliced(here);
    m_state = State::Size;
    return std::nullopt;
}

std::optional<ChunkDecoder::Verdict> ChunkDecoder::takeTrailer(QByteArrayView& rest)
{
    const QByteArrayView before = rest;
    const std::optional<QByteArrayView> line = takeLine(rest);
    const qsizetype length = line ? line->size() : before.size();
    if (length > m_trailerBytesLeft)
        return refuse(431, "head_too_large", QStringLiteral("The fields after the body are too long."));
    if (!line)
        return Verdict::NeedMore;
    if (!line->endsWith("\r\n"))
        return refuse(400, "malformed", QStringLiteral("A field after the body ends without CR LF."));
    m_trailerBytesLeft -= length;
    if (line->size() == 2)
        return Verdict::Done;
    return std::nullopt;
}

} // namespace ringmaster
