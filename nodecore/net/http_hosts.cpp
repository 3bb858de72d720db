// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/http_hosts.h"

#include "nodecore/net/http_fields.h"

#include <QHostAddress>

#include <algorithm>

namespace ringmaster {

namespace {

struct Authority {
    QByteArrayView host; // an IPv6 address without its brackets
    qint64 port = 80;
    bool isBracketed = false;
};

std::optional<Authority> parseAuthority(QByteArrayView text)
{
    Authority authority;
    QByteArrayView port;
    if (text.startsWith('[')) {
        const qsizetype close = text.indexOf(']');
        if (close < 0)
            return std::nullopt;
        authority.host = text.sliced(1, close - 1);
        authority.isBracketed = true;
        port = text.sliced(close + 1);
    } else {
        const qsizetype colon = text.indexOf(':');
        authority.host = colon < 0 ? text : text.first(colon);
        port = colon < 0 ? QByteArrayView() : text.sliced(colon);
    }
    if (authority.host.isEmpty())
        return std::nullopt;
    if (port.isEmpty())
        return authority;
    const std::optional<qint64> number =
        port.startsWith(':') ? saturatedNumber(port.sliced(1)) : std::nullopt;
    if (!number || *number > 65535)
        return std::nullopt;
    authority.port = *number;
    return authority;
}

// Four numbers of up to 255: the only form of an IPv4 address that no resolver is asked about.
bool isDottedQuad(QByteArrayView host)
{
    int parts = 1;
    int value = -1;
    for (const char c : host) {
        if (c == '.') {
            if (value < 0 || ++parts > 4)
                return false;
            value = -1;
        } else if (c >= '0' && c <= '9') {
            value = std::max(value, 0) * 10 + (c - '0');
            if (value > 255)
                return false;
        } else {
            return false;
        }
    }
    return parts == 4 && value >= 0;
}

HttpRefusal forbidden(const QString& message)
{
    return {403, "forbidden", message};
}

} // namespace

HostPolicy::HostPolicy(const QString& listeningHost, const QStringList& allowedHosts)
{
    m_names.append("localhost");
    for (const QString& name : QStringList(listeningHost) + allowedHosts) {
        if (!name.isEmpty())
            m_names.append(name.toLower().toUtf8());
    }
}

bool HostPolicy::isOurs(QByteArrayView text) const
{
    const std::optional<Authority> authority = parseAuthority(text);
    if (!authority)
        return false;
    if (authority->isBracketed) {
        const QHostAddress address(QString::fromLatin1(authority->host));
        return address.protocol() == QAbstractSocket::IPv6Protocol;
    }
    return isDottedQuad(authority->host) ||
           std::any_of(m_names.begin(), m_names.end(), [&authority](const QByteArray& name) {
               return equalsIgnoringCase(name, authority->host);
           });
}

std::optional<HttpRefusal> HostPolicy::judge(const HttpRequest& request) const
{
    if (!request.host.isEmpty() && !isOurs(request.host)) {
        return forbidden(
            QStringLiteral("The request is for the host \"%1\", which is not a name of this node. "
                           "Use its address, or add the name to the allowed hosts.")
                .arg(QString::fromUtf8(request.host)));
    }
    if (!request.origin || !(request.isWrite() || request.wantsWebSocket))
        return std::nullopt;

    constexpr QByteArrayView scheme = "http://";
    const bool isHttp = request.origin->startsWith(scheme);
    const auto origin = isHttp ? parseAuthority(request.origin->sliced(scheme.size())) : std::nullopt;
    const auto host = parseAuthority(request.host);
    const bool same =
        origin && host && origin->port == host->port && equalsIgnoringCase(origin->host, host->host);
    if (same)
        return std::nullopt;
    return forbidden(
        QStringLiteral("The request comes from a web page of another origin (\"%1\"). Only pages of "
                       "this node's own address may write or listen.")
            .arg(QString::fromUtf8(*request.origin)));
}

} // namespace ringmaster
