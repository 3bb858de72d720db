// SPDX-License-Identifier: GPL-3.0-or-later
// How long requests took: counts in buckets of a fixed relative width (8 a doubling, so within 9 %), which
// fade by half each time age() is called, so that percentiles follow the present.
#pragma once

#include "nodecore/base/types.h"

#include <array>

namespace ringmaster {

class LatencyHistogram {
public:
    void add(Duration took);
    // Halves all counts.
    void age();
    // The upper end of the bucket that holds the fraction's rank, 0 < fraction <= 1; zero where it is empty.
    Duration percentile(double fraction) const;

private:
    // 1 µs .. 2^27 µs (over two minutes), 8 buckets each doubling, the first and last open-ended.
    static constexpr int doublings = 27;
    static constexpr int perDoubling = 8;
    std::array<quint32, static_cast<size_t>(doublings) * perDoubling> m_counts{};
};

} // namespace ringmaster
