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
    to.varint(tokens.size());
    for (const Slot token : tokens)
        to.u16(token.value);
    to.u32(generation);
    to.varint(version);
    to.text(software);
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
    const quint64 tokenCount = from.count(sizeof(quint16), maxTokens);
    member.tokens.reserve(tokenCount);
    for (quint64 i = 0; i < tokenCount; ++i)
        member.tokens.push_back(Slot{from.u16()});
    member.generation = from.u32();
    member.version = from.varint();
    member.software = from.text(maxNameBytes);

    const bool ascending = std::adjacent_find(member.tokens.begin(), member.tokens.end(),
                                              std::greater_equal<>()) == member.tokens.end();
    const bool sensible = std::isfinite(member.capacity) && member.capacity > 0 && member.capacity <= 1000;
    if (state > static_cast<quint8>(MemberState::Removed) || !ascending || !sensible ||
        !isValidNodeName(member.name) || member.id != nodeIdFor(member.name, member.generation))
        from.fail();
    return member;
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
