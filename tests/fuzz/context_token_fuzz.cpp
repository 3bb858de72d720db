// SPDX-License-Identifier: GPL-3.0-or-later
// The words that a client carries about: context tokens and cursors. The first byte of the input says how
// the rest is read: as a token; as the bytes inside one, which get the seal that chance would not find; as a
// cursor.
#include "nodecore/base/bytes.h"
#include "nodecore/net/api_cursor.h"
#include "nodecore/version/context_token.h"
#include "nodecore/version/read_view.h"
#include "tests/fuzz/fuzz.h"

using namespace ringmaster;
using fuzz::require;

namespace {

constexpr auto base64Url = QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals;

const ClusterSecrets& secrets()
{
    static const ClusterSecrets known = [] {
        ClusterSecrets made;
        made.add(QByteArray(ClusterSecrets::secretBytes, 's'));
        return made;
    }();
    return known;
}

void readToken(QByteArrayView token)
{
    static const Key key = *Key::fromBytes("key");
    static const Key otherKey = *Key::fromBytes("another key");
    const Result<VersionVector> context = decodeContextToken(token, key, secrets());
    if (!context)
        return;
    require(context->entries().size() <= mostContextEntries, "a context is bounded");
    require(encodeContextToken(*context, key, secrets()) == token, "a context has one token");
    require(token.isEmpty() || !decodeContextToken(token, otherKey, secrets()),
            "a token is bound to its key");
    require(token.isEmpty() || !decodeContextToken(token, key, {}), "a token is bound to its cluster");
}

void readInside(QByteArrayView inside)
{
    ByteWriter sealed;
    sealed.raw("ringmaster context");
    sealed.bytes("key");
    sealed.raw(inside);
    readToken((inside.toByteArray() + secrets().seal(sealed.result())).toBase64(base64Url));
}

void readCursor(const QByteArray& word)
{
    const Result<ObjectCursor> cursor = decodeCursor(word);
    if (!cursor)
        return;
    const Result<ObjectCursor> again = decodeCursor(encodeCursor(*cursor));
    require(again && again->slot == cursor->slot && again->after == cursor->after,
            "a cursor comes back from its word");
}

} // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    QByteArrayView bytes = fuzz::viewOf(data, size);
    switch (fuzz::takeChoice(bytes) % 3) {
    case 0:
        readToken(bytes);
        break;
    case 1:
        readInside(bytes);
        break;
    default:
        readCursor(bytes.toByteArray());
    }
    return 0;
}
