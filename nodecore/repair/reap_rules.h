// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nodecore/base/types.h"

namespace ringmaster {

// When a tombstone may go. See tombstone_reaper.h.
struct ReapRules {
    // It has been seen unchanged for so long by the node that sees it off, since that node started. 0: never.
    Duration after = std::chrono::minutes(10);
    // Between the two times that all members are asked.
    Duration quiet = std::chrono::seconds(10);
};

} // namespace ringmaster
