// SPDX-License-Identifier: GPL-3.0-or-later
// What swimsim measures of clusters of one size, each a function of its seed.
#pragma once

#include "nodecore/membership/swim_rules.h"

#include <QtGlobal>

namespace ringmaster::sim {

// The worst of several seeds each.
struct NewsMeasure {
    double joinKnownSeconds = 0;   // after a newcomer's record is written: until all have it, and so one ring
    double newsRounds = 0;         // until news reached all, in probe intervals
    double suspectedSeconds = 0;   // after a death: until the first observer suspects it
    double downSeconds = 0;        // until all hold the dead member down
    int starvedAccuses = 0;        // living members declared down by, or because of, one starved for 20 s
    double starvedBackSeconds = 0; // after it goes on: until all hold it alive again
};
NewsMeasure measureNews(int nodes, const SwimRules& rules, quint64 firstSeed, int seeds);

struct LossMeasure {
    int falseDeaths = 0;          // living members declared down by anybody, each incarnation once
    double messagesPerSecond = 0; // sent, a node
    double bytesPerSecond = 0;
};
LossMeasure measureLoss(int nodes, const SwimRules& rules, double loss, std::chrono::minutes time,
                        quint64 seed);

} // namespace ringmaster::sim
