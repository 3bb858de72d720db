// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/api_json.h"

#include "nodecore/version/context_token.h"

namespace ringmaster {

namespace {

QByteArrayView nameOf(ReplicaRole role)
{
    return role == ReplicaRole::Primary ? "primary" : "fallback";
}

void writeReason(JsonWriter& json, const QuorumReport::Missing& missing)
{
    json.name("reason");
    switch (missing.reason) {
    case MissingReason::Unreachable:
        json.text("unreachable");
        return;
    case MissingReason::NoAnswer:
        json.text("no answer");
        return;
    case MissingReason::Overloaded:
        json.text("overloaded");
        return;
    case MissingReason::Refused:
        json.text(missing.detail);
        return;
    }
}

void writeMember(JsonWriter& json, const MemberView& view)
{
    const Member& member = view.member;
    json.beginObject();
    json.textField("name", member.name);
    json.name("id");
    json.hex(member.id.value);
    json.name("actor");
    json.hex(member.actor.value);
    json.textField("state", nameOf(member.state));
    json.textField("http", member.httpAddress);
    json.textField("peer", member.peerAddress);
    json.textField("zone", member.zone);
    json.name("capacity");
    json.real(member.capacity);
    json.textField("observed", nameOf(view.observed));
    json.booleanField("reachable", view.reachable);
    if (view.isAwaited)
        json.booleanField("awaited", true);
    json.booleanField("takes_writes", view.takesWrites);
    json.integerField("unreachable_ms",
                      std::chrono::duration_cast<std::chrono::milliseconds>(view.unreachableFor).count());
    json.countField("tokens", member.tokens.size());
    if (member.target)
        json.countField("target_tokens", member.target->size());
    json.integerField("primary_slots", view.primarySlots);
    json.integerField("replica_slots", view.replicaSlots);
    json.countField("keys", view.keys);
    json.name("requests_per_second");
    json.real(view.requestsPerSecond);
    json.textField("version", member.software);
    json.endObject();
}

} // namespace

void writeKey(JsonWriter& json, const Key& key)
{
    json.bytesField("key", key.bytes());
}

void writeQuorum(JsonWriter& json, const QuorumReport& quorum, const Node& node)
{
    json.name("quorum");
    json.beginObject();
    json.integerField("n", quorum.n);
    json.integerField("needed", quorum.needed);
    json.textField("coordinator", node.nameOf(quorum.coordinator));
    if (quorum.trace != TraceId{}) {
        json.name("trace");
        json.hex(quorum.trace.value);
    }
    json.name("answered");
    json.beginArray();
    for (const QuorumReport::Answer& answer : quorum.answered) {
        json.beginObject();
        json.textField("node", node.nameOf(answer.node));
        json.textField("role", nameOf(answer.role));
        json.name("ms");
        json.milliseconds(answer.after);
        json.endObject();
    }
    json.endArray();
    json.name("missing");
    json.beginArray();
    for (const QuorumReport::Missing& missing : quorum.missing) {
        json.beginObject();
        json.textField("node", node.nameOf(missing.node));
        json.textField("role", nameOf(missing.role));
        writeReason(json, missing);
        json.endObject();
    }
    json.endArray();
    json.endObject();
}

void writeSiblings(JsonWriter& json, const ShownSet& shown)
{
    json.name("siblings");
    json.beginArray();
    for (const Sibling& sibling : shown.view.siblings) {
        json.beginObject();
        if (sibling.tombstone)
            json.booleanField("deleted", true);
        else
            json.bytesField("value", sibling.value);
        json.name("dot");
        json.hexAndCount(sibling.dot.actor.value, sibling.dot.counter);
        json.name("clock");
        json.beginObject();
        const VersionVector clock = shown.set.clockOf(sibling);
        for (const VersionVector::Entry& entry : clock.entries()) {
            json.hexName(entry.actor.value);
            json.count(entry.counter);
        }
        json.endObject();
        json.integerField("written_ms", sibling.written.msSinceEpoch);
        // Of one sibling alone the context of the whole answer is the same.
        if (shown.view.siblings.size() > 1)
            json.textField("context",
                           encodeContextToken(contextOf(sibling, shown.set), shown.key, shown.secrets));
        json.endObject();
    }
    json.endArray();
    if (shown.view.left > 0)
        json.countField("siblings_left", shown.view.left);
}

void writeContext(JsonWriter& json, const ShownSet& shown)
{
    json.textField("context", encodeContextToken(shown.view.context, shown.key, shown.secrets));
}

void writeMembersInto(JsonWriter& json, const Node& node)
{
    const MembersView view = node.members();
    const NodeConfig& config = node.config();
    json.textField("cluster", config.cluster);
    json.textField("self", node.nameOf(view.self));
    json.textField("observer", node.nameOf(view.self));
    json.integerField("replicas", config.replicas);
    json.integerField("read_quorum", config.readQuorum);
    json.integerField("write_quorum", config.writeQuorum);
    json.textField("partitioner", nameOf(config.partitioner));
    json.textField("ring_digest", view.ringDigest);
    if (const std::optional<QString> why = node.refusedByMembers())
        json.textField("refused_by_members", *why);
    json.textField("availability", node.availability().sentence);
    json.name("members");
    json.beginArray();
    for (const MemberView& member : view.members)
        writeMember(json, member);
    json.endArray();
}

} // namespace ringmaster
