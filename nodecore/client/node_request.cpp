// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/client/node_request.h"

namespace ringmaster {

QByteArray NodeRequest::serialised(const QByteArray& host) const
{
    QByteArray wire;
    wire.reserve(160 + target.size() + body.size());
    wire.append(method).append(' ').append(target).append(" HTTP/1.1\r\nHost: ").append(host).append("\r\n");
    for (const auto& [name, value] : headers)
        wire.append(name).append(": ").append(value).append("\r\n");
    if (method != "GET")
        wire.append("Content-Length: ").append(QByteArray::number(body.size())).append("\r\n");
    wire.append("\r\n").append(body);
    return wire;
}

} // namespace ringmaster
