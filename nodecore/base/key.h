// SPDX-License-Identifier: GPL-3.0-or-later
// A key: 1 to 4096 bytes of any kind. A Key that exists is valid; check once, at the door.
#pragma once

#include "nodecore/base/result.h"

#include <QByteArray>
#include <QHashFunctions>

#include <compare>

namespace ringmaster {

class Key {
public:
    static constexpr int maxBytes = 4096;

    // Malformed if empty, TooLarge if over maxBytes.
    [[nodiscard]] static Result<Key> fromBytes(QByteArray bytes);

    // A valid key that stands where a decoder has failed and its result is thrown away.
    [[nodiscard]] static Key placeholder() { return Key(QByteArrayLiteral("?")); }

    const QByteArray& bytes() const { return m_bytes; }

    friend bool operator==(const Key& a, const Key& b) { return a.m_bytes == b.m_bytes; }
    // Order of bytes, unsigned: the order in which a slot's keys are stored and paged through.
    friend std::strong_ordering operator<=>(const Key& a, const Key& b);
    friend size_t qHash(const Key& key, size_t seed = 0) noexcept { return qHash(key.m_bytes, seed); }

private:
    explicit Key(QByteArray bytes)
        : m_bytes(std::move(bytes))
    {}
    QByteArray m_bytes;
};

} // namespace ringmaster
