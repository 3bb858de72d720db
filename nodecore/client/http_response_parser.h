// SPDX-License-Identifier: GPL-3.0-or-later
// Takes an HTTP/1.1 answer apart as its bytes come in. Pure, and bounded: no head over maxHeadBytes, no body
// over the limit given, nothing reserved for a length that was only claimed.
//
// Knows Content-Length, chunked, and bodies that end with the connection. 1xx answers are passed over.
#pragma once

#include <QByteArray>
#include <QString>

namespace ringmaster {

class HttpResponseParser {
public:
    static constexpr qsizetype maxHeadBytes = 64 * 1024;

    explicit HttpResponseParser(qsizetype maxBodyBytes)
        : m_maxBodyBytes(maxBodyBytes)
    {}

    // Bytes after the end of the answer make it fail: nothing was asked for that they could answer.
    void feed(const QByteArray& bytes);
    // The connection has ended.
    void end();
    // Ready for the next answer on the same connection.
    void reset();

    bool finished() const { return m_state == State::Done; }
    bool failed() const { return m_state == State::Failed; }
    // False while not a byte of an answer has come.
    bool begun() const { return m_begun; }
    QString problem() const { return m_problem; }

    // Valid once finished().
    int status() const { return m_status; }
    bool keepAlive() const { return m_keepAlive; }
    QByteArray takeBody() { return std::move(m_body); }

private:
    enum class State { Head, Body, ChunkSize, ChunkData, ChunkEnd, Trailers, BodyToEnd, Done, Failed };

    void fail(const char* problem);
    bool step(); // false: needs more bytes, or is at the end
    bool readHead();
    bool parseStatusLine(const QByteArray& line);
    bool parseHeader(const QByteArray& line);
    void chooseBody();
    bool readBody();
    bool readChunkSize();
    bool readChunkEnd();
    bool readTrailers();
    bool takeLine(QByteArray* line);

    qsizetype m_maxBodyBytes;
    State m_state = State::Head;
    bool m_begun = false;
    QString m_problem;
    QByteArray m_buffer;
    QByteArray m_body;
    int m_status = 0;
    bool m_keepAlive = true;
    bool m_chunked = false;
    qsizetype m_contentLength = -1;
    qsizetype m_remaining = 0; // of the body or of the chunk
};

} // namespace ringmaster
