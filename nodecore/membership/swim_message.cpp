// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/membership/swim_message.h"

#include <QCryptographicHash>
#include <QtEndian>

#include <algorithm>

namespace ringmaster {

namespace {

constexpr quint16 magic = 0x5253; // "RS"
constexpr quint8 formatVersion = 1;
constexpr qsizetype leastUpdateBytes = 1 + 8 + 1;

qsizetype varintSize(quint64 value)
{
    qsizetype size = 1;
    while (value >>= 7)
        ++size;
    return size;
}

// Of everything but the updates: the incarnations at their longest.
constexpr qsizetype headBytes = 2 + 1 + 8 + 1 + 8 + 7 + 4 + 8 + 7 + 1 + 2;

bool hasAccuser(SwimUpdate::Kind kind)
{
    return kind == SwimUpdate::Kind::Suspect || kind == SwimUpdate::Kind::Down;
}

quint64 readIncarnation(ByteReader& from)
{
    const quint64 incarnation = from.varint();
    if (incarnation > SwimUpdate::maxIncarnation)
        from.fail();
    return incarnation;
}

template <class Kind>
Kind readKind(ByteReader& from, Kind last)
{
    const quint8 kind = from.u8();
    if (kind > static_cast<quint8>(last))
        from.fail();
    return static_cast<Kind>(kind);
}

} // namespace

QString nameOf(SwimState state)
{
    switch (state) {
    case SwimState::Alive:
        return QStringLiteral("alive");
    case SwimState::Suspect:
        return QStringLiteral("suspect");
    case SwimState::Down:
        break;
    }
    return QStringLiteral("down");
}

qsizetype SwimUpdate::encodedSize() const
{
    const bool hasMore = hasAccuser(kind) || kind == Kind::News;
    return 1 + 8 + varintSize(incarnation) + (hasMore ? 8 : 0);
}

void SwimUpdate::encode(ByteWriter& to) const
{
    to.u8(static_cast<quint8>(kind));
    to.u64(member.value);
    to.varint(incarnation);
    if (hasAccuser(kind))
        to.u64(by.value);
    if (kind == Kind::News)
        to.u64(digest);
}

SwimUpdate SwimUpdate::decode(ByteReader& from)
{
    SwimUpdate update;
    update.kind = readKind(from, Kind::News);
    update.member = NodeId{from.u64()};
    update.incarnation = update.kind == Kind::News ? from.varint() : readIncarnation(from);
    if (hasAccuser(update.kind))
        update.by = NodeId{from.u64()};
    if (update.kind == Kind::News)
        update.digest = from.u64();
    return update;
}

qsizetype SwimMessage::roomForUpdates() const
{
    return Datagrams::maxBytes - headBytes - card.size();
}

QByteArray SwimMessage::encoded(quint64 clusterTag) const
{
    ByteWriter to(headBytes + card.size() + static_cast<qsizetype>(updates.size()) * 20);
    to.u16(magic);
    to.u8(formatVersion);
    to.u64(clusterTag);
    to.u8(static_cast<quint8>(kind));
    to.u64(from.value);
    to.varint(incarnation);
    to.u32(sequence);
    to.u64(about.value);
    to.varint(aboutIncarnation);
    to.bytes(card);
    to.varint(updates.size());
    for (const SwimUpdate& update : updates)
        update.encode(to);
    return to.take();
}

std::optional<SwimMessage> SwimMessage::decode(QByteArrayView bytes, quint64 clusterTag)
{
    if (bytes.size() > Datagrams::maxBytes)
        return std::nullopt;
    ByteReader from(bytes);
    const bool isOurs = from.u16() == magic && from.u8() == formatVersion && from.u64() == clusterTag;
    if (!isOurs || from.failed())
        return std::nullopt;
    SwimMessage message;
    message.kind = readKind(from, Kind::PingFor);
    message.from = NodeId{from.u64()};
    message.incarnation = readIncarnation(from);
    message.sequence = from.u32();
    message.about = NodeId{from.u64()};
    message.aboutIncarnation = readIncarnation(from);
    message.card = from.bytes(maxCardBytes);
    const quint64 count = from.count(leastUpdateBytes, maxUpdates);
    message.updates.reserve(count);
    for (quint64 i = 0; i < count && !from.failed(); ++i)
        message.updates.push_back(SwimUpdate::decode(from));
    if (!from.finished())
        return std::nullopt;
    return message;
}

NodeId SwimMessage::senderOf(QByteArrayView bytes)
{
    constexpr qsizetype before = 2 + 1 + 8 + 1;
    ByteReader from(bytes.sliced(std::min(before, bytes.size())));
    return NodeId{from.u64()};
}

quint64 swimTagOf(const QString& cluster)
{
    QCryptographicHash hash(QCryptographicHash::Md5);
    hash.addData(QByteArrayLiteral("ringmaster-swim\0"));
    hash.addData(cluster.toUtf8());
    return qFromBigEndian<quint64>(hash.result().constData());
}

} // namespace ringmaster
