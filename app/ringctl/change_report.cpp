// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringctl/change_report.h"

#include "app/ringctl/output.h"

#include <QJsonArray>
#include <QLocale>

#include <algorithm>
#include <map>

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

namespace {

QString percent(int ofSlots)
{
    return QString::number(100.0 * ofSlots / slotCount, 'f', 1) + u" %"_s;
}

QString arrow(const QString& before, const QString& after)
{
    return before == after ? before : before + u" → "_s + after;
}

QString bytesText(qint64 bytes)
{
    return QLocale::c().formattedDataSize(bytes, 1, QLocale::DataSizeSIFormat);
}

QString loadTable(const ClientPlan& plan)
{
    QList<QStringList> rows;
    for (const ClientPlan::Node& node : plan.nodes)
        rows.append({node.name,
                     arrow(QString::number(node.before.tokens), QString::number(node.after.tokens)),
                     arrow(percent(node.before.primarySlots), percent(node.after.primarySlots)),
                     arrow(percent(node.before.replicaSlots), percent(node.after.replicaSlots))});
    return table({u"NODE"_s, u"TOKENS"_s, u"OWNS"_s, u"HOLDS"_s}, rows);
}

QString flowTable(const ClientPlan& plan)
{
    QList<QStringList> rows;
    for (const ClientPlan::Flow& flow : plan.flows)
        rows.append({flow.from, flow.to, QString::number(flow.slotCount), QString::number(flow.objects),
                     bytesText(flow.bytes)});
    return table({u"FROM"_s, u"TO"_s, u"SLOTS"_s, u"KEYS"_s, u"BYTES"_s}, rows, {2, 3, 4});
}

QString summary(const ClientPlan& plan)
{
    const qint64 objects = plan.objects();
    QString text = objects == 0
                       ? u"No data moves."_s
                       : u"Moves %1, about %2; takes %3 with nothing else to do."_s.arg(
                             counted(objects, u"key"_s), bytesText(plan.bytes()), timeText(plan.estimateMs));
    if (!plan.silent.isEmpty())
        text +=
            u"\nNot counted, for they did not answer: what %1 would send."_s.arg(plan.silent.join(u", "_s));
    return text + (plan.risk.isEmpty() ? u"\nEvery key keeps its quorums meanwhile and afterwards."_s
                                       : u"\nAT RISK: %1."_s.arg(plan.risk));
}

QJsonObject loadJson(const ClientPlan::Load& load)
{
    return {{u"tokens"_s, load.tokens},
            {u"primary_slots"_s, load.primarySlots},
            {u"replica_slots"_s, load.replicaSlots}};
}

// Who changes, as any of the nodes knows; by name.
std::map<QString, ClientProgress::Changing> changingIn(const QList<ClientProgress>& nodes)
{
    std::map<QString, ClientProgress::Changing> members;
    for (const ClientProgress& node : nodes) {
        for (const ClientProgress::Changing& member : node.members)
            members.insert_or_assign(member.node, member);
    }
    return members;
}

QString changingText(const ClientProgress::Changing& member)
{
    QString text = u"%1 is %2 (%3"_s.arg(member.node, member.state, member.kind);
    if (!member.replaces.isEmpty())
        text += u' ' + member.replaces;
    if (member.targetTokens)
        text += u", %1 → %2 tokens"_s.arg(member.tokens).arg(*member.targetTokens);
    return text + u')';
}

} // namespace

QString timeText(double ms)
{
    constexpr double second = 1000;
    constexpr double minute = 60 * second;
    if (ms < second)
        return u"under a second"_s;
    if (ms < 2 * minute)
        return u"about %1"_s.arg(counted(qRound64(ms / second), u"second"_s));
    return u"about %1"_s.arg(counted(qRound64(ms / minute), u"minute"_s));
}

QString planText(const ClientPlan& plan)
{
    QStringList parts{loadTable(plan)};
    if (!plan.flows.isEmpty())
        parts.append(flowTable(plan));
    parts.append(summary(plan));
    return parts.join(u"\n\n"_s);
}

