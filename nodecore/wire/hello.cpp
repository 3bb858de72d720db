// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/wire/hello.h"

namespace ringmaster {

namespace {

constexpr quint32 helloMagic = 0x524e474d;   // "RNGM"
constexpr quint32 refusalMagic = 0x524e4752; // "RNGR"
constexpr qsizetype maxTextBytes = 256;
constexpr qsizetype maxMessageBytes = 1024;

} // namespace

QByteArray Hello::encoded() const
{
    ByteWriter to(128);
    to.u32(helloMagic);
    to.u16(protocol);
    to.text(cluster);
    to.u64(node.value);
    to.text(name);
    to.u32(generation);
    to.u64(actor.value);
    to.u64(process);
    to.text(peerAddress);
    to.text(httpAddress);
    to.u8(partitioner);
    to.u8(replicas);
    return to.take();
}

Result<Hello> Hello::decode(QByteArrayView bytes)
{
    ByteReader from(bytes);
    if (from.u32() != helloMagic || from.failed()) {
        return failure(ErrorCode::Malformed,
                       QStringLiteral("The other side does not speak Ringmaster's peer protocol. Is this a "
                                      "peer address, not an HTTP address?"));
    }
    Hello hello;
    hello.protocol = from.u16();
    if (!from.failed() && hello.protocol != protocolVersion) {
        const bool newer = hello.protocol > protocolVersion;
        return failure(newer ? ErrorCode::Newer : ErrorCode::Conflict,
                       QStringLiteral("The other side speaks peer protocol %1, this node %2. Run the same "
                                      "version of ringnode on all members.")
                           .arg(hello.protocol)
                           .arg(protocolVersion));
    }
    hello.cluster = from.text(maxTextBytes);
    hello.node = NodeId{from.u64()};
    hello.name = from.text(maxTextBytes);
    hello.generation = from.u32();
    hello.actor = ActorId{from.u64()};
    hello.process = from.u64();
    hello.peerAddress = from.text(maxTextBytes);
    hello.httpAddress = from.text(maxTextBytes);
    hello.partitioner = from.u8();
    hello.replicas = from.u8();
    if (!from.finished())
        return failure(ErrorCode::Malformed, QStringLiteral("The other side sent a damaged introduction."));
    return hello;
}

QByteArray Refusal::encoded() const
{
    ByteWriter to(64);
    to.u32(refusalMagic);
    to.u8(static_cast<quint8>(code));
    to.bytes(message.toUtf8().left(maxMessageBytes));
    return to.take();
}

std::optional<Refusal> Refusal::decode(QByteArrayView bytes)
{
    ByteReader from(bytes);
    const bool ours = from.u32() == refusalMagic;
    Refusal refusal;
    const quint8 code = from.u8();
    // A cut inside a character must not make a refusal unreadable: decoded leniently.
    refusal.message = QString::fromUtf8(from.view(maxMessageBytes));
    if (!ours || !from.finished())
        return std::nullopt;
    refusal.code =
        code <= static_cast<quint8>(ErrorCode::Internal) ? static_cast<ErrorCode>(code) : ErrorCode::Internal;
    return refusal;
}

} // namespace ringmaster
