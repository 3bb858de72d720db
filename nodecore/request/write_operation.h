// SPDX-License-Identifier: GPL-3.0-or-later
// One coordinated write or delete: mints the dot here, waits until it is durable here, and only then sends
// the set to the other replicas; answers the client at W.
//
// Where a primary cannot be reached, or refuses (its disk is full, say), the next healthy node on the ring
// stands in for it: it keeps the set with a hint and counts towards W. Where no other healthy node is left,
// this node keeps the hint itself, which counts for nothing. After the client has its answer the operation
// goes on until every replica has answered or the deadline has passed, so that whoever missed the write gets
// a hint.
//
// Its quorum is that of the rings as they are when the client is answered: a write that is under way when the
// ring begins to change may be acknowledged after the data was copied, and the copy does not have it.
#pragma once

#include "nodecore/request/operation.h"
#include "nodecore/storage/hint_store.h"

#include <map>

namespace ringmaster {

class WriteOperation {
public:
    WriteOperation(wire::RequestId id, const OperationPorts& ports, PutRequest request, int quorum,
                   int primaryQuorum, OperationTime time, PutCallback done);

    // True where the write may begin: mint next, as mintsFor() says. False where its quorum cannot be met;
    // the client has been told and nothing was written.
    [[nodiscard]] bool start();
    const PutRequest& request() const { return m_request; }
    // Nothing: this node is a primary, and mints in its own copy. Else it stands in for that node.
    std::optional<NodeId> mintsFor() const;

    // The dot is durable here, or never will be.
    void minted(const Result<Replica::Minted>& minted);
    // False, and nothing changes, where it does not wait for that reply of that node.
    [[nodiscard]] bool replied(NodeId from, const wire::WriteReply& reply);
    void lost(NodeId node);
    void deadlineReached();

    // The client is answered and nothing is waited for.
    bool finished() const { return m_done == nullptr && (m_over || m_tally.waitingCount() == 0); }

private:
    // Finds who keeps a hint for a primary that misses the write.
    void standInFor(NodeId primary);
    void addStandIn(NodeId fallback, NodeId primary);
    // For a replica, or for whom the fallback stood in.
    void standInForOneThatFailed(NodeId node);
    // To the primaries that cannot be reached, of these.
    void standInForMissing(const std::vector<NodeId>& primaries);
    // Where the ring has changed since it was last looked at.
    void followRing();
    void sendToReplicas();
    void keepOwnHints();
    void conclude();
    void fail(RequestFailure failure);
    void note(TraceEvent event, NodeId node, const QString& detail = {}) const;
    int n() const { return m_n; }

    wire::RequestId m_id;
    const OperationPorts& m_ports;
    PutRequest m_request;
    OperationTime m_time;
    int m_n = 0;
    quint64 m_rings = 0;                    // digest of those that the tally counts by
    std::vector<NodeId> m_replicas;         // of those: now and, while they change, next
    std::vector<NodeId> m_walk;             // primaries, then fallbacks; empty until one is wanted
    size_t m_nextFallback = 0;              // in m_walk
    std::map<NodeId, NodeId> m_standsInFor; // fallback → primary
    std::vector<NodeId> m_ownHints;         // primaries that this node is to keep a hint for
    QuorumTally m_tally;
    std::optional<Replica::Minted> m_minted;
    bool m_over = false;
    PutCallback m_done; // null once called
};

} // namespace ringmaster
