// SPDX-License-Identifier: GPL-3.0-or-later
// The part of client_json.h that is about changes of the ring.
#include "nodecore/client/answer_reader.h"
#include "nodecore/client/client_json.h"

#include <algorithm>
#include <numeric>

namespace ringmaster {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype maxNameLength = 256;
constexpr qsizetype maxWordsLength = 2000;
constexpr qsizetype maxNodes = 4096;
constexpr qsizetype maxFlows = 1'000'000;

ClientPlan::Load loadFrom(const QJsonObject& object)
{
    AnswerReader reader(object, {});
    return {reader.smallInteger("tokens"_L1, 0), reader.smallInteger("primary_slots"_L1, 0),
            reader.smallInteger("replica_slots"_L1, 0)};
}

QList<Slot> tokensFrom(AnswerReader& from)
{
    QList<Slot> tokens;
    const QJsonArray array = from.object().value("slots"_L1).toArray();
    if (array.size() > slotCount)
        from.fail(u"slots"_s);
    for (qsizetype i = 0; i < array.size() && !from.failed(); ++i) {
        const int slot = array.at(i).toInt(-1);
        if (slot < 0 || slot >= slotCount)
            from.fail(u"slots"_s);
        tokens.append(Slot{static_cast<quint16>(slot)});
    }
    return tokens;
}

ClientPlan::Node nodeFrom(AnswerReader& from)
{
    return {from.requiredText("node"_L1, maxNameLength), loadFrom(from.child("before"_L1)),
            loadFrom(from.child("after"_L1)), tokensFrom(from)};
}

ClientPlan::Flow flowFrom(AnswerReader& from)
{
    return {from.requiredText("from"_L1, maxNameLength), from.requiredText("to"_L1, maxNameLength),
            from.smallInteger("slots"_L1, 0), from.integer("objects"_L1, 0), from.integer("bytes"_L1, 0)};
}

ClientProgress::Changing changingFrom(AnswerReader& from)
{
    ClientProgress::Changing changing;
    changing.node = from.requiredText("node"_L1, maxNameLength);
    changing.kind = from.requiredText("kind"_L1, 32);
    changing.state = from.text("state"_L1, 32, {});
    changing.tokens = from.smallInteger("tokens"_L1, 0);
    if (from.has("target_tokens"_L1))
        changing.targetTokens = from.smallInteger("target_tokens"_L1, 0);
    changing.replaces = from.text("replaces"_L1, maxNameLength, {});
    return changing;
}

QStringList namesIn(AnswerReader& reader, const QJsonObject& object, QLatin1StringView field)
{
    QStringList names;
    const QJsonArray array = object.value(field).toArray();
    if (array.size() > maxNodes)
        reader.fail(field);
    for (qsizetype i = 0; i < array.size() && !reader.failed(); ++i)
        names.append(array.at(i).toString().left(maxNameLength));
    return names;
}

ClientTransfer::Moved movedFrom(const QJsonObject& object)
{
    AnswerReader reader(object, {});
    return {reader.integer("keys"_L1, 0), reader.integer("bytes"_L1, 0)};
}

ClientTransfer transferFrom(AnswerReader& from)
{
    ClientTransfer transfer;
    transfer.peer = from.requiredText("peer"_L1, maxNameLength);
    transfer.taken = movedFrom(from.child("taken"_L1));
    transfer.given = movedFrom(from.child("given"_L1));
    transfer.keysLeft = from.integer("keys_left"_L1, 0);
    transfer.keysPerSecond = from.integer("keys_per_second"_L1, 0);
    transfer.bytesPerSecond = from.integer("bytes_per_second"_L1, 0);
    if (from.has("time_left_ms"_L1))
        transfer.timeLeftMs = from.number("time_left_ms"_L1, 0);
    return transfer;
}

} // namespace

const ClientPlan::Node* ClientPlan::node(const QString& name) const
{
    const auto found =
        std::find_if(nodes.begin(), nodes.end(), [&](const Node& node) { return node.name == name; });
    return found == nodes.end() ? nullptr : &*found;
}

qint64 ClientPlan::objects() const
{
    return std::accumulate(flows.begin(), flows.end(), qint64{0},
                           [](qint64 sum, const Flow& flow) { return sum + flow.objects; });
}

qint64 ClientPlan::bytes() const
{
    return std::accumulate(flows.begin(), flows.end(), qint64{0},
                           [](qint64 sum, const Flow& flow) { return sum + flow.bytes; });
}

const ClientProgress::Changing* ClientProgress::of(const QString& name) const
{
    const auto found = std::find_if(members.begin(), members.end(),
                                    [&](const Changing& member) { return member.node == name; });
    return found == members.end() ? nullptr : &*found;
}

Parsed<ClientPlan> planFrom(const QJsonObject& object)
{
    AnswerReader reader(object, {});
    ClientPlan plan;
    plan.digestBefore = reader.requiredText("digest_before"_L1, 64);
    plan.digestAfter = reader.requiredText("digest_after"_L1, 64);
    reader.each("nodes"_L1, maxNodes, [&](AnswerReader& one) { plan.nodes.append(nodeFrom(one)); });
    reader.each("flows"_L1, maxFlows, [&](AnswerReader& one) { plan.flows.append(flowFrom(one)); });
    plan.silent = namesIn(reader, object, "silent"_L1);
    plan.estimateMs = reader.number("estimate_ms"_L1, 0);
    AnswerReader risk(reader.child("risk"_L1), u"risk"_s);
    plan.waitsFor = namesIn(risk, object.value("risk"_L1).toObject(), "waits_for"_L1);
    plan.slotsAtRisk = risk.smallInteger("slots"_L1, 0);
    plan.consequence = risk.text("consequence"_L1, 65536, {});
    plan.risk = risk.text("why"_L1, 65536, {});
    if (reader.failed() || risk.failed())
        return tl::make_unexpected(reader.failed() ? reader.problem() : risk.problem());
    return plan;
}

Parsed<ClientProgress> progressFrom(const QJsonObject& object)
{
    AnswerReader reader(object, {});
    ClientProgress progress;
    progress.node = reader.requiredText("node"_L1, maxNameLength);
    progress.state = reader.requiredText("state"_L1, 32);
    progress.replaces = reader.text("replaces"_L1, maxNameLength, {});
    progress.waitsBecause = reader.text("waits_because"_L1, maxWordsLength, {});
    progress.changing = reader.boolean("changing"_L1, false);
    progress.digest = reader.text("digest"_L1, 64, {});
    progress.nextDigest = reader.text("next_digest"_L1, 64, {});
    progress.agreed = reader.boolean("agreed"_L1, false);
    reader.each("members"_L1, maxNodes,
                [&](AnswerReader& one) { progress.members.append(changingFrom(one)); });
    AnswerReader incoming(reader.child("incoming"_L1), u"incoming"_s);
    progress.incomingSlots = incoming.smallInteger("slots"_L1, 0);
    progress.incomingObjects = incoming.integer("objects"_L1, 0);
    progress.caughtUp = incoming.boolean("caught_up"_L1, true);
    reader.each("transfers"_L1, maxNodes,
                [&](AnswerReader& one) { progress.transfers.append(transferFrom(one)); });
    if (reader.failed() || incoming.failed())
        return tl::make_unexpected(reader.failed() ? reader.problem() : incoming.problem());
    return progress;
}

} // namespace ringmaster
