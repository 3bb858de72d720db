// SPDX-License-Identifier: GPL-3.0-or-later
// Which faults happen in a run, and when.
#pragma once

#include "tests/sim/fault.h"
#include "tests/support/virtual_time.h"

namespace ringmaster::sim {

// In the order of their beginnings. At most one of them takes a store: what W=2 promises is that one lost
// disk loses nothing.
std::vector<Fault> drawFaults(int nodes, Duration within, SeededRandom& random);

} // namespace ringmaster::sim
