// SPDX-License-Identifier: GPL-3.0-or-later
// The right to answer one request, once, now or later. A client that has gone meanwhile harms nothing: what
// is said to it is dropped. Copies share the right, so that a std::function may hold one.
#pragma once

#include "nodecore/net/http_connection.h"

#include <QPointer>

namespace ringmaster {

class HttpReply {
public:
    explicit HttpReply(HttpConnection& connection)
        : m_connection(&connection)
        , m_serial(connection.requestSerial())
    {}

    void send(const HttpAnswer& answer) const
    {
        if (m_connection)
            m_connection->answer(m_serial, answer);
    }
    void fail(const Error& error) const { send(errorAnswer(error)); }

    // False where nobody waits for this answer any more, so that it need not be made.
    bool isAwaited() const { return m_connection && m_connection->requestSerial() == m_serial; }

private:
    QPointer<HttpConnection> m_connection;
    quint64 m_serial;
};

} // namespace ringmaster
