// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/free_ports.h"

#include <QTcpServer>

namespace ringmaster {

bool portsAreFree(const QList<int>& bases, int count)
{
    for (const int base : bases) {
        for (int port = base + 1; port <= base + count; ++port) {
            QTcpServer server;
            if (port > 65535 || !server.listen(QHostAddress::LocalHost, static_cast<quint16>(port)))
                return false;
        }
    }
    return true;
}

} // namespace ringmaster
