// SPDX-License-Identifier: GPL-3.0-or-later
// What the operations of a coordinator share.
#pragma once

#include "nodecore/env/clock.h"
#include "nodecore/env/transport.h"
#include "nodecore/request/client_request.h"
#include "nodecore/request/quorum_tally.h"
#include "nodecore/request/request_trace.h"
#include "nodecore/ring/peer_directory.h"
#include "nodecore/storage/hint_store.h"
#include "nodecore/storage/replica.h"
#include "nodecore/wire/message.h"

namespace ringmaster {

// The ports an operation works with. All outlive it.
struct OperationPorts {
    const Clock& clock;
    Transport& transport;
    Replica& replica;
    HintStore& hints;
    const PeerDirectory& peers;
    TraceLog& traces;

    void note(TraceId trace, TraceStep step) const { traces.step(trace, clock.now(), std::move(step)); }
};

// An operation is a small machine that its Coordinator feeds: replies, lost links, the deadline. Once it has
// answered its client it may go on (late replies), until finished().
struct OperationTime {
    MonoTime began;
    MonoTime deadline;

    Duration since(const Clock& clock) const { return clock.now() - began; }
    // What is left, for the replicas; at least 1 ms.
    wire::Budget budget(const Clock& clock) const { return budgetUntil(deadline, clock.now()); }
    static wire::Budget budgetUntil(MonoTime deadline, MonoTime now);
};

// "is unreachable", "refused: the disk is full"
QString wordsFor(MissingReason reason, const QString& detail = {});

// The replicas of a slot: its preference list and, while the ring changes, those that it comes to after them.
std::vector<NodeId> replicasOf(const RingView& rings, Slot slot);

// Replicas as candidates, in the order given; those that cannot be reached are marked missing. Who is a
// candidate already counts from now on as the rings say.
void addPrimaries(QuorumTally& tally, const std::vector<NodeId>& replicas, Slot slot,
                  const PeerDirectory& peers);

// For each replica that cannot be reached, the next healthy node of the walk that is none.
void addFallbacks(QuorumTally& tally, const std::vector<NodeId>& walk, const std::vector<NodeId>& replicas,
                  const PeerDirectory& peers);

// The report of tally, completed; and the failure that a client is told, in words.
QuorumReport completedReport(const QuorumTally& tally, int n, const PeerDirectory& peers);
RequestFailure quorumNotMet(const QuorumTally& tally, int n, const PeerDirectory& peers, bool isWrite,
                            bool mayExist);
// A write whose dot did not become durable here. Where a sync has failed, nobody knows what is on the disk.
RequestFailure mintFailed(const Error& why, const QuorumTally& tally, int n, const PeerDirectory& peers);
// A read that found no value, and was not answered by enough primaries to say that there is none.
RequestFailure absenceNotShown(const QuorumTally& tally, int n, const PeerDirectory& peers);
RequestFailure deadlinePassed(QuorumTally& tally, int n, const PeerDirectory& peers, bool isWrite,
                              bool mayExist);

// Marks the nodes that send() did not take; true where it was queued.
bool sendOrMarkMissing(QuorumTally& tally, Transport& transport, NodeId to, const QByteArray& message);

} // namespace ringmaster
