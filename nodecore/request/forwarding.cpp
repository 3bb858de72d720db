// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/request/forwarding.h"

namespace ringmaster {

namespace {

Duration microseconds(quint64 us)
{
    return std::chrono::microseconds(static_cast<qint64>(std::min<quint64>(us, 3'600'000'000ULL)));
}

std::vector<wire::ReplicaOutcome> outcomesOf(const QuorumReport& report)
{
    std::vector<wire::ReplicaOutcome> outcomes;
    for (const QuorumReport::Answer& answer : report.answered) {
        const auto us = std::chrono::duration_cast<std::chrono::microseconds>(answer.after).count();
        outcomes.push_back({answer.node,
                            static_cast<quint8>(answer.role),
                            std::nullopt,
                            static_cast<quint64>(std::max<qint64>(0, us)),
                            {}});
    }
    for (const QuorumReport::Missing& missing : report.missing) {
        outcomes.push_back({missing.node, static_cast<quint8>(missing.role),
                            static_cast<quint8>(missing.reason), 0, missing.detail.left(256)});
    }
    return outcomes;
}

QuorumReport reportOf(const wire::ForwardReply& reply)
{
    QuorumReport report;
    report.n = reply.n;
    report.needed = reply.needed;
    report.coordinator = reply.coordinator;
    for (const wire::ReplicaOutcome& outcome : reply.replicas) {
        const ReplicaRole role = outcome.role == 0 ? ReplicaRole::Primary : ReplicaRole::Fallback;
        if (!outcome.missing) {
            report.answered.push_back({outcome.node, role, microseconds(outcome.afterUs)});
            continue;
        }
        const quint8 reason = std::min(*outcome.missing, static_cast<quint8>(MissingReason::Refused));
        report.missing.push_back({outcome.node, role, static_cast<MissingReason>(reason), outcome.detail});
    }
    return report;
}

} // namespace

PutRequest putRequestOf(wire::ForwardRequest message)
{
    RequestOptions options;
    options.quorum = message.quorum;
    options.primaryQuorum = message.primaryQuorum;
    options.sloppy = message.sloppy;
    options.timeout = std::chrono::milliseconds(message.budget.ms);
    options.trace = message.wantsSteps;
    return {std::move(message.key),           std::move(message.content),
            std::move(message.context),       options,
            std::move(message.idempotencyId), message.trace};
}

wire::ForwardReply forwardReply(const wire::ReplyTo& to, const RequestResult<PutResponse>& result)
{
    wire::ForwardReply reply;
    reply.to = to;
    const QuorumReport& report = result ? result->quorum : result.error().quorum;
    reply.n = static_cast<quint8>(report.n);
    reply.needed = static_cast<quint8>(report.needed);
    reply.coordinator = report.coordinator;
    reply.replicas = outcomesOf(report);
    if (result) {
        reply.dot = result->dot;
        reply.set = result->siblings.encoded();
    } else {
        reply.error = result.error().error;
        reply.mayExist = result.error().mayExist;
    }
    return reply;
}

RequestResult<PutResponse> putResultOf(const Key& key, const wire::ForwardReply& reply)
{
    if (reply.error)
        return tl::make_unexpected(RequestFailure{*reply.error, reportOf(reply), reply.mayExist});
    Result<SiblingSet> set = SiblingSet::decode(key, reply.set);
    if (!set)
        return tl::make_unexpected(RequestFailure{set.error(), reportOf(reply), true});
    return PutResponse{reply.dot, std::move(*set), reportOf(reply)};
}

RequestFailure forwardUnanswered(const QString& coordinator, ErrorCode code, const QString& whatHappened)
{
    RequestFailure failure;
    failure.mayExist = true;
    failure.error.code = code;
    failure.error.message =
        QStringLiteral("%1, which coordinated this write, %2. The write may exist: read the key "
                       "before you try again.")
            .arg(coordinator, whatHappened);
    return failure;
}

RequestFailure notAReplica(const QString& self)
{
    RequestFailure failure;
    failure.error.code = ErrorCode::Unavailable;
    failure.error.message =
        QStringLiteral("The ring is changing: %1 does not hold this key. Nothing was written; try "
                       "again.")
            .arg(self);
    return failure;
}

} // namespace ringmaster
