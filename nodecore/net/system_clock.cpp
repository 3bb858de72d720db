// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/system_clock.h"

#include <chrono>

namespace ringmaster {

MonoTime SystemClock::now() const
{
    const auto sinceStart = std::chrono::steady_clock::now().time_since_epoch();
    return MonoTime{std::chrono::duration_cast<Duration>(sinceStart)};
}

WallTime SystemClock::wallNow() const
{
    const auto sinceEpoch = std::chrono::system_clock::now().time_since_epoch();
    return WallTime{std::chrono::duration_cast<std::chrono::milliseconds>(sinceEpoch).count()};
}

} // namespace ringmaster
