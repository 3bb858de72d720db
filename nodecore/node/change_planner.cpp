// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/node/change_planner.h"

namespace ringmaster {

namespace {

constexpr int recordsLookedAt = 100;
constexpr qsizetype bytesLookedAt = 1024 * 1024;

} // namespace

void ChangePlanner::count(ChangePlan plan, PlanCallback done)
{
    const wire::RequestId id = m_ports.ids.next();
    Counting& counting = m_counting[id];
    counting.plan = std::move(plan);
    counting.done = std::move(done);
    for (const RingMove& move : counting.plan.moves.moves) {
        PlannedFlow& flow = counting.flows[{move.to, move.from}];
        flow.from = move.from;
        flow.to = move.to;
        flow.slots += move.range.slots();
        if (move.from != move.to)
            counting.bySource[move.from].push_back(move);
    }
    for (const auto& [source, moves] : counting.bySource) {
        if (source != m_self) // lost: patience ends
            (void)m_ports.transport.send(source, wire::encode(requestFor(id, moves)));
    }
    counting.patience = m_ports.timers.startAt(m_ports.clock.now() + patience, [this, id] { conclude(id); });
    const auto own = counting.bySource.find(m_self);
    if (own != counting.bySource.end())
        take(counting, m_self, countHere(requestFor(id, own->second)));
    concludeIfComplete(id);
}

wire::CountsRequest ChangePlanner::requestFor(wire::RequestId id, const std::vector<RingMove>& moves)
{
    wire::CountsRequest request{id, {}};
    for (const RingMove& move : moves)
        request.ranges.push_back({move.range.first, move.range.last});
    return request;
}

wire::CountsReply ChangePlanner::countHere(const wire::CountsRequest& request) const
{
    wire::CountsReply reply{wire::replyTo(request), {}, 0};
    // Each range costs the same, however long it is.
    std::vector<quint64> objectsBefore(slotCount + 1, 0);
    for (size_t slot = 0; slot < slotCount; ++slot) {
        objectsBefore[slot + 1] =
            objectsBefore[slot] + m_ports.store.slotSummary(Slot{static_cast<quint16>(slot)}).objects;
    }
    quint64 records = 0;
    quint64 bytes = 0;
    for (const wire::CountsRequest::Range& range : request.ranges) {
        const quint64 objects =
            objectsBefore[range.last.value + size_t{1}] - objectsBefore[range.first.value];
        reply.objects.push_back(objects);
        if (objects == 0 || records >= recordsLookedAt || bytes >= quint64{bytesLookedAt})
            continue;
        const auto page =
            m_ports.store.scan({range.first, std::nullopt}, range.last, recordsLookedAt, bytesLookedAt);
        for (const ObjectRecord& record : page ? page->records : std::vector<ObjectRecord>()) {
            ++records;
            bytes += static_cast<quint64>(record.key.bytes().size() + record.bytes.size());
        }
    }
    reply.bytesEach = records == 0 ? 0 : static_cast<quint32>(bytes / records);
    return reply;
}

void ChangePlanner::handle(NodeId from, const wire::CountsRequest& request)
{
    (void)m_ports.transport.send(from, wire::encode(countHere(request))); // lost: the asker has its patience
}

void ChangePlanner::handle(NodeId from, const wire::CountsReply& reply)
{
    const auto found = m_counting.find(reply.to.id);
    if (found == m_counting.end())
        return m_ports.ids.droppedAsUnknown(reply.to.id);
    const auto asked = found->second.bySource.find(from);
    if (asked == found->second.bySource.end() ||
        reply.to != wire::replyTo(requestFor(reply.to.id, asked->second)))
        return m_ports.ids.droppedAsMismatched();
    take(found->second, from, reply);
    concludeIfComplete(reply.to.id);
}

void ChangePlanner::take(Counting& counting, NodeId source, const wire::CountsReply& reply)
{
    const auto asked = counting.bySource.find(source);
    if (asked == counting.bySource.end() || asked->second.size() != reply.objects.size())
        return;
    for (size_t i = 0; i < asked->second.size(); ++i) {
        PlannedFlow& flow = counting.flows[{asked->second[i].to, source}];
        flow.objects += reply.objects[i];
        flow.bytes += reply.objects[i] * reply.bytesEach;
    }
    counting.bySource.erase(asked);
}

void ChangePlanner::concludeIfComplete(wire::RequestId id)
{
    if (m_counting.at(id).bySource.empty())
        conclude(id);
}

void ChangePlanner::conclude(wire::RequestId id)
{
    const auto found = m_counting.find(id);
    m_ports.timers.cancel(found->second.patience);
    Counting counting = std::move(found->second);
    m_counting.erase(found);
    CountedPlan counted{std::move(counting.plan), {}, {}, Duration{0}};
    std::map<NodeId, quint64> comingTo;
    for (const auto& [nodes, flow] : counting.flows) {
        counted.flows.push_back(flow);
        comingTo[flow.to] += flow.objects;
    }
    for (const auto& [source, moves] : counting.bySource)
        counted.silent.push_back(source);
    for (const auto& [node, objects] : comingTo)
        counted.estimate =
            std::max<Duration>(counted.estimate, std::chrono::milliseconds(objects * 1000 / objectsASecond));
    counting.done(std::move(counted));
}

} // namespace ringmaster
