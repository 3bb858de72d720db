// SPDX-License-Identifier: GPL-3.0-or-later
// Goes through the keys of a cluster page by page.
#pragma once

#include "nodecore/client/node_client.h"

namespace ringmaster::ctl {

class KeyPages {
public:
    static constexpr int mostInPage = 1000;

    KeyPages(NodeClient& client, QByteArray prefix);

    bool atEnd() const { return m_atEnd; }
    // Waits for the next page, which may be empty. Asked again after an error, it goes on where it was.
    ClientResult<QList<QByteArray>> next(int limit);

private:
    NodeClient& m_client;
    QByteArray m_prefix;
    QString m_cursor;
    bool m_atEnd = false;
};

} // namespace ringmaster::ctl
