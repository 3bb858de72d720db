// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/request/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace ringmaster {

void LatencyHistogram::add(Duration took)
{
    const auto us = static_cast<quint64>(
        std::clamp<qint64>(std::chrono::duration_cast<std::chrono::microseconds>(took).count(), 1,
                           (qint64{1} << doublings) - 1));
    const int doubling = std::bit_width(us) - 1;
    // The three bits below the leading one choose the bucket within the doubling.
    const quint64 fraction = doubling >= 3 ? us >> (doubling - 3) : us << (3 - doubling);
    const size_t bucket = static_cast<size_t>(doubling * perDoubling) + static_cast<size_t>(fraction & 7);
    ++m_counts[bucket];
}

void LatencyHistogram::age()
{
    for (quint32& count : m_counts)
        count /= 2;
}

Duration LatencyHistogram::percentile(double fraction) const
{
    const quint64 total = std::accumulate(m_counts.begin(), m_counts.end(), quint64{0});
    if (total == 0)
        return Duration{0};
    const auto rank = static_cast<quint64>(std::ceil(fraction * static_cast<double>(total)));
    quint64 seen = 0;
    size_t bucket = 0;
    while (bucket + 1 < m_counts.size() && (seen += m_counts[bucket]) < rank)
        ++bucket;
    const double us = std::ldexp(1.0 + static_cast<double>(bucket % perDoubling + 1) / perDoubling,
                                 static_cast<int>(bucket) / perDoubling);
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::micro>(us));
}

} // namespace ringmaster
