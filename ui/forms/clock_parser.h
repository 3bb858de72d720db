// SPDX-License-Identifier: GPL-3.0-or-later
// The vector-clock field: from what a person pastes to a version vector.
//
// Takes what a row of a result shows, "NAME":{...} or "NAME" ===> {...}, the object {...} alone, or the web
// API's form {"NAME":{...}}. In the object every name is an actor of 16 hexadecimal digits with a count in
// decimal, as a string; "value", "value_base64" and "deleted" are skipped. A count of 0 says that nothing of
// that actor was seen. Anything else is an error that says where: a clock that is guessed at could replace
// a value that nobody has seen. A NAME must say the same as its object.
#pragma once

#include "nodecore/base/result.h"
#include "nodecore/version/version_vector.h"

#include <QString>

namespace ringmaster {

inline constexpr qsizetype maxClockText = 4 * 1024 * 1024;
inline constexpr size_t maxClockEntries = 256;

// Blank text is the empty vector. Malformed or TooLarge otherwise, in words for beside the field.
[[nodiscard]] Result<VersionVector> parseClock(const QString& text);

} // namespace ringmaster
