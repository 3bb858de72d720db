// SPDX-License-Identifier: GPL-3.0-or-later
// How many bytes a second may go by: a token bucket that may be overdrawn, so that a message of any size
// passes once what went before it is paid for. A plain value; it is told the time.
#pragma once

#include "nodecore/base/types.h"

#include <algorithm>

namespace ringmaster {

class BandwidthLimit {
public:
    // 0: no limit.
    explicit BandwidthLimit(qint64 bytesPerSecond = 0)
        : m_bytesPerSecond(bytesPerSecond)
    {}

    void spend(qint64 bytes, MonoTime now)
    {
        if (m_bytesPerSecond > 0)
            m_paidAt = std::max(m_paidAt, MonoTime{now.sinceStart - burst}) + timeFor(bytes);
    }
    // So many bytes, or fewer: what passes in a second.
    qint64 atMost(qint64 bytes) const
    {
        return m_bytesPerSecond > 0 ? std::min(bytes, m_bytesPerSecond) : bytes;
    }
    // Until something may be spent again.
    Duration wait(MonoTime now) const { return std::max(m_paidAt - now, Duration{0}); }

private:
    // What was not used is kept for so long.
    static constexpr Duration burst = std::chrono::milliseconds(100);

    Duration timeFor(qint64 bytes) const
    {
        const double seconds = static_cast<double>(bytes) / static_cast<double>(m_bytesPerSecond);
        return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
    }

    qint64 m_bytesPerSecond = 0;
    MonoTime m_paidAt{}; // all that was spent so far is paid for then
};

} // namespace ringmaster
