// SPDX-License-Identifier: GPL-3.0-or-later
// What stands in the middle of the ring: whether keys can be read and written, and who is down.
#pragma once

#include "nodecore/client/availability.h"
#include "ui/ring/ring_picture.h"

namespace ringmaster {

// "Every key can be read and written", "No key can be written", ...
QString availabilityHeadline(const Availability& availability, const ClusterSnapshot& snapshot);
// Below it, most pressing first.
QList<RingLine> availabilityLines(const Availability& availability, const ClusterSnapshot& snapshot);

Health healthOf(const Availability& availability);

// "n1", "n1 and n2", "n1, n2 and n3"; word is the "and".
QString listed(const QStringList& names, const QString& word);

} // namespace ringmaster
