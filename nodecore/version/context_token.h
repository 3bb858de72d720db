// SPDX-License-Identifier: GPL-3.0-or-later
// The context of a read, as a client carries it: an opaque, URL-safe word.
//
// Layout before base64url: format (1 byte), a fingerprint of the key, the entries, a checksum; see the
// source. A token is bound to its key: the dots of one key mean nothing for another, and taking them for it
// could hide a value that nobody has seen.
#pragma once

#include "nodecore/base/key.h"
#include "nodecore/version/version_vector.h"

namespace ringmaster {

// A client's context is trimmed to this many entries.
inline constexpr size_t maxContextEntries = 10;
inline constexpr qsizetype maxContextTokenBytes = 512;

// Trims to maxContextEntries. The empty context is the empty token. At most maxContextTokenBytes characters
// of [A-Za-z0-9_-].
QByteArray encodeContextToken(const VersionVector& context, const Key& key);

// The empty token is the empty context. Malformed where it is not a token of ours, is damaged, or was read
// from another key; Newer where a later version made it.
[[nodiscard]] Result<VersionVector> decodeContextToken(QByteArrayView token, const Key& key);

} // namespace ringmaster