QJsonObject planJson(const ClientPlan& plan)
{
    QJsonArray nodes;
    for (const ClientPlan::Node& node : plan.nodes) {
        QJsonArray tokens;
        for (const Slot slot : node.tokens)
            tokens.append(slot.value);
        nodes.append(QJsonObject{{u"node"_s, node.name},
                                 {u"before"_s, loadJson(node.before)},
                                 {u"after"_s, loadJson(node.after)},
                                 {u"slots"_s, tokens}});
    }
    QJsonArray flows;
    for (const ClientPlan::Flow& flow : plan.flows)
        flows.append(QJsonObject{{u"from"_s, flow.from},
                                 {u"to"_s, flow.to},
                                 {u"slots"_s, flow.slotCount},
                                 {u"objects"_s, flow.objects},
                                 {u"bytes"_s, flow.bytes}});
    return {{u"digest_before"_s, plan.digestBefore},
            {u"digest_after"_s, plan.digestAfter},
            {u"nodes"_s, nodes},
            {u"flows"_s, flows},
            {u"objects"_s, plan.objects()},
            {u"bytes"_s, plan.bytes()},
            {u"silent"_s, QJsonArray::fromStringList(plan.silent)},
            {u"estimate_ms"_s, plan.estimateMs},
            {u"risk"_s, QJsonObject{{u"slots"_s, plan.slotsAtRisk},
                                    {u"waits_for"_s, QJsonArray::fromStringList(plan.waitsFor)},
                                    {u"consequence"_s, plan.consequence},
                                    {u"why"_s, plan.risk}}}};
}

// Both ends tell of a transfer: the one that takes has the say.
QString transfersText(const QList<ClientProgress>& nodes)
{
    QList<QStringList> rows;
    for (const ClientProgress& node : nodes) {
        for (const ClientTransfer& transfer : node.transfers) {
            if (transfer.taken.keys > 0)
                rows.append({transfer.peer, node.node, QString::number(transfer.taken.keys),
                             bytesText(transfer.taken.bytes), QString::number(transfer.keysLeft),
                             QString::number(transfer.keysPerSecond),
                             transfer.timeLeftMs ? timeText(*transfer.timeLeftMs) : u"-"_s});
        }
    }
    if (rows.isEmpty())
        return {};
    return table({u"FROM"_s, u"TO"_s, u"KEYS"_s, u"BYTES"_s, u"KEYS LEFT"_s, u"KEYS/S"_s, u"TIME LEFT"_s},
                 rows, {2, 3, 4, 5, 6});
}

QJsonArray transfersJson(const QList<ClientProgress>& nodes)
{
    QJsonArray transfers;
    for (const ClientProgress& node : nodes) {
        for (const ClientTransfer& transfer : node.transfers) {
            if (transfer.taken.keys == 0)
                continue;
            QJsonObject object{{u"from"_s, transfer.peer},
                               {u"to"_s, node.node},
                               {u"keys"_s, transfer.taken.keys},
                               {u"bytes"_s, transfer.taken.bytes},
                               {u"keys_left"_s, transfer.keysLeft},
                               {u"keys_per_second"_s, transfer.keysPerSecond},
                               {u"bytes_per_second"_s, transfer.bytesPerSecond}};
            if (transfer.timeLeftMs)
                object.insert(u"time_left_ms"_s, *transfer.timeLeftMs);
            transfers.append(object);
        }
    }
    return transfers;
}

QString progressText(const QList<ClientProgress>& nodes)
{
    QStringList lines;
    for (const auto& [name, member] : changingIn(nodes))
        lines.append(changingText(member));
    if (lines.isEmpty())
        return u"The ring does not change."_s;
    QList<QStringList> rows;
    for (const ClientProgress& node : nodes) {
        if (node.incomingSlots > 0)
            rows.append({node.node, QString::number(node.incomingSlots),
                         QString::number(node.incomingObjects), node.caughtUp ? u"yes"_s : u"not yet"_s});
    }
    if (!rows.isEmpty())
        lines.append(u'\n' + table({u"TO"_s, u"SLOTS"_s, u"KEYS SO FAR"_s, u"ALL THERE"_s}, rows, {1, 2}));
    if (const QString transfers = transfersText(nodes); !transfers.isEmpty())
        lines.append(u'\n' + transfers);
    return lines.join(u'\n');
}

QJsonObject progressJson(const QList<ClientProgress>& nodes)
{
    QJsonArray members;
    for (const auto& [name, member] : changingIn(nodes)) {
        QJsonObject object{{u"node"_s, name},
                           {u"kind"_s, member.kind},
                           {u"state"_s, member.state},
                           {u"tokens"_s, member.tokens}};
        if (member.targetTokens)
            object.insert(u"target_tokens"_s, *member.targetTokens);
        if (!member.replaces.isEmpty())
            object.insert(u"replaces"_s, member.replaces);
        members.append(object);
    }
    QJsonArray incoming;
    for (const ClientProgress& node : nodes) {
        if (node.incomingSlots > 0)
            incoming.append(QJsonObject{{u"node"_s, node.node},
                                        {u"slots"_s, node.incomingSlots},
                                        {u"objects"_s, node.incomingObjects},
                                        {u"caught_up"_s, node.caughtUp}});
    }
    return {{u"members"_s, members}, {u"incoming"_s, incoming}, {u"transfers"_s, transfersJson(nodes)}};
}

} // namespace ringmaster::ctl
