// SPDX-License-Identifier: GPL-3.0-or-later
//   token    = base64url without padding of: format (1 byte), fingerprint (4), number of entries (1),
//              entry..., checksum (4)
//   entry    = actor (8 bytes), varint counter, varint seconds since 1970     by actor, strictly ascending
//   fingerprint = the first 4 bytes of MD5(key); checksum = the first 4 bytes of MD5(all that is ahead of it)
//
// Every later format keeps the first byte and the checksum, so that a newer token can be told from a damaged
// one. The checksum finds accidents; it is no signature.
#include "nodecore/version/context_token.h"

#include "nodecore/base/bytes.h"

#include <QCryptographicHash>

#include <algorithm>
#include <limits>

namespace ringmaster {

namespace {

constexpr quint8 currentFormat = 1;
constexpr qsizetype checksumBytes = 4;
constexpr qsizetype leastBytes = 1 + 4 + 1 + checksumBytes;
constexpr quint64 mostSeconds = std::numeric_limits<qint64>::max() / 1000;

constexpr auto base64Url = QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals;

QByteArray digestOf(QByteArrayView bytes)
{
    return QCryptographicHash::hash(bytes.toByteArray(), QCryptographicHash::Md5).first(checksumBytes);
}

tl::unexpected<Error> malformed(const char16_t* what)
{
    return failure(ErrorCode::Malformed,
                   QStringLiteral("%1 Nothing was written. Read the key again and send the context of that "
                                  "read, unchanged.")
                       .arg(QString::fromUtf16(what)));
}

// The token's bytes without the checksum, or nothing where it is not whole.
Result<QByteArray> checkedBytes(QByteArrayView token)
{
    const auto isForeign = [](char c) {
        return !((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                 c == '_');
    };
    if (token.size() > maxContextTokenBytes || std::any_of(token.begin(), token.end(), isForeign))
        return malformed(u"The context is not one of ours.");
    const QByteArray text = token.toByteArray();
    const QByteArray bytes = QByteArray::fromBase64(text, base64Url);
    if (bytes.size() < leastBytes)
        return malformed(u"The context is not one of ours, or was cut short.");
    // Decoding ignores the unused bits of the last character; they must be as we write them.
    const bool asWritten = bytes.toBase64(base64Url) == text;
    const QByteArray checked = bytes.chopped(checksumBytes);
    if (!asWritten || digestOf(checked) != bytes.last(checksumBytes))
        return malformed(u"The context is damaged, or is not one of ours.");
    return checked;
}

} // namespace

QByteArray encodeContextToken(const VersionVector& context, const Key& key)
{
    const VersionVector kept = context.trimmed(maxContextEntries);
    if (kept.isEmpty())
        return {};
    ByteWriter to(maxContextTokenBytes);
    to.u8(currentFormat);
    to.raw(digestOf(key.bytes()));
    to.u8(static_cast<quint8>(kept.entries().size()));
    for (const VersionVector::Entry& entry : kept.entries()) {
        to.u64(entry.actor.value);
        to.varint(entry.counter);
        to.varint(static_cast<quint64>(std::max<qint64>(0, entry.minted.msSinceEpoch) / 1000));
    }
    to.raw(digestOf(to.result()));
    return to.take().toBase64(base64Url);
}

Result<VersionVector> decodeContextToken(QByteArrayView token, const Key& key)
{
    VersionVector context;
    if (token.isEmpty())
        return context;
    const Result<QByteArray> checked = checkedBytes(token);
    if (!checked)
        return tl::make_unexpected(checked.error());

    ByteReader from(*checked);
    const quint8 format = from.u8();
    if (format > currentFormat) {
        return failure(
            ErrorCode::Newer,
            QStringLiteral("The context was made by a newer version of Ringmaster (format %1; this "
                           "node knows %2). Nothing was written. Ask a node of that version, or "
                           "read the key again here.")
                .arg(format)
                .arg(currentFormat));
    }
    if (from.u32() != ByteReader(digestOf(key.bytes())).u32())
        return malformed(u"The context was read from another key.");
    const quint8 entries = from.u8();
    for (int i = 0; i < entries && !from.failed(); ++i) {
        const ActorId actor{from.u64()};
        const quint64 counter = from.varint();
        const quint64 seconds = from.varint();
        const bool ascending = context.isEmpty() || context.entries().back().actor < actor;
        if (!ascending || counter == 0 || seconds > mostSeconds || entries > maxContextEntries)
            from.fail();
        else
            context.raise(actor, counter, WallTime{static_cast<qint64>(seconds) * 1000});
    }
    if (!from.finished() || context.isEmpty() || format != currentFormat)
        return malformed(u"The context is not one of ours.");
    return context;
}

} // namespace ringmaster
