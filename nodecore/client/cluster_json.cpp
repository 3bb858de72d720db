// SPDX-License-Identifier: GPL-3.0-or-later
// The half of client_json.h that is about the cluster: members, ring, health.
#include "nodecore/client/answer_reader.h"
#include "nodecore/client/client_json.h"

#include <algorithm>

namespace ringmaster {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype maxMembers = 4096;
constexpr qsizetype maxNameLength = 256;
constexpr qsizetype maxReasonLength = 8192;

quint64 hexId(AnswerReader& from, QLatin1StringView name)
{
    const QString text = from.text(name, 32, {});
    if (text.isEmpty())
        return 0;
    bool valid = false;
    const quint64 id = text.toULongLong(&valid, 16);
    if (!valid)
        from.fail(name);
    return id;
}

MemberSnapshot memberFrom(AnswerReader& from)
{
    MemberSnapshot member;
    member.name = from.requiredText("name"_L1, maxNameLength);
    member.id = NodeId{hexId(from, "id"_L1)};
    member.actor = ActorId{hexId(from, "actor"_L1)};
    member.state = from.text("state"_L1, 32, {});
    member.httpAddress = from.text("http"_L1, 512, {});
    member.peerAddress = from.text("peer"_L1, 512, {});
    member.zone = from.text("zone"_L1, maxNameLength, {});
    member.capacity = from.number("capacity"_L1, 1);
    member.reachable = from.boolean("reachable"_L1, false);
    member.isAwaited = from.boolean("awaited"_L1, false);
    member.takesWrites = from.boolean("takes_writes"_L1, true);
    member.unreachableMs = from.integer("unreachable_ms"_L1, 0);
    member.tokens = from.smallInteger("tokens"_L1, 0);
    member.primarySlots = from.smallInteger("primary_slots"_L1, 0);
    member.replicaSlots = from.smallInteger("replica_slots"_L1, 0);
    member.keys = from.integer("keys"_L1, 0);
    member.requestsPerSecond = from.number("requests_per_second"_L1, 0);
    member.version = from.text("version"_L1, 64, {});
    return member;
}

} // namespace

Parsed<ClusterSnapshot> membersFrom(const QJsonObject& object)
{
    AnswerReader reader(object, {});
    ClusterSnapshot snapshot;
    snapshot.cluster = reader.requiredText("cluster"_L1, maxNameLength);
    snapshot.answeredBy = reader.requiredText("self"_L1, maxNameLength);
    snapshot.replicas = reader.smallInteger("replicas"_L1, 0);
    snapshot.readQuorum = reader.smallInteger("read_quorum"_L1, 0);
    snapshot.writeQuorum = reader.smallInteger("write_quorum"_L1, 0);
    snapshot.partitioner = reader.text("partitioner"_L1, 64, {});
    snapshot.ringDigest = reader.text("ring_digest"_L1, 64, {});
    snapshot.refusedByMembers = reader.text("refused_by_members"_L1, maxReasonLength, {});
    if (!reader.has("members"_L1))
        reader.fail(u"members"_s);
    reader.each("members"_L1, maxMembers,
                [&](AnswerReader& one) { snapshot.members.append(memberFrom(one)); });
    std::sort(snapshot.members.begin(), snapshot.members.end(),
              [](const MemberSnapshot& a, const MemberSnapshot& b) { return a.name < b.name; });
    if (reader.failed())
        return tl::make_unexpected(reader.problem());
    return snapshot;
}

Parsed<ClientRing> ringFrom(const QJsonObject& object)
{
    AnswerReader reader(object, {});
    ClientRing ring;
    ring.digest = reader.requiredText("digest"_L1, 64);
    reader.require("tokens"_L1);
    reader.each("tokens"_L1, slotCount, [&](AnswerReader& one) {
        const int slot = one.smallInteger("slot"_L1, -1);
        if (slot < 0 || slot >= slotCount)
            one.fail(u"slot"_s);
        ring.tokens.append({Slot{static_cast<quint16>(slot)}, one.requiredText("node"_L1, maxNameLength)});
    });
    std::sort(ring.tokens.begin(), ring.tokens.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    if (reader.failed())
        return tl::make_unexpected(reader.problem());
    return ring;
}

ClientHealth healthFrom(int status, const QByteArray& body)
{
    const auto object = objectFrom(body);
    if (!object)
        return {};
    AnswerReader reader(*object, {});
    const QString word = reader.text("status"_L1, 32, {});
    return {status == 200 && (word == "ok"_L1 || word == "degraded"_L1), // degraded: it serves what it can
            reader.text("node"_L1, maxNameLength, {}), reader.text("state"_L1, 32, {})};
}

} // namespace ringmaster
