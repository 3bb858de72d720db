// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/process_facts.h"

#include <algorithm>

namespace ringmaster {

bool isRunning(NodeProcess::State state)
{
    return state != NodeProcess::State::Stopped && state != NodeProcess::State::Died;
}

ClusterSnapshot withProcesses(ClusterSnapshot snapshot, const QList<ProcessFacts>& processes)
{
    for (MemberSnapshot& member : snapshot.members) {
        const auto process = std::find_if(processes.begin(), processes.end(),
                                          [&](const ProcessFacts& p) { return p.name == member.name; });
        if (process == processes.end() || isRunning(process->state))
            continue;
        member.reachable = false;
        member.isAwaited = false;
        member.unreachableMs = std::max(member.unreachableMs, process->sinceMs);
        member.requestsPerSecond = 0;
    }
    return snapshot;
}

} // namespace ringmaster
