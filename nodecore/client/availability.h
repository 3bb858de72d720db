// SPDX-License-Identifier: GPL-3.0-or-later
// Whether every key can be read and written now, as numbers and as the sentence that people see. Pure.
//
// A slot can be read while at least R of its primaries are reachable, and written while at least W are. A
// sloppy quorum may do better for writes, with fallbacks; what is said here is what the primaries themselves
// can do.
#pragma once

#include "nodecore/client/cluster_snapshot.h"

#include <QStringList>

namespace ringmaster {

struct Availability {
    enum class Level {
        Unknown,  // no answer from the cluster, or no ring yet
        Full,     // every key can be read and written, and no single further loss changes that
        Fragile,  // every key can be read and written; losing one more node would end that
        Degraded, // some keys cannot be read or written
        None,     // no key can be read or no key can be written
    };

    Level level = Level::Unknown;
    int membersUp = 0;
    int membersTotal = 0;    // that belong to the cluster: not LEFT or REMOVED
    int unreadableSlots = 0; // of slotCount
    int unwritableSlots = 0;
    // Members that are up, by name, and whose loss would make keys unreadable or unwritable that are not now.
    QStringList critical;
    QString sentence;

    friend bool operator==(const Availability&, const Availability&) = default;
};

Availability availabilityOf(const ClusterSnapshot& snapshot);

} // namespace ringmaster
