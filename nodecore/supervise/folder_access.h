// SPDX-License-Identifier: GPL-3.0-or-later
// Making a folder and writing into it, with the reason where that fails.
#pragma once

#include "nodecore/base/result.h"

namespace ringmaster {

// With its parents; one that is there is left as it is. Unavailable, naming what is in the way: a file, a
// full disk, a right that is missing.
[[nodiscard]] Result<void> makeFolder(const QString& folder);

// Why nothing can be written into the folder, and what to do about it; found out by trying. Something is said
// in any case.
Error unwritable(const QString& folder);
// As above, where the reason is known: "No space left on device".
Error unwritable(const QString& folder, const QString& reason);

} // namespace ringmaster
