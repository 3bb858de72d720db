// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/request/operation.h"

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
        QStringLiteral("%1 of %2 replicas had to answer; %3 did%4.")
            .arg(report.needed)
            .arg(report.n)
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

wire::Budget OperationTime::budget(const Clock& clock) const
{
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock.now());
    return {static_cast<quint32>(std::clamp<qint64>(left.count(), 1, 3'600'000))};
}

void addPrimaries(QuorumTally& tally, const std::vector<NodeId>& preferenceList, const PeerDirectory& peers)
{
    for (const NodeId node : preferenceList) {
        tally.addCandidate(node, ReplicaRole::Primary);
        if (!peers.isReachable(node))
            tally.markMissing(node, MissingReason::Unreachable);
    }
}

void addFallbacks(QuorumTally& tally, const std::vector<NodeId>& walk, size_t primaries,
                  const PeerDirectory& peers)
{
    const auto down = std::count_if(walk.begin(), walk.begin() + static_cast<ptrdiff_t>(primaries),
                                    [&peers](NodeId node) { return !peers.isReachable(node); });
    ptrdiff_t added = 0;
    for (size_t i = primaries; i < walk.size() && added < down; ++i) {
        if (!peers.isReachable(walk[i]))
            continue;
        tally.addCandidate(walk[i], ReplicaRole::Fallback);
        ++added;
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
