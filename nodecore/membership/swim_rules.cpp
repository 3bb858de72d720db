// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/membership/swim_rules.h"

#include <algorithm>
#include <cmath>

namespace ringmaster {

namespace {

Duration scaled(Duration duration, double by)
{
    return Duration(static_cast<Duration::rep>(static_cast<double>(duration.count()) * by));
}

} // namespace

SwimRules swimForOneMachine()
{
    SwimRules rules;
    rules.probeInterval = std::chrono::milliseconds(200);
    rules.probeTimeout = std::chrono::milliseconds(100);
    rules.suspicionFactor = 3;
    rules.suspicionStretch = 3;
    return rules;
}

Duration SuspicionTime::after(int confirmations) const
{
    if (confirmations >= wanted)
        return least;
    const double shrunk = std::log(confirmations + 1.0) / std::log(wanted + 1.0);
    return most - scaled(most - least, shrunk);
}

SuspicionTime suspicionTime(const SwimRules& rules, int members)
{
    const double scale = rules.suspicionFactor * std::max(1.0, std::log10(std::max(1, members)));
    SuspicionTime time;
    time.least = scaled(rules.probeInterval, scale);
    time.most = time.least * rules.suspicionStretch;
    // Besides the suspect and the first accuser there must be so many to confirm.
    time.wanted = std::clamp(members - 2, 0, std::max(0, rules.suspicionFactor - 2));
    return time;
}

int retransmitLimit(const SwimRules& rules, int members)
{
    return std::max(1, static_cast<int>(std::ceil(rules.retransmitFactor * std::log(members + 1.0))));
}

} // namespace ringmaster
