// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/http_guard.h"

#include "nodecore/net/http_fields.h"

#include <algorithm>

namespace ringmaster {

namespace {

constexpr int maxEmptyLinesAhead = 2; // RFC 9112, 2.2: a lenient server skips one; some clients send two
constexpr qsizetype maxMethodBytes = 32;

} // namespace

std::optional<QByteArrayView> HttpRequest::field(QByteArrayView name) const
{
    for (const HttpField& candidate : fields) {
        if (equalsIgnoringCase(candidate.name, name))
            return candidate.value;
    }
    return std::nullopt;
}

HttpGuard::Verdict HttpGuard::refuse(int status, QByteArrayView word, const QString& message)
{
    m_refusal = {status, word, message};
    return Verdict::Refuse;
}

void HttpGuard::reset()
{
    std::vector<HttpField> fields = std::move(m_request.fields);
    fields.clear();
    m_request = {};
    m_request.fields = std::move(fields);
    m_headBytes = m_start = m_lineStart = m_looked = 0;
    m_lines = 0;
}

HttpGuard::Verdict HttpGuard::judge(QByteArrayView bytes)
{
    while (true) {
        const qsizetype newline = bytes.indexOf('\n', m_looked);
        const qsizetype seen = newline < 0 ? bytes.size() : newline + 1;
        // First, so that what is no HTTP is told as such however many bytes of it came at once.
        if (m_lines == 0 && !looksLikeHttp(bytes.sliced(m_start)))
            return Verdict::Refuse;
        if (seen > m_limits.headBytes) {
            return refuse(431, "head_too_large",
                          QStringLiteral("The head of the request is over %1 bytes. Send fewer or shorter "
                                         "headers, or a shorter key.")
                              .arg(m_limits.headBytes));
        }
        m_looked = seen;
        if (newline < 0)
            return Verdict::NeedMore;
        if (newline == m_lineStart || bytes[newline - 1] != '\r')
            return malformed(QStringLiteral("A line of the request ends without CR LF."));

        const bool empty = newline == m_lineStart + 1;
        m_lineStart = newline + 1;
        if (empty && m_lines == 0) {
            m_start = m_lineStart;
            if (m_start > 2 * maxEmptyLinesAhead)
                return malformed(QStringLiteral("The request begins with empty lines."));
        } else if (empty) {
            m_headBytes = m_lineStart;
            return parse(bytes.first(m_headBytes).sliced(m_start)) ? Verdict::Accept : Verdict::Refuse;
        } else if (++m_lines > m_limits.fields + 1) {
            return refuse(431, "head_too_large",
                          QStringLiteral("The request has more than %1 headers.").arg(m_limits.fields));
        }
    }
}

bool HttpGuard::looksLikeHttp(QByteArrayView bytes)
{
    if (bytes.isEmpty() || bytes.front() == '\r' || bytes.front() == '\n')
        return true;
    if (bytes.front() == '\x16') {
        malformed(QStringLiteral("This looks like TLS. This port speaks plain HTTP: use http://."));
    } else if (bytes.startsWith("PRI * HTTP/2")) {
        malformed(QStringLiteral("This looks like HTTP/2. This port speaks HTTP/1.1."));
    } else if (!isTokenByte(bytes.front())) {
        malformed(QStringLiteral("This is not an HTTP request."));
    } else {
        return true;
    }
    return false;
}

bool HttpGuard::parse(QByteArrayView head)
{
    m_minorVersion = 1;
    m_hosts = m_lengths = m_encodings = m_origins = 0;
    m_saidClose = m_saidUpgrade = m_saidWebSocket = false;
    m_absoluteHost = {};

    // judge() has seen to it that each line ends with CR LF and that the last one is empty.
    qsizetype lineEnd = head.indexOf('\n');
    if (!parseRequestLine(head.first(lineEnd - 1)))
        return false;
    while (true) {
        const qsizetype start = lineEnd + 1;
        lineEnd = head.indexOf('\n', start);
        const QByteArrayView line = head.sliced(start, lineEnd - start - 1);
        if (line.isEmpty())
            return finish();
        if (!parseField(line))
            return false;
    }
}

bool HttpGuard::parseRequestLine(QByteArrayView line)
{
    const qsizetype firstSpace = line.indexOf(' ');
    const qsizetype lastSpace = line.lastIndexOf(' ');
    if (firstSpace <= 0 || lastSpace <= firstSpace + 1) {
        malformed(QStringLiteral("The request line is not \"METHOD /path HTTP/1.1\"."));
        return false;
    }
    m_request.method = line.first(firstSpace);
    if (m_request.method.size() > maxMethodBytes || !isToken(m_request.method)) {
        malformed(QStringLiteral("The request line does not begin with a method."));
        return false;
    }
    const QByteArrayView version = line.sliced(lastSpace + 1);
    if (version != "HTTP/1.1" && version != "HTTP/1.0") {
        malformed(QStringLiteral("The request does not end its first line with HTTP/1.1 or HTTP/1.0, which "
                                 "is what this port speaks."));
        return false;
    }
    m_minorVersion = version.back() - '0';
    return parseTarget(line.sliced(firstSpace + 1, lastSpace - firstSpace - 1));
}

bool HttpGuard::parseTarget(QByteArrayView target)
{
    if (!std::all_of(target.begin(), target.end(), isTargetByte)) {
        malformed(QStringLiteral("The request's path has a space, a control byte or a '#' in it. "
                                 "Percent-encode it."));
        return false;
    }
    constexpr QByteArrayView scheme = "http://";
    if (target.size() > scheme.size() && equalsIgnoringCase(target.first(scheme.size()), scheme)) {
        const QByteArrayView rest = target.sliced(scheme.size());
        const auto authorityEnd =
            std::find_if(rest.begin(), rest.end(), [](char c) { return c == '/' || c == '?'; });
        m_absoluteHost = rest.first(authorityEnd - rest.begin());
        target = rest.sliced(m_absoluteHost.size());
        if (m_absoluteHost.isEmpty() || !target.startsWith('/')) {
            malformed(QStringLiteral("The request's target is not \"http://host/path\"."));
            return false;
        }
    }
    if (!target.startsWith('/') && target != "*") {
        malformed(QStringLiteral("The request's path does not begin with '/'."));
        return false;
    }
    const qsizetype question = target.indexOf('?');
    m_request.path = question < 0 ? target : target.first(question);
    m_request.query = question < 0 ? QByteArrayView() : target.sliced(question + 1);
    return true;
}

bool HttpGuard::parseField(QByteArrayView line)
{
    if (line.front() == ' ' || line.front() == '\t') {
        malformed(QStringLiteral("A header goes on in a second line. Folded headers are not taken."));
        return false;
    }
    const qsizetype colon = line.indexOf(':');
    if (colon < 0 || !isToken(line.first(colon))) {
        malformed(QStringLiteral("A header is not \"Name: value\", with nothing before the colon but the "
                                 "name."));
        return false;
    }
    const HttpField field{line.first(colon), trimmedField(line.sliced(colon + 1))};
    if (!std::all_of(field.value.begin(), field.value.end(), isFieldValueByte)) {
        malformed(QStringLiteral("A header has a control byte in it."));
        return false;
    }
    m_request.fields.push_back(field);
    return noteField(field);
}

bool HttpGuard::noteField(const HttpField& field)
{
    const auto is = [&field](QByteArrayView name) { return equalsIgnoringCase(field.name, name); };
    switch (field.name.size()) {
    case 4:
        if (is("Host")) {
            m_request.host = field.value;
            ++m_hosts;
        }
        return true;
    case 6:
        if (is("Origin")) {
            m_request.origin = field.value;
            ++m_origins;
        } else if (is("Expect")) {
            m_request.expectsContinue = equalsIgnoringCase(field.value, "100-continue");
            if (!m_request.expectsContinue) {
                malformed(QStringLiteral("The request expects something other than 100-continue."));
                return false;
            }
        }
        return true;
    case 7:
        m_saidWebSocket |= is("Upgrade") && listContains(field.value, "websocket");
        return true;
    case 10:
        if (is("Connection")) {
            m_saidClose |= listContains(field.value, "close");
            m_saidUpgrade |= listContains(field.value, "upgrade");
        }
        return true;
    case 14:
        return !is("Content-Length") || noteLength(field.value);
    case 17:
        return !is("Transfer-Encoding") || noteTransferEncoding(field.value);
    default:
        return true;
    }
}

bool HttpGuard::noteLength(QByteArrayView value)
{
    const std::optional<qint64> length = saturatedNumber(value);
    if (++m_lengths > 1 || !length) {
        malformed(QStringLiteral("The request's Content-Length is not one plain number."));
        return false;
    }
    m_request.contentLength = *length;
    return true;
}

bool HttpGuard::noteTransferEncoding(QByteArrayView value)
{
    if (++m_encodings > 1 || !equalsIgnoringCase(value, "chunked")) {
        malformed(QStringLiteral("The request has a Transfer-Encoding other than chunked. Send the body as "
                                 "it is, with a Content-Length."));
        return false;
    }
    m_request.isChunked = true;
    return true;
}

bool HttpGuard::finish()
{
    if (m_hosts > 1 || (m_hosts == 0 && m_minorVersion > 0)) {
        malformed(QStringLiteral("The request must have exactly one Host header."));
        return false;
    }
    if (!m_absoluteHost.isEmpty()) {
        if (m_hosts == 1 && !equalsIgnoringCase(m_absoluteHost, m_request.host)) {
            malformed(QStringLiteral("The request names two different hosts."));
            return false;
        }
        m_request.host = m_absoluteHost;
    }
    if (m_origins > 1) {
        malformed(QStringLiteral("The request has more than one Origin header."));
        return false;
    }
    if (m_request.isChunked && (m_lengths > 0 || m_minorVersion == 0)) {
        malformed(QStringLiteral("The request has a Transfer-Encoding, and a Content-Length or HTTP/1.0 "
                                 "that contradicts it."));
        return false;
    }
    if (m_request.contentLength > m_limits.bodyBytes) {
        refuse(
            413, "too_large",
            QStringLiteral("The body is larger than the %1 bytes that this node takes. Nothing was stored.")
                .arg(m_limits.bodyBytes));
        return false;
    }
    m_request.keepAlive = m_minorVersion > 0 && !m_saidClose;
    m_request.expectsContinue &= m_minorVersion > 0;
    m_request.wantsWebSocket = m_minorVersion > 0 && m_saidUpgrade && m_saidWebSocket;
    return true;
}

} // namespace ringmaster
