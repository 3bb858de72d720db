// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/repair/skipped_keys.h"

#include <algorithm>

namespace ringmaster {

void SkippedKeys::skip(const Key& key, quint64 held, const QString& why, MonoTime now)
{
    const bool isKnown = m_keys.contains(key);
    if (!isKnown && m_keys.size() >= mostNamed)
        return;
    Skipped& skipped = m_keys[key];
    if (!isKnown || skipped.held != held)
        skipped.rest = firstRest;
    else if (now >= skipped.when + skipped.rest) // or it is the other side's word on the same attempt
        skipped.rest = std::min(2 * skipped.rest, rest);
    skipped.held = held;
    skipped.when = now;
    if (!isKnown)
        m_tell(key, why);
}

bool SkippedKeys::isResting(const Key& key, quint64 held, MonoTime now) const
{
    const auto found = m_keys.find(key);
    return found != m_keys.end() && found->second.held == held &&
           now < found->second.when + found->second.rest;
}

void SkippedKeys::expire(MonoTime now)
{
    std::erase_if(m_keys, [now](const auto& entry) { return entry.second.when + 3 * rest <= now; });
}

std::vector<Key> SkippedKeys::first(size_t most) const
{
    std::vector<Key> keys;
    for (auto entry = m_keys.begin(); entry != m_keys.end() && keys.size() < most; ++entry)
        keys.push_back(entry->first);
    return keys;
}

} // namespace ringmaster
