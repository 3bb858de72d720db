// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/change_json.h"

#include <algorithm>

namespace ringmaster {

namespace {

QString nameIn(const MemberTable& members, NodeId node)
{
    const Member* member = members.find(node);
    return member ? member->name : node.toString();
}

std::vector<Slot> tokensOn(const HashRing& ring, NodeId node)
{
    std::vector<Slot> tokens;
    for (const Token& token : ring.tokens()) {
        if (token.node == node)
            tokens.push_back(token.slot);
    }
    return tokens;
}

void writeShare(JsonWriter& json, QByteArrayView name, int ofSlots)
{
    json.name(name);
    json.real(static_cast<double>(ofSlots) / slotCount);
}

// One node on one of the two rings.
void writeLoad(JsonWriter& json, QByteArrayView name, size_t tokens, int primary, int replica)
{
    json.name(name);
    json.beginObject();
    json.countField("tokens", tokens);
    json.integerField("primary_slots", primary);
    json.integerField("replica_slots", replica);
    writeShare(json, "primary_share", primary);
    writeShare(json, "replica_share", replica);
    json.endObject();
}

void writeNode(JsonWriter& json, const RingLoad& load, const ChangePlan& plan)
{
    const std::vector<Slot> before = tokensOn(plan.before, load.node);
    const std::vector<Slot> after = tokensOn(plan.after, load.node);
    json.beginObject();
    json.textField("node", nameIn(plan.members, load.node));
    writeLoad(json, "before", before.size(), load.primaryBefore, load.replicaBefore);
    writeLoad(json, "after", after.size(), load.primaryAfter, load.replicaAfter);
    if (before != after && !after.empty()) {
        json.name("slots");
        json.beginArray();
        // Those that it asks for: where another node has the same one, they are not all on the ring.
        for (const Slot slot : plan.members.find(load.node)->tokens)
            json.integer(slot.value);
        json.endArray();
    }
    json.endObject();
}

void writeFlow(JsonWriter& json, const PlannedFlow& flow, const MemberTable& members)
{
    json.beginObject();
    json.textField("from", nameIn(members, flow.from));
    json.textField("to", nameIn(members, flow.to));
    json.integerField("slots", flow.slots);
    json.countField("objects", flow.objects);
    json.countField("bytes", flow.bytes);
    json.endObject();
}

void writeTotal(JsonWriter& json, const std::vector<PlannedFlow>& flows)
{
    PlannedFlow total;
    for (const PlannedFlow& flow : flows) {
        total.slots += flow.slots;
        total.objects += flow.objects;
        total.bytes += flow.bytes;
    }
    json.name("total");
    json.beginObject();
    json.integerField("slots", total.slots);
    json.countField("objects", total.objects);
    json.countField("bytes", total.bytes);
    json.endObject();
}

// What a member is about; empty: nothing.
QByteArrayView kindOf(const Member& member)
{
    if (member.state == MemberState::New || member.state == MemberState::Pending)
        return member.replaces == NodeId{} ? QByteArrayView("join") : QByteArrayView("replace");
    if (member.state == MemberState::Leaving)
        return member.isRemoval ? QByteArrayView("remove") : QByteArrayView("leave");
    return member.target ? QByteArrayView("move") : QByteArrayView();
}

void writeChanging(JsonWriter& json, const Member& member, const Node& node)
{
    const QByteArrayView kind = kindOf(member);
    if (kind.isEmpty())
        return;
    json.beginObject();
    json.textField("node", member.name);
    json.textField("kind", kind);
    json.textField("state", nameOf(member.state));
    json.countField("tokens", member.tokens.size());
    if (member.target)
        json.countField("target_tokens", member.target->size());
    if (member.replaces != NodeId{})
        json.textField("replaces", node.nameOf(member.replaces));
    json.endObject();
}

void writeMoved(JsonWriter& json, QByteArrayView name, TransferView::Moved moved)
{
    json.name(name);
    json.beginObject();
    json.countField("keys", moved.keys);
    json.countField("bytes", moved.bytes);
    json.endObject();
}

void writeTransfer(JsonWriter& json, const TransferView& transfer, const Node& node)
{
    json.beginObject();
    json.textField("peer", node.nameOf(transfer.peer));
    writeMoved(json, "taken", transfer.taken);
    writeMoved(json, "given", transfer.given);
    json.countField("keys_left", transfer.keysLeft);
    json.countField("keys_per_second", static_cast<quint64>(transfer.keysPerSecond));
    json.countField("bytes_per_second", static_cast<quint64>(transfer.bytesPerSecond));
    if (transfer.timeLeft) {
        json.name("time_left_ms");
        json.milliseconds(*transfer.timeLeft);
    }
    json.endObject();
}

} // namespace

void writeTransfers(JsonWriter& json, const Node& node)
{
    json.name("transfers");
    json.beginArray();
    for (const TransferView& transfer : node.transfers())
        writeTransfer(json, transfer, node);
    json.endArray();
}

void writePlan(JsonWriter& json, const CountedPlan& counted)
{
    const ChangePlan& plan = counted.plan;
    json.textField("digest_before", plan.before.digest());
    json.textField("digest_after", plan.after.digest());
    std::vector<RingLoad> loads = plan.moves.loads;
    std::sort(loads.begin(), loads.end(), [&](const RingLoad& a, const RingLoad& b) {
        return nameIn(plan.members, a.node) < nameIn(plan.members, b.node);
    });
    json.name("nodes");
    json.beginArray();
    for (const RingLoad& load : loads)
        writeNode(json, load, plan);
    json.endArray();
    json.name("flows");
    json.beginArray();
    for (const PlannedFlow& flow : counted.flows)
        writeFlow(json, flow, plan.members);
    json.endArray();
    writeTotal(json, counted.flows);
    json.name("silent");
    json.beginArray();
    for (const NodeId node : counted.silent)
        json.text(nameIn(plan.members, node));
    json.endArray();
    json.name("estimate_ms");
    json.milliseconds(counted.estimate);
    json.name("risk");
    json.beginObject();
    json.integerField("slots", plan.risk.slotsAtRisk);
    json.integerField("slots_lost", plan.risk.slotsLost);
    json.integerField("slots_without_quorum_after", plan.risk.slotsWithoutQuorumAfter);
    json.integerField("slots_below_replicas_after", plan.risk.slotsBelowReplicasAfter);
    json.booleanField("needs_force", !plan.risk.consequence.isEmpty());
    json.textField("consequence", plan.risk.consequence);
    json.name("waits_for");
    json.beginArray();
    for (const NodeId node : plan.risk.waitsFor)
        json.text(nameIn(plan.members, node));
    json.endArray();
    json.textField("why", plan.risk.words);
    json.endObject();
}

void writeProgress(JsonWriter& json, const Node& node)
{
    const ChangeView change = node.change();
    json.textField("node", node.config().name);
    json.textField("state", nameOf(node.state()));
    if (!node.config().replaces.isEmpty())
        json.textField("replaces", node.config().replaces); // what it would take over, if it joined
    if (const QString why = node.waitsBecause(); !why.isEmpty())
        json.textField("waits_because", why);
    json.booleanField("changing", change.isChanging);
    json.textField("digest", change.digest);
    json.textField("next_digest", change.nextDigest);
    json.booleanField("agreed", change.allAgree);
    json.name("members");
    json.beginArray();
    const MembersView view = node.members();
    for (const MemberView& member : view.members)
        writeChanging(json, member.member, node);
    json.endArray();
    json.name("incoming");
    json.beginObject();
    json.integerField("slots", change.incomingSlots);
    json.countField("objects", change.incomingObjects);
    json.booleanField("caught_up", change.hasCaughtUp);
    json.endObject();
    writeTransfers(json, node);
}

} // namespace ringmaster
