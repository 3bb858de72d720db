// SPDX-License-Identifier: GPL-3.0-or-later
// The Clock of a real node: the operating system's monotonic and wall clocks.
#pragma once

#include "nodecore/env/clock.h"

namespace ringmaster {

// Any thread.
class SystemClock final : public Clock {
public:
    MonoTime now() const override;
    WallTime wallNow() const override;
};

} // namespace ringmaster
