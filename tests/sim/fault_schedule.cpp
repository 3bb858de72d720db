// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/fault_schedule.h"

#include <algorithm>

namespace ringmaster::sim {

namespace {

using namespace std::chrono_literals;

Fault drawFault(int nodes, Duration within, SeededRandom& random)
{
    Fault fault;
    fault.kind = static_cast<FaultKind>(random.below(faultKinds));
    fault.begins = random.between(0ns, within);
    fault.lasts = random.chance(0.3) ? random.between(2s, 4s) : random.between(20ms, 1500ms);
    if (random.chance(0.15)) // beyond what any part of a node waits for
        fault.lasts = random.between(4s, 15s);
    fault.node = static_cast<int>(random.below(quint64(nodes)));
    fault.other = (fault.node + 1 + static_cast<int>(random.below(quint64(nodes - 1)))) % nodes;
    const quint64 members = 1 + random.below((quint64{1} << nodes) - 2); // neither none nor all
    for (int i = 0; i < nodes; ++i) {
        if ((members >> i & 1) != 0)
            fault.side.push_back(i);
    }
    // Hours or, of a clock that was never set, weeks.
    const qint64 farthest = random.chance(0.3) ? 3'000'000'000 : 3'600'000;
    fault.jump =
        std::chrono::milliseconds(static_cast<qint64>(random.below(quint64(2 * farthest))) - farthest);
    fault.commitDelay = random.chance(0.3) ? random.between(2s, 15s) : random.between(20ms, 400ms);
    if (fault.isCrash())
        fault.victim = static_cast<Victim>(random.below(3));
    return fault;
}

} // namespace

std::vector<Fault> drawFaults(int nodes, Duration within, SeededRandom& random)
{
    std::vector<Fault> faults;
    bool takesAStore = random.chance(0.6); // never in so many runs: strict ones need that
    const auto count = random.below(13);
    while (faults.size() < count) {
        Fault fault = drawFault(nodes, within, random);
        if (fault.takesAStore() && std::exchange(takesAStore, true))
            continue;
        faults.push_back(std::move(fault));
    }
    std::sort(faults.begin(), faults.end(),
              [](const Fault& a, const Fault& b) { return a.begins < b.begins; });
    return faults;
}

} // namespace ringmaster::sim
