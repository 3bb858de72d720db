// SPDX-License-Identifier: GPL-3.0-or-later
// Where a listing of keys goes on, as a client carries it: an opaque, URL-safe word.
//
// Layout before base64url: format (1 byte, 1), the slot (2), the key after which to go on (the rest; empty:
// at the beginning of the slot). It names a place, not a right: a forged one reads keys that any listing
// shows.
#pragma once

#include "nodecore/net/json_writer.h"
#include "nodecore/storage/store.h"

namespace ringmaster {

QByteArray encodeCursor(const ObjectCursor& cursor);
// "next_cursor"; null at the end of a listing.
void writeNextCursor(JsonWriter& json, const std::optional<ObjectCursor>& next);
// The empty word is the beginning. Malformed where it is not a cursor of ours, Newer where a later version
// made it.
[[nodiscard]] Result<ObjectCursor> decodeCursor(const QByteArray& word);

} // namespace ringmaster
