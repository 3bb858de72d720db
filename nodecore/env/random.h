// SPDX-License-Identifier: GPL-3.0-or-later
// The port to chance. A simulator seeds it; a real node asks the operating system.
#pragma once

#include <QtGlobal>

namespace ringmaster {

class Random {
public:
    virtual ~Random() = default;
    virtual quint64 next() = 0;

    // Uniform in [0, bound); bound must not be 0. The bias of the modulus is below 2^-32 for the small
    // bounds that we use.
    quint64 below(quint64 bound) { return next() % bound; }
};

} // namespace ringmaster
