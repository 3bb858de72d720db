// SPDX-License-Identifier: GPL-3.0-or-later
// Datagrams over the links of a FaultyTransport: what cuts or loses messages there does it to datagrams too,
// and they can be cut alone. A link's delay is not theirs.
#pragma once

#include "nodecore/env/datagrams.h"
#include "nodecore/env/faulty_transport.h"

namespace ringmaster {

class FaultyDatagrams final : public Datagrams {
public:
    // All must outlive this.
    FaultyDatagrams(Datagrams& under, FaultyTransport& links)
        : m_under(under)
        , m_links(links)
    {}

    void send(NodeId to, const QString& address, const QByteArray& datagram) override
    {
        const LinkFault fault = m_links.faultOf(to);
        if (!fault.cutOut && !fault.datagramsCutOut && !m_links.isLost(fault.loss))
            m_under.send(to, address, datagram);
    }

    // Whether a datagram that came from that peer reaches the node.
    bool admits(NodeId from) const
    {
        const LinkFault fault = m_links.faultOf(from);
        return !fault.cutIn && !fault.datagramsCutIn;
    }

private:
    Datagrams& m_under;
    FaultyTransport& m_links;
};

} // namespace ringmaster
