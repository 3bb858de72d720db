// SPDX-License-Identifier: GPL-3.0-or-later
// Judges the head of a request before anybody acts on it. No sockets: bytes in, a verdict out.
//
// Strict where two readers could understand different things (RFC 9112, sections 2.2, 5.1, 6.3, 11.2), since
// whatever stands in front of a node may be the other reader: line ends other than CR LF, folded fields,
// blanks before a colon, lengths that are doubled, padded with signs or contradicted by a Transfer-Encoding,
// all are refused, and a refused connection is closed.
#pragma once

#include "nodecore/net/http_request.h"

namespace ringmaster {

struct HttpLimits {
    qsizetype headBytes = 48 * 1024; // the longest context token (36 KiB), and room for the rest
    int fields = 64;
    qsizetype bodyBytes = 1024 * 1024;
};

class HttpGuard {
public:
    enum class Verdict {
        NeedMore, // the head is not whole yet, and nothing is wrong with it so far
        Accept,   // request() and headBytes() are set
        Refuse,   // refusal() is set
    };

    explicit HttpGuard(HttpLimits limits)
        : m_limits(limits)
    {}

    // bytes: all that came since the request before. After NeedMore, call again with these and more; what was
    // looked at is not looked at again. The accepted request points into bytes.
    Verdict judge(QByteArrayView bytes);
    // To begin with the next request. Keeps its memory.
    void reset();

    HttpRequest& request() { return m_request; }
    const HttpRequest& request() const { return m_request; }
    qsizetype headBytes() const { return m_headBytes; } // with the empty line at its end
    const HttpRefusal& refusal() const { return m_refusal; }

private:
    Verdict refuse(int status, QByteArrayView word, const QString& message);
    Verdict malformed(const QString& message) { return refuse(400, "malformed", message); }
    // Each of these is true where all is well, and otherwise has set m_refusal.
    bool looksLikeHttp(QByteArrayView bytes);
    bool parse(QByteArrayView bytes);
    bool parseRequestLine(QByteArrayView line);
    bool parseTarget(QByteArrayView target);
    bool parseField(QByteArrayView line);
    bool noteField(const HttpField& field);
    bool noteLength(QByteArrayView value);
    bool noteTransferEncoding(QByteArrayView value);
    bool finish();

    HttpLimits m_limits;
    HttpRequest m_request;
    HttpRefusal m_refusal;
    qsizetype m_headBytes = 0;

    // Of the search for the end of the head.
    qsizetype m_start = 0;     // of the request line, after empty lines
    qsizetype m_lineStart = 0; // of the line that is not whole yet
    qsizetype m_looked = 0;    // no line ends before this that is not known
    int m_lines = 0;

    // Of the head that is being parsed.
    int m_minorVersion = 1;
    int m_hosts = 0;
    int m_lengths = 0;
    int m_encodings = 0;
    int m_origins = 0;
    bool m_saidClose = false;
    bool m_saidUpgrade = false;
    bool m_saidWebSocket = false;
    QByteArrayView m_absoluteHost; // of a target in absolute form
};

} // namespace ringmaster
