// SPDX-License-Identifier: GPL-3.0-or-later
// The keys of one store that have more than one sibling.
#pragma once

#include "nodecore/node/node_view.h"

namespace ringmaster {

// Looks at a bounded number of objects a call, so a page may be empty and not the last. limit: 1 and up.
[[nodiscard]] Result<ConflictsPage> findConflicts(Store& store, const ObjectCursor& from, int limit);

} // namespace ringmaster
