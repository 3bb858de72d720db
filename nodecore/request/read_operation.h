// SPDX-License-Identifier: GPL-3.0-or-later
// One coordinated read: asks as many replicas as the quorum needs, this node first, and more where those are
// silent or lost; answers with the merge of the first R replies. Where a primary cannot be reached, the next
// healthy node on the ring is asked in its place: it may keep a hint. When the last reply is in, the
// primaries among those that replied with less than the merge are sent it (read repair).
//
// A stand-in that holds no value proves nothing: it may never have been sent one. So "absent" is answered
// only where R primaries (of each ring, while the ring changes) have answered. While a primary is away, a
// value may also be with who stands in for it only: everybody is asked before "absent" is answered. Where
// neither a value is found nor R primaries answer, the quorum was not met.
#pragma once

#include "nodecore/request/operation.h"

namespace ringmaster {

class ReadOperation {
public:
    // rotation spreads the load over the other replicas: any number that changes from read to read.
    ReadOperation(wire::RequestId id, const OperationPorts& ports, GetRequest request, int quorum,
                  int primaryQuorum, OperationTime time, quint64 rotation, GetCallback done);

    void start();
    // False, and nothing changes, where it does not wait for that reply of that node.
    [[nodiscard]] bool replied(NodeId from, const wire::ReadReply& reply);
    void lost(NodeId node);
    // The replicas asked so far are slow: ask the others too.
    void askEveryone();
    void deadlineReached();

    // The client is answered and nothing is waited for.
    bool finished() const { return m_done == nullptr && (m_over || m_tally.waitingCount() == 0); }
    // How many replicas were sent what they lacked.
    int repaired() const { return m_repaired; }
    OperationTime time() const { return m_time; }
    const Key& key() const { return m_request.key; }

private:
    void ask(NodeId node);
    void take(NodeId from, const Result<QByteArray>& held);
    void askForShortfall();
    void conclude();
    // A value is found, or it is shown that there is none. Else asks whoever is left.
    bool mayAnswer(const SiblingSet& merged);
    bool isAbsenceShown() const;
    void answer(SiblingSet merged);
    bool repliesDisagree() const;
    void repairIfComplete();
    void fail(RequestFailure failure);
    [[nodiscard]] Result<SiblingSet> decoded(const QByteArray& set) const;
    SiblingSet mergedReplies(std::vector<Dot>* contradictions = nullptr) const;
    void note(TraceEvent event, NodeId node, const QString& detail = {}) const;
    void noteWhoIsAway() const;

    wire::RequestId m_id;
    const OperationPorts& m_ports;
    GetRequest m_request;
    OperationTime m_time;
    quint64 m_rotation;
    int m_n = 0;
    QuorumTally m_tally;
    struct Reply {
        NodeId from;
        QByteArray set; // encoded
        SiblingSet decoded;
    };
    std::vector<Reply> m_replies;
    std::vector<NodeId> m_damaged; // primaries that cannot give their copies out
    std::vector<NodeId> m_primaries;
    bool m_isAnyoneAway = false; // of them, when it began
    bool m_over = false;         // the deadline has passed
    int m_repaired = 0;
    GetCallback m_done; // null once called
};

} // namespace ringmaster
