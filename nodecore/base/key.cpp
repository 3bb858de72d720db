// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/base/key.h"

#include <cstring>

namespace ringmaster {

Result<Key> Key::fromBytes(QByteArray bytes)
{
    if (bytes.isEmpty())
        return failure(ErrorCode::Malformed, QStringLiteral("The key is empty. A key has 1 to 4096 bytes."));
    if (bytes.size() > maxBytes) {
        return failure(ErrorCode::TooLarge,
                       QStringLiteral("The key has %1 bytes. A key has 1 to 4096 bytes.").arg(bytes.size()));
    }
    return Key(std::move(bytes));
}

std::strong_ordering operator<=>(const Key& a, const Key& b)
{
    const auto shared = std::min(a.m_bytes.size(), b.m_bytes.size());
    // memcmp compares as unsigned char; QByteArray's operator< promises no such thing for embedded zeros.
    const int order = std::memcmp(a.m_bytes.constData(), b.m_bytes.constData(), static_cast<size_t>(shared));
    if (order != 0)
        return order <=> 0;
    return a.m_bytes.size() <=> b.m_bytes.size();
}

} // namespace ringmaster
