// SPDX-License-Identifier: GPL-3.0-or-later
// Lifeguard's local health multiplier: how slow this node finds itself, from what it should have heard and
// did not. A slow node must not accuse others of its own slowness, so it waits longer for them.
#pragma once

#include <algorithm>

namespace ringmaster {

class SwimHealth {
public:
    explicit SwimHealth(int maxMultiplier)
        : m_maxScore(std::max(0, maxMultiplier - 1))
    {}

    // An answer came in time.
    void better() { change(-1); }
    // So many signs that it is this node that is slow: answers missed, a late timer, being suspected.
    void worse(int signs = 1) { change(signs); }
    int multiplier() const { return 1 + m_score; }

private:
    void change(int by) { m_score = std::clamp(m_score + by, 0, m_maxScore); }

    int m_maxScore;
    int m_score = 0;
};

} // namespace ringmaster
