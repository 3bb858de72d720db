// SPDX-License-Identifier: GPL-3.0-or-later
// One answer on its way out: its head and its body, without copying the body, from where the socket left off.
#pragma once

#include "nodecore/net/http_answer.h"

namespace ringmaster {

class HttpOutput {
public:
    enum class Outcome {
        Done,    // all of it is with the kernel
        Blocked, // the socket takes no more now
        Broken,  // the connection is
    };

    // Only when the one before is done.
    void put(const HttpAnswer& answer, bool withBody, bool keepAlive);
    Outcome sendTo(int descriptor);
    qsizetype sent() const { return m_sent; }

private:
    HttpHeadBuffer m_head;
    QByteArray m_body;
    qsizetype m_sent = 0; // of both
};

} // namespace ringmaster
