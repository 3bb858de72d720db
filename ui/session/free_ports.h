// SPDX-License-Identifier: GPL-3.0-or-later
// Whether the ports that a new local cluster would take can be had.
#pragma once

#include <QList>

namespace ringmaster {

// True where base + 1 .. base + count can be listened on at the loopback address, for each of bases.
bool portsAreFree(const QList<int>& bases, int count);

} // namespace ringmaster
