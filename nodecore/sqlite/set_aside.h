// SPDX-License-Identifier: GPL-3.0-or-later
// Moves a store out of the way without losing it.
#pragma once

#include "nodecore/base/result.h"

#include <QString>

namespace ringmaster {

// Moves the files of the store in directory, which nobody has open, into a folder of its own beside them, and
// returns that folder. The next open() makes a new store. Where it fails half-way, the rest can be moved by a
// second call. Conflict where a store is open there.
[[nodiscard]] Result<QString> setStoreAside(const QString& directory);

} // namespace ringmaster
