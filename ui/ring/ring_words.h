// SPDX-License-Identifier: GPL-3.0-or-later
// What stands in the middle of the ring below the headline: who is down, and who takes no writes.
#pragma once

#include "nodecore/client/availability.h"
#include "ui/ring/ring_picture.h"

namespace ringmaster {

// Most pressing first.
QList<RingLine> availabilityLines(const Availability& availability, const ClusterSnapshot& snapshot);

Health healthOf(const Availability& availability);

// "n1", "n1 and n2", "n1, n2 and n3"; word is the "and".
QString listed(const QStringList& names, const QString& word);

} // namespace ringmaster
