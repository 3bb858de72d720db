// SPDX-License-Identifier: GPL-3.0-or-later
// Which process has a file locked, as the kernel knows it (/proc/locks). Nothing is locked to find out: that
// could be in the way of a node that is starting.
#pragma once

#include "nodecore/supervise/process_identity.h"

namespace ringmaster {

// By flock(), exclusively. Nothing where nobody has, or where the holder cannot be seen: another user's,
// another container's.
std::optional<ProcessIdentity> holderOf(const QString& file);

} // namespace ringmaster
