// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/supervise/ports.h"

#include <QTcpServer>
#include <QUrl>

#include <memory>
#include <vector>

namespace ringmaster {

QList<int> freePorts(int count)
{
    // All are held until the last is found, so that none is found twice.
    std::vector<std::unique_ptr<QTcpServer>> held;
    QList<int> ports;
    for (int i = 0; i < count; ++i) {
        held.push_back(std::make_unique<QTcpServer>());
        if (!held.back()->listen(QHostAddress::LocalHost))
            break;
        ports.append(held.back()->serverPort());
    }
    return ports;
}

bool canListen(const QString& address)
{
    const QUrl url(QStringLiteral("tcp://") + address);
    const QHostAddress host(url.host() == QStringLiteral("localhost") ? QStringLiteral("127.0.0.1")
                                                                      : url.host());
    QTcpServer server;
    return host.isNull() || server.listen(host, static_cast<quint16>(url.port(0)));
}

} // namespace ringmaster
