// SPDX-License-Identifier: GPL-3.0-or-later
// The port to time. Floors 1 to 4 learn the time only from here.
#pragma once

#include "nodecore/base/types.h"

namespace ringmaster {

class Clock {
public:
    virtual ~Clock() = default;
    virtual MonoTime now() const = 0;
    // May jump either way; see WallTime for what it may be used for.
    virtual WallTime wallNow() const = 0;
};

} // namespace ringmaster
