// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/client/http_response_parser.h"

#include <QList>

namespace ringmaster {

namespace {

constexpr qsizetype maxLineBytes = 8 * 1024; // of a chunk's size line or a trailer

} // namespace

void HttpResponseParser::reset()
{
    *this = HttpResponseParser(m_maxBodyBytes);
}

void HttpResponseParser::fail(const char* problem)
{
    m_state = State::Failed;
    m_problem = QString::fromLatin1(problem);
    m_buffer.clear();
    m_body.clear();
}

void HttpResponseParser::feed(const QByteArray& bytes)
{
    if (bytes.isEmpty() || failed())
        return;
    m_begun = true;
    m_buffer.append(bytes);
    while (!failed() && !finished() && step()) {
    }
    if (finished() && !m_buffer.isEmpty())
        fail("more bytes came than the answer has");
}

void HttpResponseParser::end()
{
    if (m_state == State::BodyToEnd)
        m_state = State::Done;
    else if (!finished() && !failed())
        fail("the connection ended in the middle of the answer");
}

bool HttpResponseParser::step()
{
    switch (m_state) {
    case State::Head:
        return readHead();
    case State::Body:
    case State::ChunkData:
    case State::BodyToEnd:
        return readBody();
    case State::ChunkSize:
        return readChunkSize();
    case State::ChunkEnd:
        return readChunkEnd();
    case State::Trailers:
        return readTrailers();
    case State::Done:
    case State::Failed:
        break;
    }
    return false;
}

bool HttpResponseParser::readHead()
{
    const qsizetype end = m_buffer.indexOf("\r\n\r\n");
    if (end > maxHeadBytes || (end < 0 && m_buffer.size() > maxHeadBytes)) {
        fail("the head of the answer is too large");
        return false;
    }
    if (end < 0)
        return false;

    const QByteArray head = m_buffer.left(end);
    m_buffer.remove(0, end + 4);
    m_contentLength = -1;
    m_chunked = false;
    bool first = true;
    qsizetype at = 0;
    while (at <= head.size()) {
        qsizetype lineEnd = head.indexOf("\r\n", at);
        if (lineEnd < 0)
            lineEnd = head.size();
        const QByteArray line = head.mid(at, lineEnd - at);
        if (first ? !parseStatusLine(line) : !parseHeader(line))
            return false;
        first = false;
        at = lineEnd + 2;
    }
    if (m_status >= 200)
        chooseBody();
    return true;
}

bool HttpResponseParser::parseStatusLine(const QByteArray& line)
{
    bool number = false;
    m_status = line.mid(9, 3).toInt(&number);
    const bool http = line.startsWith("HTTP/1.1 ") || line.startsWith("HTTP/1.0 ");
    if (!http || !number || m_status < 100 || m_status > 599) {
        fail("the answer is not HTTP");
        return false;
    }
    m_keepAlive = line.startsWith("HTTP/1.1 ");
    return true;
}

bool HttpResponseParser::parseHeader(const QByteArray& line)
{
    const qsizetype colon = line.indexOf(':');
    if (colon <= 0) {
        fail("a header of the answer has no name");
        return false;
    }
    const QByteArray name = line.left(colon).toLower();
    const QByteArray value = line.mid(colon + 1).trimmed();
    if (name == "content-length") {
        bool number = false;
        const qint64 length = value.toLongLong(&number);
        if (!number || length < 0 || (m_contentLength >= 0 && m_contentLength != length)) {
            fail("the answer's length cannot be understood");
            return false;
        }
        m_contentLength = length;
    } else if (name == "transfer-encoding") {
        if (value.toLower() != "chunked") {
            fail("the answer's transfer encoding is not known");
            return false;
        }
        m_chunked = true;
    } else if (name == "connection") {
        m_keepAlive = m_keepAlive && value.toLower() != "close";
    }
    return true;
}

void HttpResponseParser::chooseBody()
{
    if (m_status == 204 || m_status == 304) {
        m_state = State::Done;
    } else if (m_chunked) {
        m_state = State::ChunkSize;
    } else if (m_contentLength > m_maxBodyBytes) {
        fail("the body of the answer is too large");
    } else if (m_contentLength >= 0) {
        m_remaining = m_contentLength;
        m_state = m_remaining > 0 ? State::Body : State::Done;
    } else {
        m_keepAlive = false;
        m_state = State::BodyToEnd;
    }
}

bool HttpResponseParser::readBody()
{
    if (m_buffer.isEmpty())
        return false;
    const bool toEnd = m_state == State::BodyToEnd;
    const qsizetype n = toEnd ? m_buffer.size() : qMin(m_remaining, m_buffer.size());
    if (m_body.size() + n > m_maxBodyBytes) {
        fail("the body of the answer is too large");
        return false;
    }
    m_body.append(m_buffer.constData(), n);
    m_buffer.remove(0, n);
    if (toEnd)
        return false;
    m_remaining -= n;
    if (m_remaining > 0)
        return false;
    m_state = m_state == State::ChunkData ? State::ChunkEnd : State::Done;
    return true;
}

bool HttpResponseParser::takeLine(QByteArray* line)
{
    const qsizetype end = m_buffer.indexOf("\r\n");
    if (end > maxLineBytes || (end < 0 && m_buffer.size() > maxLineBytes))
        fail("a line of the chunked answer is too long");
    if (end < 0 || failed())
        return false;
    *line = m_buffer.left(end);
    m_buffer.remove(0, end + 2);
    return true;
}

bool HttpResponseParser::readChunkSize()
{
    QByteArray line;
    if (!takeLine(&line))
        return false;
    bool number = false;
    const qulonglong size = line.split(';').first().trimmed().toULongLong(&number, 16);
    if (!number || size > static_cast<qulonglong>(m_maxBodyBytes)) {
        fail("a chunk of the answer cannot be understood or is too large");
        return false;
    }
    m_remaining = static_cast<qsizetype>(size);
    m_state = m_remaining > 0 ? State::ChunkData : State::Trailers;
    return true;
}

bool HttpResponseParser::readChunkEnd()
{
    QByteArray line;
    if (!takeLine(&line))
        return false;
    if (!line.isEmpty()) {
        fail("a chunk of the answer does not end where it said");
        return false;
    }
    m_state = State::ChunkSize;
    return true;
}

bool HttpResponseParser::readTrailers()
{
    QByteArray line;
    if (!takeLine(&line))
        return false;
    if (line.isEmpty())
        m_state = State::Done;
    return true;
}

} // namespace ringmaster
