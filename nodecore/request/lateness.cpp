// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/request/lateness.h"

#include <algorithm>

namespace ringmaster {

Duration Lateness::overdue(NodeId peer, wire::Budget budget, MonoTime now)
{
    const auto sent = std::chrono::milliseconds(static_cast<qint64>(budget.sentAtMs));
    const Duration difference = now.sinceStart - sent; // of the clocks, and the way
    const auto [entry, isNew] = m_peers.try_emplace(peer, Peer{now, difference, difference});
    Peer& known = entry->second;
    if (now - known.windowBegan >= memory)
        known = {now, difference, difference};
    else if (now - known.windowBegan >= window)
        known = {now, difference, known.least};
    known.least = std::min(known.least, difference);
    const Duration spent = difference - std::min(known.least, known.leastOfLast);
    return spent - std::chrono::milliseconds(budget.ms) - margin;
}

} // namespace ringmaster
