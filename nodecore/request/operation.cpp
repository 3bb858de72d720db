// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/request/operation.h"

#include "nodecore/base/mutant.h"

#include <QStringList>

#include <algorithm>

namespace ringmaster {

namespace {

// "2 of 3 replicas were needed, 1 answered (n1). n2 is unreachable."
QString describe(const QuorumReport& report, const PeerDirectory& peers)
{
    QStringList names;
    for (const QuorumReport::Answer& answer : report.answered)
        names << peers.nameOf(answer.node);
    QString text =
        QStringLiteral("%1 of %2 replicas had to answer%3; %4 did%5.")
            .arg(report.needed)
            .arg(report.n)
            .arg(peers.rings().isChanging()
                     ? QStringLiteral(", of the ring as it is and of the one that it is changing to")
                     : QString())
            .arg(report.answered.size())
            .arg(names.isEmpty() ? QString() : QStringLiteral(" (%1)").arg(names.join(QLatin1String(", "))));
    for (const QuorumReport::Missing& missing : report.missing)
        text += QStringLiteral(" %1 %2.").arg(peers.nameOf(missing.node),
                                              wordsFor(missing.reason, missing.detail));
    return text;
}

QString writeOutcome(bool mayExist)
{
    return mayExist
               ? QStringLiteral(" The write is on at least one replica and may still become visible: read "
                                "the key before you try again.")
               : QStringLiteral(" Nothing was written.");
}

RequestFailure failed(ErrorCode code, const QString& what, const QuorumTally& tally, int n,
                      const PeerDirectory& peers, bool isWrite, bool mayExist)
{
    RequestFailure failure;
    failure.quorum = completedReport(tally, n, peers);
    failure.mayExist = isWrite && mayExist;
    failure.error.code = code;
    failure.error.message =
        what + describe(failure.quorum, peers) + (isWrite ? writeOutcome(mayExist) : QString());
    return failure;
}

} // namespace

QString wordsFor(MissingReason reason, const QString& detail)
{
    switch (reason) {
    case MissingReason::Unreachable:
        return QStringLiteral("is unreachable");
    case MissingReason::NoAnswer:
        return QStringLiteral("did not answer in time");
    case MissingReason::Overloaded:
        return QStringLiteral("is overloaded");
    case MissingReason::Refused:
        return QStringLiteral("refused: %1").arg(detail);
    }
    return {};
}

wire::Budget OperationTime::budgetUntil(MonoTime deadline, MonoTime now)
{
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now);
    const auto sentAt = std::chrono::floor<std::chrono::milliseconds>(now.sinceStart);
    return {static_cast<quint32>(std::clamp<qint64>(left.count(), 1, 3'600'000)),
            static_cast<quint64>(std::max<qint64>(0, sentAt.count()))};
}

std::vector<NodeId> replicasOf(const RingView& rings, Slot slot)
{
    std::vector<NodeId> replicas = rings.current().preferenceList(slot);
    if (rings.isChanging()) {
        for (const NodeId node : rings.incoming(slot))
            replicas.push_back(node);
    }
    return replicas;
}

namespace {

QuorumTally::Rings ringsOf(const RingView& rings, NodeId node, Slot slot)
{
    if (!rings.isChanging())
        return QuorumTally::Rings::Both;
    const bool isNow = rings.current().isPrimary(node, slot);
    const bool willBe = rings.next().isPrimary(node, slot);
    return isNow && willBe ? QuorumTally::Rings::Both
           : isNow         ? QuorumTally::Rings::Current
                           : QuorumTally::Rings::Next;
}

} // namespace

void addPrimaries(QuorumTally& tally, const std::vector<NodeId>& replicas, Slot slot,
                  const PeerDirectory& peers)
{
    for (const NodeId node : replicas) {
        const QuorumTally::Rings rings = ringsOf(peers.rings(), node, slot);
        if (tally.isCandidate(node)) {
            tally.setRings(node, rings);
            continue;
        }
        tally.addCandidate(node, ReplicaRole::Primary, rings);
        if (!peers.isReachable(node))
            tally.markMissing(node, MissingReason::Unreachable);
    }
}

void addFallbacks(QuorumTally& tally, const std::vector<NodeId>& walk, const std::vector<NodeId>& replicas,
                  const PeerDirectory& peers)
{
    auto away = std::count_if(replicas.begin(), replicas.end(),
                              [&peers](NodeId node) { return !peers.isReachable(node); });
    for (auto node = walk.begin(); node != walk.end() && away > 0; ++node) {
        const bool isReplica = std::find(replicas.begin(), replicas.end(), *node) != replicas.end();
        if (isReplica || !peers.isReachable(*node))
            continue;
        tally.addCandidate(*node, ReplicaRole::Fallback);
        --away;
    }
}

QuorumReport completedReport(const QuorumTally& tally, int n, const PeerDirectory& peers)
{
    QuorumReport report = tally.report();
    report.n = n;
    report.coordinator = peers.self();
    return report;
}

RequestFailure quorumNotMet(const QuorumTally& tally, int n, const PeerDirectory& peers, bool isWrite,
                            bool mayExist)
{
    return failed(ErrorCode::QuorumNotMet, QStringLiteral("The quorum was not met: "), tally, n, peers,
                  isWrite, mayExist);
}

RequestFailure mintFailed(const Error& why, const QuorumTally& tally, int n, const PeerDirectory& peers)
{
    RequestFailure failure{why, completedReport(tally, n, peers), why.code == ErrorCode::Internal};
    if (isMutant(Mutant::DenyWritesOfFailedSyncs))
        failure.mayExist = false;
    if (failure.mayExist)
        failure.error.message +=
            QStringLiteral(
                " The write may be on the disk of %1 all the same, and become visible when that node starts "
                "again: read the key before you try again.")
                .arg(peers.nameOf(peers.self()));
    return failure;
}

RequestFailure absenceNotShown(const QuorumTally& tally, int n, const PeerDirectory& peers)
{
    return failed(
        ErrorCode::QuorumNotMet,
        QStringLiteral("No value was found, but too few of the key's own replicas answered to say that there "
                       "is none; a stand-in that holds nothing shows nothing. "),
        tally, n, peers, false, false);
}

RequestFailure deadlinePassed(QuorumTally& tally, int n, const PeerDirectory& peers, bool isWrite,
                              bool mayExist)
{
    tally.markSilentMissing();
    return failed(ErrorCode::DeadlinePassed, QStringLiteral("The deadline passed: "), tally, n, peers,
                  isWrite, mayExist);
}

bool sendOrMarkMissing(QuorumTally& tally, Transport& transport, NodeId to, const QByteArray& message)
{
    switch (transport.send(to, message)) {
    case SendResult::Queued:
        return true;
    case SendResult::NoLink:
        tally.markMissing(to, MissingReason::Unreachable);
        return false;
    case SendResult::Overloaded:
        tally.markMissing(to, MissingReason::Overloaded);
        return false;
    }
    return false;
}

} // namespace ringmaster
