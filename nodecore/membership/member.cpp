// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/membership/member.h"

#include <QCryptographicHash>
#include <QtEndian>

#include <algorithm>
#include <bit>
#include <cmath>

namespace ringmaster {

QString nameOf(MemberState state)
{
    switch (state) {
    case MemberState::Starting:
        return QStringLiteral("STARTING");
    case MemberState::Standby:
        return QStringLiteral("STANDBY");
    case MemberState::New:
        return QStringLiteral("NEW");
    case MemberState::Pending:
        return QStringLiteral("PENDING");
    case MemberState::Ready:
        return QStringLiteral("READY");
    case MemberState::Leaving:
        return QStringLiteral("LEAVING");
    case MemberState::Left:
        return QStringLiteral("LEFT");
    case MemberState::Removed:
        return QStringLiteral("REMOVED");
    }
    return {};
}

namespace {

void writeTokens(ByteWriter& to, const std::vector<Slot>& tokens)
{
    to.varint(tokens.size());
    for (const Slot token : tokens)
        to.u16(token.value);
}

std::vector<Slot> readTokens(ByteReader& from)
{
    std::vector<Slot> tokens;
    const quint64 count = from.count(sizeof(quint16), Member::maxTokens);
    tokens.reserve(count);
    for (quint64 i = 0; i < count; ++i)
        tokens.push_back(Slot{from.u16()});
    const bool ascending =
        std::adjacent_find(tokens.begin(), tokens.end(), std::greater_equal<>()) == tokens.end();
    if (!ascending)
        from.fail();
    return tokens;
}

bool readFlag(ByteReader& from)
{
    const quint8 flag = from.u8();
    if (flag > 1)
        from.fail();
    return flag == 1;
}

} // namespace

void Member::encode(ByteWriter& to) const
{
    to.u64(id.value);
    to.text(name);
    to.u64(actor.value);
    to.u8(static_cast<quint8>(state));
    to.text(peerAddress);
    to.text(httpAddress);
    to.text(zone);
    to.u64(std::bit_cast<quint64>(capacity));
    writeTokens(to, tokens);
    to.u8(target ? 1 : 0);
    if (target)
        writeTokens(to, *target);
    to.u64(replaces.value);
    to.u8(isRemoval ? 1 : 0);
    to.u32(generation);
    to.varint(version);
    to.text(software);
    if (removedBy == NodeId{})
        return;
    to.u64(removedBy.value);
    to.u8(isForced ? 1 : 0);
    to.u32(supporters);
    to.u8(mayGiveBack ? 1 : 0);
}

Member Member::decode(ByteReader& from)
{
    Member member;
    member.id = NodeId{from.u64()};
    member.name = from.text(maxNameBytes);
    member.actor = ActorId{from.u64()};
    const quint8 state = from.u8();
    member.state = static_cast<MemberState>(state);
    member.peerAddress = from.text(maxAddressBytes);
    member.httpAddress = from.text(maxAddressBytes);
    member.zone = from.text(maxNameBytes);
    member.capacity = std::bit_cast<double>(from.u64());
    member.tokens = readTokens(from);
    if (readFlag(from))
        member.target = readTokens(from);
    member.replaces = NodeId{from.u64()};
    member.isRemoval = readFlag(from);
    member.generation = from.u32();
    member.version = from.varint();
    member.software = from.text(maxNameBytes);
    if (!from.failed() && !from.finished()) {
        member.removedBy = NodeId{from.u64()};
        member.isForced = readFlag(from);
        member.supporters = from.u32();
        member.mayGiveBack = readFlag(from);
    }

    const bool sensible = std::isfinite(member.capacity) && member.capacity > 0 && member.capacity <= 1000;
    if (state > static_cast<quint8>(MemberState::Removed) || !sensible || !isValidNodeName(member.name) ||
        member.id != nodeIdFor(member.name, member.generation))
        from.fail();
    return member;
}

Member removedRecord(Member record, NodeId by)
{
    // One that waits to join holds nothing.
    record.mayGiveBack = record.state != MemberState::Standby && record.state != MemberState::New;
    if (record.removedBy == NodeId{})
        record.removedBy = by;
    record.state = MemberState::Removed;
    record.tokens.clear();
    record.target.reset();
    ++record.version;
    return record;
}

Member writtenOffRecord(Member record)
{
    record.mayGiveBack = false;
    ++record.version;
    return record;
}

NodeId nodeIdFor(const QString& name, quint32 generation)
{
    ByteWriter identity;
    identity.raw("ringmaster-node");
    identity.u32(generation);
    identity.text(name);
    const QByteArray digest = QCryptographicHash::hash(identity.result(), QCryptographicHash::Md5);
    return NodeId{qFromBigEndian<quint64>(digest.constData())};
}

int tokensFor(int tokens, double capacity)
{
    const double most = std::max(tokens, Member::mostChosenTokens);
    return static_cast<int>(std::clamp(std::round(tokens * capacity), 1.0, most));
}

bool isValidNodeName(const QString& name)
{
    const auto allowed = [](QChar c) {
        return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9') ||
               c == u'.' || c == u'_' || c == u'-';
    };
    return !name.isEmpty() && name.size() <= Member::maxNameBytes &&
           std::all_of(name.begin(), name.end(), allowed);
}

} // namespace ringmaster
