// SPDX-License-Identifier: GPL-3.0-or-later
// The Random of a real node: the operating system's generator.
#pragma once

#include "nodecore/env/random.h"

namespace ringmaster {

// Any thread.
class SystemRandom final : public Random {
public:
    quint64 next() override;
};

} // namespace ringmaster
