// SPDX-License-Identifier: GPL-3.0-or-later
// The arithmetic of one quorum: who was asked, who answered, and whether it can still be met. Pure.
#pragma once

#include "nodecore/request/quorum_report.h"

#include <optional>
#include <vector>

namespace ringmaster {

class QuorumTally {
public:
    enum class Verdict {
        Pending,
        Met,        // enough answers, and enough of them from primaries
        Impossible, // even if all that may still answer do. May become Pending when a candidate is added.
    };

    // Which ring's replicas a candidate is one of; a fallback is one of those that it stands in for. While
    // the ring changes the quorum has to be met in both (ring/ring_view.h).
    enum class Rings : quint8 { Neither = 0, Current = 1, Next = 2, Both = 3 };

    // needed: answers in all (R or W). primariesNeeded: how many of them must be primaries' (PR or PW).
    explicit QuorumTally(int needed, int primariesNeeded = 0)
        : m_needed(needed)
        , m_primariesNeeded(primariesNeeded)
    {}

    int needed() const { return m_needed; }

    // A node that may be asked. Each node once.
    void addCandidate(NodeId node, ReplicaRole role, Rings rings = Rings::Both);
    // A fallback that keeps what it is given for a primary, a candidate already, only until that takes it: in
    // the end the two are one copy, so of a primary and all that stand in for it one answer counts.
    // Nothing for a node that is a candidate already.
    void addStandIn(NodeId node, NodeId primary);
    // The ring has changed since: where a candidate, and whoever stands in for it, counts now.
    void setRings(NodeId node, Rings rings);
    bool isCandidate(NodeId node) const;

    // The next candidate that has not been asked, in the order of addition; nothing where none is left.
    std::optional<NodeId> nextToAsk() const;
    void markAsked(NodeId node);
    // False, and nothing changes, where the node was not asked or is settled already.
    bool markAnswered(NodeId node, Duration after);
    // The same, but a candidate may be found missing before it is asked.
    bool markMissing(NodeId node, MissingReason reason, const QString& detail = {});
    // Every candidate that was asked and has not answered is missing: the deadline has passed.
    void markSilentMissing();

    Verdict verdict() const { return verdict(m_primariesNeeded); }
    // The same where so many of the answers have to be primaries'.
    Verdict verdict(int primariesNeeded) const;
    int answeredCount() const { return static_cast<int>(m_answers.size()); }
    // Asked and neither answered nor missing.
    bool isWaiting(NodeId node) const;
    int waitingCount() const;
    std::vector<NodeId> waiting() const;
    // Answers wanted beyond those that are there or on their way.
    int shortfall() const;

    // n and coordinator are the caller's to fill in.
    QuorumReport report() const;

private:
    enum class Status : quint8 { NotAsked, Asked, Answered, Missing };
    struct Candidate {
        NodeId node;
        ReplicaRole role = ReplicaRole::Primary;
        Status status = Status::NotAsked;
        Rings rings = Rings::Both;
        NodeId copyOf; // whose copy it keeps: its own, or that of the primary that it stands in for
    };
    // Of the copies, how many have a candidate of that ring whose status is wanted.
    struct Copies {
        int all = 0;
        int primaries = 0;
    };
    template <class IsWanted>
    Copies copiesIn(Rings ring, IsWanted isWanted) const;
    Candidate* find(NodeId node);
    Verdict verdictIn(Rings ring, int primariesNeeded) const;
    int shortfallIn(Rings ring) const;

    int m_needed = 0;
    int m_primariesNeeded = 0;
    std::vector<Candidate> m_candidates;
    std::vector<QuorumReport::Answer> m_answers;
    std::vector<QuorumReport::Missing> m_missing;
};

} // namespace ringmaster
