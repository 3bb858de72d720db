// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/system_address.h"

#include <QHostInfo>

#include <algorithm>

namespace ringmaster {

namespace {

constexpr qsizetype maxHostLength = 253; // of a DNS name

bool isPlausibleHost(const QString& host)
{
    const auto fits = [](QChar c) {
        return (c.unicode() < 128 && c.isLetterOrNumber()) || QStringLiteral("._-:%").contains(c);
    };
    return !host.isEmpty() && host.size() <= maxHostLength && std::all_of(host.begin(), host.end(), fits);
}

tl::unexpected<Error> noAddress(const QString& text)
{
    return failure(ErrorCode::Malformed,
                   QStringLiteral("\"%1\" is not an address. Write HOST:PORT, for example 127.0.0.1:8101 "
                                  "or [::1]:8101.")
                       .arg(text.left(maxHostLength)));
}

} // namespace

Result<HostPort> HostPort::parse(const QString& text)
{
    const qsizetype colon = text.lastIndexOf(QLatin1Char(':'));
    if (colon < 0)
        return noAddress(text);
    QString host = text.left(colon);
    if (host.startsWith(QLatin1Char('[')) && host.endsWith(QLatin1Char(']')))
        host = host.sliced(1, host.size() - 2);
    else if (host.contains(QLatin1Char(':')))
        return noAddress(text); // an IPv6 address without brackets: which colon ends it?
    bool isNumber = false;
    const QString digits = text.mid(colon + 1);
    const quint16 port = digits.toUShort(&isNumber);
    if (!isNumber || !digits.front().isDigit() || !isPlausibleHost(host))
        return noAddress(text);
    return HostPort{host, port};
}

QString HostPort::toString() const
{
    const auto form = host.contains(QLatin1Char(':')) ? QStringLiteral("[%1]:%2") : QStringLiteral("%1:%2");
    return form.arg(host).arg(port);
}

Result<QHostAddress> HostPort::resolved() const
{
    const QHostAddress numeric(host);
    if (!numeric.isNull())
        return numeric;
    const QHostInfo info = QHostInfo::fromName(host);
    if (info.addresses().isEmpty())
        return failure(ErrorCode::Unavailable,
                       QStringLiteral("The host name %1 leads to no address (%2). Check its spelling, or "
                                      "give a numeric address.")
                           .arg(host, info.errorString()));
    return info.addresses().first();
}

} // namespace ringmaster
