// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/fault_body.h"

#include "nodecore/net/body_reader.h"

#include <QSet>

namespace ringmaster {

using namespace Qt::StringLiterals;
using std::chrono::milliseconds;

namespace {

// Nothing where it is read.
using Problem = std::optional<QString>;

void readCut(BodyReader& reader, const QString& name, std::optional<bool>& out, std::optional<bool>& in)
{
    const auto cut = reader.text(name, {u"out"_s, u"in"_s, u"both"_s, u"none"_s});
    if (!cut)
        return;
    out = *cut == "out"_L1 || *cut == "both"_L1;
    in = *cut == "in"_L1 || *cut == "both"_L1;
}

Problem readLink(const QJsonValue& value, FaultBody::Link& to)
{
    if (!value.isObject())
        return u"each of \"links\" has to be an object with a \"peer\""_s;
    BodyReader reader(value.toObject(), u" in \"links\""_s);
    const auto peer = reader.text(u"peer"_s);
    if (!peer || peer->isEmpty())
        reader.fail(u"each of \"links\" needs a \"peer\": a member's name or id"_s);
    to.peer = peer.value_or(QString());
    to.delay = reader.time(u"delay_ms"_s, milliseconds(0), FaultBody::maxDelay);
    to.loss = reader.number(u"loss"_s, 0, 1);
    readCut(reader, u"cut"_s, to.cutOut, to.cutIn);
    readCut(reader, u"udp_cut"_s, to.datagramsCutOut, to.datagramsCutIn);
    return reader.problem();
}

Problem readLinks(const QJsonArray& array, FaultBody& to)
{
    if (array.size() > FaultBody::maxLinks)
        return u"\"links\" has more than %1 entries"_s.arg(FaultBody::maxLinks);
    QSet<QString> seen;
    for (const QJsonValue& value : array) {
        FaultBody::Link link;
        if (auto problem = readLink(value, link))
            return problem;
        if (seen.contains(link.peer))
            return u"a \"peer\" is in \"links\" twice"_s;
        seen.insert(link.peer);
        to.links.push_back(std::move(link));
    }
    return std::nullopt;
}

Problem readDisk(const QJsonObject& object, FaultBody& to)
{
    BodyReader reader(object, u" in \"disk\""_s);
    to.diskSlow = reader.time(u"slow_ms"_s, milliseconds(0), FaultBody::maxDelay);
    to.diskFull = reader.flag(u"full"_s);
    return reader.problem();
}

Problem readBody(const QJsonObject& object, FaultBody& to)
{
    if (object.isEmpty())
        return u"it names no fault"_s;
    BodyReader reader(object, {});
    to.clear = reader.flag(u"clear"_s).value_or(false);
    to.pause = reader.time(u"pause_ms"_s, milliseconds(1), FaultBody::maxPause);
    to.clockJump = reader.time(u"clock_jump_ms"_s, -FaultBody::maxClockJump, FaultBody::maxClockJump);
    const auto links = reader.array(u"links"_s);
    const auto disk = reader.object(u"disk"_s);
    if (auto problem = reader.problem())
        return problem;
    if (links) {
        if (auto problem = readLinks(*links, to))
            return problem;
    }
    return disk ? readDisk(*disk, to) : std::nullopt;
}

} // namespace

LinkFault FaultBody::Link::changed(LinkFault from) const
{
    from.delay = delay.value_or(from.delay);
    from.loss = loss.value_or(from.loss);
    from.cutOut = cutOut.value_or(from.cutOut);
    from.cutIn = cutIn.value_or(from.cutIn);
    from.datagramsCutOut = datagramsCutOut.value_or(from.datagramsCutOut);
    from.datagramsCutIn = datagramsCutIn.value_or(from.datagramsCutIn);
    return from;
}

DiskFault FaultBody::changed(DiskFault from) const
{
    from.slow = diskSlow.value_or(from.slow);
    from.full = diskFull.value_or(from.full);
    return from;
}

Result<FaultBody> parseFaultBody(const QByteArray& json)
{
    if (json.size() > FaultBody::maxBytes)
        return failure(
            ErrorCode::TooLarge,
            u"Faults are told in at most %1 bytes. Nothing was changed."_s.arg(FaultBody::maxBytes));
    FaultBody body;
    Problem problem;
    if (const auto object = bodyObject(json))
        problem = readBody(*object, body);
    else
        problem = object.error();
    if (problem)
        return failure(ErrorCode::Malformed,
                       u"The faults cannot be understood: %1. Nothing was changed."_s.arg(*problem));
    return body;
}

} // namespace ringmaster
