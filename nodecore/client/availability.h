// SPDX-License-Identifier: GPL-3.0-or-later
// Whether every key can be read and written, as far as a snapshot of a cluster says. Pure.
#pragma once

#include "nodecore/client/cluster_snapshot.h"
#include "nodecore/ring/availability.h"

namespace ringmaster {

// Unknown, with the snapshot's own words, where no node has answered.
Availability availabilityOf(const ClusterSnapshot& snapshot);

} // namespace ringmaster
