// SPDX-License-Identifier: GPL-3.0-or-later
// XXH3 with 64 bits (https://github.com/Cyan4973/xxHash, doc/xxhash_spec.md): finds accidents on a disk, in
// memory and on the wire. It is no signature: who can choose the bytes can choose the checksum.
//
// Stable for ever: it is stored, and compared between nodes.
#pragma once

#include <QByteArrayView>

namespace ringmaster {

// Several pieces are chained: the checksum of one is the seed of the next.
quint64 checksumOf(QByteArrayView bytes, quint64 seed = 0);

} // namespace ringmaster
