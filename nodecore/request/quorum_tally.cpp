// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/request/quorum_tally.h"

#include "nodecore/base/mutant.h"

#include <algorithm>

namespace ringmaster {

namespace {

bool isOneOf(QuorumTally::Rings rings, QuorumTally::Rings ring)
{
    return (static_cast<quint8>(rings) & static_cast<quint8>(ring)) != 0;
}

} // namespace

void QuorumTally::addCandidate(NodeId node, ReplicaRole role, Rings rings)
{
    m_candidates.push_back({node, role, Status::NotAsked, rings, node});
}

void QuorumTally::addStandIn(NodeId node, NodeId primary)
{
    if (isCandidate(node))
        return;
    const Candidate* stoodFor = find(primary);
    const Rings rings = stoodFor == nullptr ? Rings::Both : stoodFor->rings;
    m_candidates.push_back({node, ReplicaRole::Fallback, Status::NotAsked, rings, primary});
}

void QuorumTally::setRings(NodeId node, Rings rings)
{
    for (Candidate& candidate : m_candidates) {
        if (candidate.copyOf == node)
            candidate.rings = rings;
    }
}

bool QuorumTally::isCandidate(NodeId node) const
{
    return std::any_of(m_candidates.begin(), m_candidates.end(),
                       [node](const Candidate& candidate) { return candidate.node == node; });
}

QuorumTally::Candidate* QuorumTally::find(NodeId node)
{
    const auto found = std::find_if(m_candidates.begin(), m_candidates.end(),
                                    [node](const Candidate& candidate) { return candidate.node == node; });
    return found == m_candidates.end() ? nullptr : &*found;
}

std::optional<NodeId> QuorumTally::nextToAsk() const
{
    for (const Candidate& candidate : m_candidates) {
        if (candidate.status == Status::NotAsked)
            return candidate.node;
    }
    return std::nullopt;
}

void QuorumTally::markAsked(NodeId node)
{
    Candidate* candidate = find(node);
    if (candidate != nullptr && candidate->status == Status::NotAsked)
        candidate->status = Status::Asked;
}

bool QuorumTally::markAnswered(NodeId node, Duration after)
{
    Candidate* candidate = find(node);
    if (candidate == nullptr || candidate->status != Status::Asked)
        return false;
    candidate->status = Status::Answered;
    m_answers.push_back({node, candidate->role, after});
    return true;
}

bool QuorumTally::markMissing(NodeId node, MissingReason reason, const QString& detail)
{
    Candidate* candidate = find(node);
    if (candidate == nullptr || candidate->status == Status::Answered || candidate->status == Status::Missing)
        return false;
    candidate->status = Status::Missing;
    m_missing.push_back({node, candidate->role, reason, detail});
    return true;
}

void QuorumTally::markSilentMissing()
{
    for (const Candidate& candidate : m_candidates) {
        if (candidate.status == Status::Asked)
            markMissing(candidate.node, MissingReason::NoAnswer);
    }
}

QuorumTally::Verdict QuorumTally::verdict(int primariesNeeded) const
{
    const Verdict current = verdictIn(Rings::Current, primariesNeeded);
    const Verdict next = isMutant(Mutant::IgnoreNextRing) ? current : verdictIn(Rings::Next, primariesNeeded);
    if (current == Verdict::Impossible || next == Verdict::Impossible)
        return Verdict::Impossible;
    return current == Verdict::Met ? next : current;
}

template <class IsWanted>
QuorumTally::Copies QuorumTally::copiesIn(Rings ring, IsWanted isWanted) const
{
    const auto counts = [&](const Candidate& candidate) {
        return isOneOf(candidate.rings, ring) && isWanted(candidate.status);
    };
    Copies copies;
    for (auto candidate = m_candidates.begin(); candidate != m_candidates.end(); ++candidate) {
        if (!counts(*candidate))
            continue;
        const bool isPrimary = candidate->role == ReplicaRole::Primary;
        // A primary was added before whoever stands in for it.
        const bool isCounted = !isPrimary && !isMutant(Mutant::CountStandInsTwice) &&
                               std::any_of(m_candidates.begin(), candidate, [&](const auto& other) {
                                   return other.copyOf == candidate->copyOf && counts(other);
                               });
        copies.all += isCounted ? 0 : 1;
        copies.primaries += isPrimary ? 1 : 0;
    }
    return copies;
}

QuorumTally::Verdict QuorumTally::verdictIn(Rings ring, int primariesNeeded) const
{
    const Copies kept = copiesIn(ring, [](Status status) { return status == Status::Answered; });
    const bool enoughPrimaries = kept.primaries >= primariesNeeded || isMutant(Mutant::IgnorePrimaryQuorum);
    if (kept.all >= m_needed && enoughPrimaries)
        return Verdict::Met;
    const Copies possible = copiesIn(ring, [](Status status) { return status != Status::Missing; });
    if (possible.all < m_needed || possible.primaries < primariesNeeded)
        return Verdict::Impossible;
    return Verdict::Pending;
}

bool QuorumTally::isWaiting(NodeId node) const
{
    return std::any_of(m_candidates.begin(), m_candidates.end(), [node](const Candidate& candidate) {
        return candidate.node == node && candidate.status == Status::Asked;
    });
}

int QuorumTally::waitingCount() const
{
    return static_cast<int>(
        std::count_if(m_candidates.begin(), m_candidates.end(),
                      [](const Candidate& candidate) { return candidate.status == Status::Asked; }));
}

std::vector<NodeId> QuorumTally::waiting() const
{
    std::vector<NodeId> nodes;
    for (const Candidate& candidate : m_candidates) {
        if (candidate.status == Status::Asked)
            nodes.push_back(candidate.node);
    }
    return nodes;
}

int QuorumTally::shortfall() const
{
    return std::max(shortfallIn(Rings::Current), shortfallIn(Rings::Next));
}

int QuorumTally::shortfallIn(Rings ring) const
{
    const Copies hoped =
        copiesIn(ring, [](Status status) { return status == Status::Answered || status == Status::Asked; });
    return std::max({0, m_needed - hoped.all, m_primariesNeeded - hoped.primaries});
}

QuorumReport QuorumTally::report() const
{
    QuorumReport report;
    report.needed = m_needed;
    report.answered = m_answers;
    report.missing = m_missing;
    return report;
}

} // namespace ringmaster
