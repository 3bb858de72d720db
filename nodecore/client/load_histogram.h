// SPDX-License-Identifier: GPL-3.0-or-later
// Counts durations in logarithmic buckets, each split into 32 linear parts, so that a percentile is at most
// 3.2 % off at any scale (the layout of Tene's HdrHistogram). Fixed size, constant time to record.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace ringmaster {

class LoadHistogram {
public:
    void record(std::chrono::nanoseconds duration);
    void add(const LoadHistogram& other);

    std::uint64_t count() const { return m_count; }
    std::chrono::nanoseconds max() const { return m_max; }
    std::chrono::nanoseconds mean() const;
    // The duration that the given share (0..1) of the records does not exceed, rounded up to its bucket's
    // end. Zero where nothing was recorded.
    std::chrono::nanoseconds percentile(double share) const;

private:
    static constexpr unsigned partBits = 5; // 32 parts
    static constexpr std::size_t bucketCount = (64 - partBits) << partBits;

    static std::size_t bucketOf(std::uint64_t ns);
    static std::uint64_t endOf(std::size_t bucket);

    std::array<std::uint64_t, bucketCount> m_buckets{};
    std::uint64_t m_count = 0;
    std::chrono::nanoseconds m_sum{0};
    std::chrono::nanoseconds m_max{0};
};

} // namespace ringmaster
