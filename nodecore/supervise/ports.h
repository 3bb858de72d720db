// SPDX-License-Identifier: GPL-3.0-or-later
// Which TCP addresses of this machine can be had.
#pragma once

#include <QList>
#include <QString>

namespace ringmaster {

// So many different free ports of 127.0.0.1, at this moment. Fewer where the machine has no more.
QList<int> freePorts(int count);

// Whether host:port can be listened on now. True for a host name, which is not looked up.
bool canListen(const QString& address);

} // namespace ringmaster
