// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/sqlite/change.h"

namespace ringmaster {

SummaryDelta summaryDelta(const QByteArray& key, const Value& before, const Value& after,
                          std::optional<quint64> hashBefore)
{
    SummaryDelta delta;
    delta.objects = static_cast<qint8>(int{after.present} - int{before.present});
    delta.live = static_cast<qint8>(int{after.present && after.live} - int{before.present && before.live});
    if (const Result<Key> valid = Key::fromBytes(key)) {
        delta.hash += after.present ? recordHash(*valid, after.bytes) : 0;
        if (before.present)
            delta.hash -= hashBefore ? *hashBefore : recordHash(*valid, before.bytes);
    }
    return delta;
}

} // namespace ringmaster
