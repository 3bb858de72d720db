// SPDX-License-Identifier: GPL-3.0-or-later
// The context of a read, as a client carries it: an opaque, URL-safe word, sealed by the cluster.
//
// Only a node makes tokens: a seal (cluster_secrets.h) covers the context and the whole key. A token is a
// capability of its key: the dots of one key mean nothing for another, and a context that no read has given
// could name dots that were never minted, which nothing could supersede any more. To a program outside, a
// token is a word; the layout is in the source, for nobody else.
#pragma once

#include "nodecore/base/key.h"
#include "nodecore/version/cluster_secrets.h"
#include "nodecore/version/version_vector.h"

namespace ringmaster {

// The longest token: mostContextEntries (read_view.h) entries of the largest numbers.
inline constexpr qsizetype maxContextTokenBytes = 36 * 1024;

// The empty context is the empty token; so is any context where there is no secret to seal with, since a
// write without a context replaces nothing. At most maxContextTokenBytes characters of [A-Za-z0-9_-].
// REQUIRES: at most mostContextEntries entries, as readView() and contextOf() give them.
QByteArray encodeContextToken(const VersionVector& context, const Key& key, const ClusterSecrets& secrets);

// The empty token is the empty context. Malformed where it was not sealed by this cluster for this key, was
// altered, or was made by a version that did not seal; Newer where a later version made it.
[[nodiscard]] Result<VersionVector> decodeContextToken(QByteArrayView token, const Key& key,
                                                       const ClusterSecrets& secrets);

} // namespace ringmaster
