// SPDX-License-Identifier: GPL-3.0-or-later
// How repair leaves the nodes to their clients: flat out while nobody asks for anything, and a fifth of the
// time while somebody does.
#pragma once

#include "nodecore/base/types.h"

#include <algorithm>
#include <functional>

namespace ringmaster {

struct Pacing {
    // Whether clients use this cluster now, as far as this node knows.
    std::function<bool()> clientsAreServed;

    bool isQuiet() const { return !clientsAreServed || !clientsAreServed(); }

    // How long to rest after an exchange that took so long, from the request to the reply.
    Duration restAfter(Duration exchange) const
    {
        using std::chrono::milliseconds;
        constexpr int restsPerExchange = 4;
        if (isQuiet())
            return Duration{0};
        return std::clamp<Duration>(exchange * restsPerExchange, milliseconds(2), milliseconds(200));
    }
};

} // namespace ringmaster
