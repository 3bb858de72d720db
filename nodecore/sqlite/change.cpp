// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/sqlite/change.h"

namespace ringmaster {

SummaryDelta summaryDelta(const QByteArray& key, const Value& before, const Value& after,
                          const std::optional<SummedUp>& summedUp)
{
    SummaryDelta delta;
    delta.objects = static_cast<qint8>(int{after.present} - int{before.present});
    const int wasLive = summedUp ? summedUp->live : int{before.live};
    const int change = int{after.present && after.live} - (before.present ? wasLive : 0);
    delta.live = static_cast<qint8>(
        std::clamp(change, -1, 1)); // more of a slot: the count is off until it is counted again
    if (const Result<Key> valid = Key::fromBytes(key)) {
        delta.hash += after.present ? recordHash(*valid, after.bytes) : 0;
        if (before.present)
            delta.hash -= summedUp ? summedUp->hash : recordHash(*valid, before.bytes);
    }
    return delta;
}

} // namespace ringmaster
