// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/api_cursor.h"

#include "nodecore/base/bytes.h"

namespace ringmaster {

namespace {

constexpr quint8 cursorFormat = 1;
constexpr auto encoding = QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals;

tl::unexpected<Error> notOurs()
{
    return failure(ErrorCode::Malformed, QStringLiteral("The parameter \"cursor\" is not a next_cursor of a "
                                                        "listing. Leave it out to begin anew."));
}

} // namespace

QByteArray encodeCursor(const ObjectCursor& cursor)
{
    ByteWriter bytes;
    bytes.u8(cursorFormat);
    bytes.u16(cursor.slot.value);
    if (cursor.after)
        bytes.raw(cursor.after->bytes());
    return bytes.result().toBase64(encoding);
}

void writeNextCursor(JsonWriter& json, const std::optional<ObjectCursor>& next)
{
    json.name("next_cursor");
    if (next)
        json.text(encodeCursor(*next));
    else
        json.null();
}

Result<ObjectCursor> decodeCursor(const QByteArray& word)
{
    if (word.isEmpty())
        return ObjectCursor{};
    const auto strictly = encoding | QByteArray::AbortOnBase64DecodingErrors;
    const QByteArray::FromBase64Result decoded = QByteArray::fromBase64Encoding(word, strictly);
    if (!decoded)
        return notOurs();
    ByteReader bytes(decoded.decoded);
    const quint8 format = bytes.u8();
    if (format > cursorFormat) {
        return failure(ErrorCode::Newer,
                       QStringLiteral("The parameter \"cursor\" was made by a newer version of "
                                      "this program. Leave it out to begin anew."));
    }
    ObjectCursor cursor;
    cursor.slot = Slot{bytes.u16()};
    if (bytes.failed() || format != cursorFormat)
        return notOurs();
    if (bytes.remaining() > 0) {
        const Result<Key> key = Key::fromBytes(decoded.decoded.last(bytes.remaining()));
        if (!key)
            return notOurs();
        cursor.after = *key;
    }
    return cursor;
}

} // namespace ringmaster
