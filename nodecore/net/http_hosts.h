// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps other people's web pages out of a node that listens where their visitors' browsers reach it.
//
// A page whose name was made to resolve to this machine (DNS rebinding) sends its own name as Host: only
// names that are ours are served. A page of another origin may still post to us: a write, or a WebSocket,
// that says where it comes from must come from the very host that it is sent to. Programs send no Origin.
#pragma once

#include "nodecore/net/http_request.h"

#include <QList>
#include <QStringList>

namespace ringmaster {

class HostPolicy {
public:
    // listeningHost: what the server was told to listen on, without a port.
    HostPolicy(const QString& listeningHost, const QStringList& allowedHosts);

    // Nothing: welcome.
    std::optional<HttpRefusal> judge(const HttpRequest& request) const;

    // host[:port] of a numeric address, localhost, or a name that is ours.
    bool isOurs(QByteArrayView authority) const;

private:
    QList<QByteArray> m_names; // lower case
};

} // namespace ringmaster
