// SPDX-License-Identifier: GPL-3.0-or-later
//   token    = base64url without padding of: body, seal (16 bytes)
//   body     = format (1 byte), fingerprint (4), name of the secret (4), varint number of entries, entry...
//   entry    = actor (8 bytes), varint counter, varint seconds since 1970     by actor, strictly ascending
//   fingerprint = the first 4 bytes of MD5(key); it tells another key's token from a forged one, in words
//   seal     = of: "ringmaster context", the key with its length, body
//
// Every later format keeps the first byte, so that a newer token can be told from a forged one. Format 1 had
// a checksum in place of the seal, and is not accepted: anybody could make it.
#include "nodecore/version/context_token.h"

#include "nodecore/base/bytes.h"
#include "nodecore/version/read_view.h"

#include <QCryptographicHash>

#include <algorithm>
#include <limits>

namespace ringmaster {

namespace {

constexpr quint8 currentFormat = 2;
constexpr quint8 unsealedFormat = 1;
constexpr qsizetype fingerprintBytes = 4;
constexpr qsizetype leastBytes = 1 + fingerprintBytes + 4 + 1 + ClusterSecrets::sealBytes;
constexpr quint64 mostSeconds = std::numeric_limits<qint64>::max() / 1000;

constexpr auto base64Url = QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals;

QByteArray fingerprintOf(const Key& key)
{
    return QCryptographicHash::hash(key.bytes(), QCryptographicHash::Md5).first(fingerprintBytes);
}

QByteArray sealedBytes(const Key& key, QByteArrayView body)
{
    ByteWriter to(32 + key.bytes().size() + body.size());
    to.raw("ringmaster context");
    to.bytes(key.bytes());
    to.raw(body);
    return to.take();
}

tl::unexpected<Error> malformed(const char16_t* what)
{
    return failure(ErrorCode::Malformed,
                   QStringLiteral("%1 Nothing was written. Read the key again and send the context of that "
                                  "read, unchanged.")
                       .arg(QString::fromUtf16(what)));
}

tl::unexpected<Error> newer(quint8 format)
{
    return failure(
        ErrorCode::Newer,
        QStringLiteral("The context was made by a newer version of Ringmaster (format %1; this node "
                       "knows %2). Nothing was written. Ask a node of that version, or read the "
                       "key again here.")
            .arg(format)
            .arg(currentFormat));
}

Result<QByteArray> bytesOf(QByteArrayView token)
{
    const auto isForeign = [](char c) {
        return !((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                 c == '_');
    };
    if (token.size() > maxContextTokenBytes || std::any_of(token.begin(), token.end(), isForeign))
        return malformed(u"The context is not one of ours.");
    const QByteArray text = token.toByteArray();
    QByteArray bytes = QByteArray::fromBase64(text, base64Url);
    // Decoding ignores the unused bits of the last character; they must be as a node writes them.
    if (bytes.isEmpty() || bytes.toBase64(base64Url) != text)
        return malformed(u"The context is not one of ours, or was cut short.");
    return bytes;
}

// The body of a token that this cluster sealed for this key.
Result<QByteArray> openedBody(const QByteArray& bytes, const Key& key, const ClusterSecrets& secrets)
{
    const auto format = static_cast<quint8>(bytes.front());
    if (format > currentFormat)
        return newer(format);
    if (format == unsealedFormat)
        return malformed(u"The context was made by an earlier version of Ringmaster, which did not seal "
                         u"contexts.");
    if (format != currentFormat || bytes.size() < leastBytes)
        return malformed(u"The context is not one of ours, or was cut short.");
    if (bytes.sliced(1, fingerprintBytes) != fingerprintOf(key))
        return malformed(u"The context was read from another key.");
    const QByteArray body = bytes.chopped(ClusterSecrets::sealBytes);
    ByteReader name(QByteArrayView(body).sliced(1 + fingerprintBytes));
    const ClusterSecrets::Seal seal{name.u32(), QByteArrayView(bytes).last(ClusterSecrets::sealBytes)};
    switch (secrets.verify(seal, sealedBytes(key, body))) {
    case ClusterSecrets::Verdict::Sealed:
        return body;
    case ClusterSecrets::Verdict::UnknownSecret:
        return malformed(u"The context was not sealed by this cluster.");
    case ClusterSecrets::Verdict::Broken:
        break;
    }
    return malformed(u"The context was altered, or was read from another key.");
}

} // namespace

QByteArray encodeContextToken(const VersionVector& context, const Key& key, const ClusterSecrets& secrets)
{
    if (context.isEmpty() || secrets.isEmpty())
        return {};
    ByteWriter to(64 + 16 * static_cast<qsizetype>(context.entries().size()));
    to.u8(currentFormat);
    to.raw(fingerprintOf(key));
    to.u32(secrets.sealingName());
    to.varint(context.entries().size());
    for (const VersionVector::Entry& entry : context.entries()) {
        to.u64(entry.actor.value);
        to.varint(entry.counter);
        to.varint(static_cast<quint64>(std::max<qint64>(0, entry.minted.msSinceEpoch) / 1000));
    }
    to.raw(secrets.seal(sealedBytes(key, to.result())));
    return to.take().toBase64(base64Url);
}

Result<VersionVector> decodeContextToken(QByteArrayView token, const Key& key, const ClusterSecrets& secrets)
{
    VersionVector context;
    if (token.isEmpty())
        return context;
    const Result<QByteArray> bytes = bytesOf(token);
    if (!bytes)
        return tl::make_unexpected(bytes.error());
    const Result<QByteArray> body = openedBody(*bytes, key, secrets);
    if (!body)
        return tl::make_unexpected(body.error());

    // A node of this cluster wrote what follows. It is bounded all the same.
    ByteReader from(QByteArrayView(*body).sliced(1 + fingerprintBytes + 4));
    constexpr qsizetype leastEntryBytes = 8 + 1 + 1;
    const quint64 entries = from.count(leastEntryBytes, mostContextEntries);
    for (quint64 i = 0; i < entries && !from.failed(); ++i) {
        const ActorId actor{from.u64()};
        const quint64 counter = from.varint();
        const quint64 seconds = from.varint();
        const bool ascending = context.isEmpty() || context.entries().back().actor < actor;
        if (!ascending || counter == 0 || seconds > mostSeconds)
            from.fail();
        else
            context.raise(actor, counter, WallTime{static_cast<qint64>(seconds) * 1000});
    }
    if (!from.finished() || context.isEmpty())
        return malformed(u"The context is not one of ours.");
    return context;
}

} // namespace ringmaster
