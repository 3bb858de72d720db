// SPDX-License-Identifier: GPL-3.0-or-later
// The faults of one node: its ports with the faulty ones before them, and what of them is on. Only where
// fault injection is enabled; see NodeHostOptions::faultInjection and the faults in API.md.
//
// On the node's thread. The owner calls timePassed() at nextDue(), and tells the transport of broken links.
#pragma once

#include "nodecore/env/faulty_clock.h"
#include "nodecore/env/faulty_datagrams.h"
#include "nodecore/net/fault_body.h"

#include <QTimer>

namespace ringmaster {

class JsonWriter;
class Node;

class NodeFaults {
public:
    // All must outlive this.
    NodeFaults(const Clock& clock, Random& random, Transport& transport, Datagrams& datagrams, Store& store);

    // The ports for the node.
    FaultyClock& clock() { return m_clock; }
    FaultyTransport& transport() { return m_transport; }
    FaultyDatagrams& datagrams() { return m_datagrams; }
    FaultyStore& store() { return m_store; }

    // All of it, or nothing: Malformed where a peer is no other member, with the names of those there are. A
    // pause begins a moment later, when the answer to whoever asked has left.
    [[nodiscard]] Result<void> apply(const FaultBody& body, const Node& node);
    void writeInto(JsonWriter& json, const Node& node) const;

    void timePassed();
    std::optional<MonoTime> nextDue() const;

private:
    FaultyClock m_clock;
    FaultyTransport m_transport;
    FaultyDatagrams m_datagrams;
    FaultyStore m_store;
    QTimer m_pauseTimer;
    Duration m_pause{0};
};

} // namespace ringmaster
