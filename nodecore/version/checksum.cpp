// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/version/checksum.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace ringmaster {

quint64 checksumOf(QByteArrayView bytes, quint64 seed)
{
    return XXH3_64bits_withSeed(bytes.data(), static_cast<size_t>(bytes.size()), seed);
}

} // namespace ringmaster
