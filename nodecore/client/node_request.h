// SPDX-License-Identifier: GPL-3.0-or-later
// What goes over a client's connection: a request, an answer, or why there was none. Plain values.
#pragma once

#include <QByteArray>
#include <QList>
#include <QPair>
#include <QString>

#include <tl/expected.hpp>

namespace ringmaster {

struct NodeRequest {
    QByteArray method; // "GET"
    QByteArray target; // path and query, percent-encoded
    QList<QPair<QByteArray, QByteArray>> headers;
    QByteArray body;

    // The bytes on the wire, with Host and, for anything but GET, Content-Length.
    QByteArray serialised(const QByteArray& host) const;
};

struct NodeAnswer {
    int status = 0;
    QByteArray body;
};

struct NodeFailure {
    enum class Kind {
        NotConnected, // no byte of the request left: it was not carried out
        TimedOut,     // sent, no answer in time: it may have been carried out
        Broken,       // the connection ended before the answer did: likewise
        BadAnswer,    // what came is no HTTP, or over a limit: likewise
    };
    Kind kind = Kind::NotConnected;
    QString detail; // "Connection refused"
};

using NodeResult = tl::expected<NodeAnswer, NodeFailure>;

} // namespace ringmaster
