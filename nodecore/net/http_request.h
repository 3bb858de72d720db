// SPDX-License-Identifier: GPL-3.0-or-later
// A request as the guard judged it, and what a request is refused with.
#pragma once

#include "nodecore/base/result.h"

#include <QByteArray>
#include <QByteArrayView>

#include <optional>
#include <vector>

namespace ringmaster {

struct HttpField {
    QByteArrayView name;
    QByteArrayView value; // without the blanks around it
};

// The views point into the connection's buffer: they hold until the handler of the request returns.
struct HttpRequest {
    QByteArrayView method;
    QByteArrayView path;  // as it came: still percent-encoded; begins with '/', or is "*"
    QByteArrayView query; // without the '?', still percent-encoded
    QByteArrayView host;  // empty where an HTTP/1.0 client named none
    std::optional<QByteArrayView> origin;
    std::vector<HttpField> fields;
    QByteArray body; // whole, and no longer chunked

    qint64 contentLength = 0; // as announced; 0 while chunked
    bool isChunked = false;
    bool expectsContinue = false;
    bool keepAlive = true;
    bool wantsWebSocket = false;

    bool isHead() const { return method == "HEAD"; }
    // Whether it might change something.
    bool isWrite() const { return method != "GET" && method != "HEAD" && method != "OPTIONS"; }
    // The first of that name, whatever its case; nothing where there is none.
    std::optional<QByteArrayView> field(QByteArrayView name) const;
};

struct HttpRefusal {
    int status = 400;
    QByteArrayView word = "malformed"; // a literal
    QString message;
};

} // namespace ringmaster
