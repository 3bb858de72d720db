// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/client/load_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace ringmaster {

// Below 32 ns each nanosecond has a bucket. Above, the position of the highest bit chooses a block of 32, and
// the five bits after it the part.
std::size_t LoadHistogram::bucketOf(std::uint64_t ns)
{
    constexpr std::uint64_t parts = 1U << partBits;
    if (ns < parts)
        return ns;
    const auto shift = static_cast<unsigned>(std::bit_width(ns)) - 1 - partBits;
    const std::size_t bucket =
        (static_cast<std::size_t>(shift + 1) << partBits) + ((ns >> shift) & (parts - 1));
    return std::min(bucket, bucketCount - 1);
}

std::uint64_t LoadHistogram::endOf(std::size_t bucket)
{
    constexpr std::uint64_t parts = 1U << partBits;
    if (bucket < parts)
        return bucket;
    const std::size_t shift = (bucket >> partBits) - 1;
    return (((parts + (bucket & (parts - 1))) + 1) << shift) - 1;
}

void LoadHistogram::record(std::chrono::nanoseconds duration)
{
    const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(0, duration.count()));
    ++m_buckets[bucketOf(ns)];
    ++m_count;
    m_sum += duration;
    m_max = std::max(m_max, duration);
}

void LoadHistogram::add(const LoadHistogram& other)
{
    for (std::size_t i = 0; i < bucketCount; ++i)
        m_buckets[i] += other.m_buckets[i];
    m_count += other.m_count;
    m_sum += other.m_sum;
    m_max = std::max(m_max, other.m_max);
}

std::chrono::nanoseconds LoadHistogram::mean() const
{
    return m_count == 0 ? std::chrono::nanoseconds(0) : m_sum / static_cast<std::int64_t>(m_count);
}

std::chrono::nanoseconds LoadHistogram::percentile(double share) const
{
    if (m_count == 0)
        return std::chrono::nanoseconds(0);
    const auto wanted = std::max<std::uint64_t>(
        1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(m_count))));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < bucketCount; ++i) {
        seen += m_buckets[i];
        if (seen >= wanted)
            return std::min(m_max, std::chrono::nanoseconds(static_cast<std::int64_t>(endOf(i))));
    }
    return m_max;
}

} // namespace ringmaster
