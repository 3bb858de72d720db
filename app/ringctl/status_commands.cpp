// SPDX-License-Identifier: GPL-3.0-or-later
// status, ring: the cluster as one of its nodes sees it.
#include "app/ringctl/await.h"
#include "app/ringctl/change_report.h"
#include "app/ringctl/change_watch.h"
#include "app/ringctl/command.h"
#include "app/ringctl/output.h"
#include "nodecore/client/availability.h"
#include "nodecore/client/cluster_picture.h"

#include <QJsonArray>

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

namespace {

template <class Parse>
auto fetch(NodeClient& client, const QString& path, Parse parse)
{
    using Value = typename decltype(parse(QJsonObject()))::value_type;
    const auto answer =
        await<QJsonObject>([&](QObject* context, auto done) { client.json(path, context, done); });
    if (!answer)
        return ClientResult<Value>(tl::make_unexpected(answer.error()));
    auto parsed = parse(*answer);
    if (!parsed) {
        ClientError error;
        error.word = u"bad_answer"_s;
        error.message = u"What the node answered cannot be understood: %1."_s.arg(parsed.error());
        return ClientResult<Value>(tl::make_unexpected(error));
    }
    return ClientResult<Value>(std::move(*parsed));
}

ClientResult<ClusterSnapshot> fetchSnapshot(NodeClient& client)
{
    const auto members = fetch(client, u"/api/v1/members"_s, membersFrom);
    if (!members)
        return members;
    auto ring = fetch(client, u"/api/v1/ring"_s, ringFrom);
    if (!ring)
        return tl::make_unexpected(ring.error());
    ClusterPicture picture;
    picture.setMembers({}, *members);
    picture.setRing(std::move(*ring));
    return picture.snapshot({});
}

QString stateText(const MemberSnapshot& member)
{
    // One that has gone for good need not be reached.
    if (member.state == "LEFT"_L1 || member.state == "REMOVED"_L1)
        return member.state;
    if (member.reachable)
        return member.takesWrites ? member.state : member.state + u", takes no writes"_s;
    if (member.isAwaited)
        return u"not heard of yet"_s;
    return u"unreachable for %1 s"_s.arg(
        QString::number(static_cast<double>(member.unreachableMs) / 1000, 'f', 0));
}

// "zone east, capacity 2": what is not as with most.
QString placeText(const MemberSnapshot& member)
{
    QStringList parts;
    if (!member.zone.isEmpty())
        parts.append(u"zone %1"_s.arg(member.zone));
    if (member.capacity != 1)
        parts.append(u"capacity %1"_s.arg(member.capacity));
    return parts.join(u", "_s);
}

QJsonObject statusJson(const ClusterSnapshot& snapshot, const Availability& availability)
{
    QJsonArray members;
    for (const MemberSnapshot& member : snapshot.members)
        members.append(QJsonObject{{u"name"_s, member.name},
                                   {u"state"_s, member.state},
                                   {u"reachable"_s, member.reachable},
                                   {u"awaited"_s, member.isAwaited},
                                   {u"takes_writes"_s, member.takesWrites},
                                   {u"unreachable_ms"_s, member.unreachableMs},
                                   {u"http"_s, member.httpAddress},
                                   {u"peer"_s, member.peerAddress},
                                   {u"zone"_s, member.zone},
                                   {u"capacity"_s, member.capacity},
                                   {u"keys"_s, member.keys},
                                   {u"primary_slots"_s, member.primarySlots},
                                   {u"version"_s, member.version}});
    return {{u"cluster"_s, snapshot.cluster},
            {u"answered_by"_s, snapshot.answeredBy},
            {u"replicas"_s, snapshot.replicas},
            {u"read_quorum"_s, snapshot.readQuorum},
            {u"write_quorum"_s, snapshot.writeQuorum},
            {u"refused_by_members"_s, snapshot.refusedByMembers},
            {u"members"_s, members},
            {u"unreadable_slots"_s, availability.unreadableSlots},
            {u"unwritable_slots"_s, availability.unwritableSlots},
            {u"stood_in_slots"_s, availability.stoodInSlots},
            {u"summary"_s, availability.sentence}};
}

ExitCode status(const Invocation& in)
{
    NodeClient client(in.nodes);
    const auto snapshot = fetchSnapshot(client);
    if (!snapshot)
        return fail(snapshot.error(), in.json);
    const Availability availability = availabilityOf(*snapshot);
    const bool whole = availability.isWhole();
    const bool isRefused = !snapshot->refusedByMembers.isEmpty();
    const ExitCode code = whole && !isRefused ? ExitCode::Ok : ExitCode::Quorum;
    // What cannot be asked is not copied to.
    const QList<ClientProgress> progress = progressOfAll(in).value_or(QList<ClientProgress>());
    if (in.json) {
        QJsonObject object = statusJson(*snapshot, availability);
        if (const QJsonArray transfers = transfersJson(progress); !transfers.isEmpty())
            object.insert(u"transfers"_s, transfers);
        printJson(object);
        return code;
    }
    QList<QStringList> rows;
    for (const MemberSnapshot& member : snapshot->members)
        rows.append({member.name, stateText(member), member.httpAddress, QString::number(member.keys),
                     QString::number(100.0 * member.primarySlots / slotCount, 'f', 1) + u" %"_s,
                     QString::number(member.requestsPerSecond, 'f', 1), member.version, placeText(member)});
    print(u"cluster %1, N=%2 R=%3 W=%4, as %5 sees it"_s.arg(snapshot->cluster)
              .arg(snapshot->replicas)
              .arg(snapshot->readQuorum)
              .arg(snapshot->writeQuorum)
              .arg(snapshot->answeredBy));
    print(table(
        {u"NODE"_s, u"STATE"_s, u"ADDRESS"_s, u"KEYS"_s, u"OWNS"_s, u"REQ/S"_s, u"VERSION"_s, u"PLACE"_s},
        rows, {3, 4, 5}));
    if (isRefused)
        print(u"No member accepts %1, so it serves nothing: ask another node. %2"_s.arg(
            snapshot->answeredBy, snapshot->refusedByMembers));
    else
        print(availability.sentence);
    if (const QString transfers = transfersText(progress); !transfers.isEmpty())
        print(u'\n' + transfers);
    return code;
}

ExitCode ring(const Invocation& in)
{
    NodeClient client(in.nodes);
    if (in.json) {
        const auto answer = await<QJsonObject>(
            [&](QObject* context, auto done) { client.json(u"/api/v1/ring"_s, context, done); });
        if (!answer)
            return fail(answer.error(), true);
        printJson(*answer);
        return ExitCode::Ok;
    }
    const auto snapshot = fetchSnapshot(client);
    if (!snapshot)
        return fail(snapshot.error(), false);
    print(u"partitioner %1, %2, digest %3"_s.arg(
        snapshot->partitioner, counted(snapshot->tokens.size(), u"token"_s), snapshot->ringDigest));
    QList<QStringList> rows;
    for (const MemberSnapshot& member : snapshot->members)
        rows.append({member.name, QString::number(member.tokens), QString::number(member.primarySlots),
                     QString::number(100.0 * member.primarySlots / slotCount, 'f', 2) + u" %"_s,
                     QString::number(100.0 * member.replicaSlots / slotCount, 'f', 2) + u" %"_s});
    print(table({u"NODE"_s, u"TOKENS"_s, u"SLOTS"_s, u"OWNS"_s, u"HOLDS"_s}, rows, {1, 2, 3, 4}));
    if (in.isSet(u"tokens"_s)) {
        for (const TokenSnapshot& token : snapshot->tokens)
            print(u"%1  %2"_s.arg(token.slot.value, 5)
                      .arg(token.member < 0 ? u"?"_s : snapshot->members.at(token.member).name));
    }
    return ExitCode::Ok;
}

} // namespace

QList<Command> statusCommands()
{
    return {{u"status"_s,
             {},
             0,
             u"Show the nodes, and whether every key can be read and written."_s,
             u"Exit code 4 where some keys cannot be read or written now."_s,
             {},
             status},
            {u"ring"_s,
             {},
             0,
             u"Show how the ring is divided."_s,
             {},
             {{u"tokens"_s, u"List every token: its slot and its node."_s}},
             ring}};
}

} // namespace ringmaster::ctl
