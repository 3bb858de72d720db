// SPDX-License-Identifier: GPL-3.0-or-later
// A Clock whose wall time is off by as much as it is told, as after a bad time server or a hand that set it.
// The monotonic time stays what it is.
#pragma once

#include "nodecore/env/clock.h"

namespace ringmaster {

class FaultyClock final : public Clock {
public:
    // under must outlive this.
    explicit FaultyClock(const Clock& under)
        : m_under(under)
    {}

    MonoTime now() const override { return m_under.now(); }
    WallTime wallNow() const override { return {m_under.wallNow().msSinceEpoch + m_offset.count()}; }

    // From the time of the clock under this one; 0: no fault.
    void setOffset(std::chrono::milliseconds offset) { m_offset = offset; }
    std::chrono::milliseconds offset() const { return m_offset; }

private:
    const Clock& m_under;
    std::chrono::milliseconds m_offset{0};
};

} // namespace ringmaster
