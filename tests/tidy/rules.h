// SPDX-License-Identifier: GPL-3.0-or-later
// What must hold within one file. Every rule looks only at the files that it is about, so any file may be
// given to any rule.
#pragma once

#include "tests/tidy/finding.h"
#include "tests/tidy/source_file.h"

namespace ringmaster::tidy {

inline constexpr int mostLinesInAFile = 600;
inline constexpr int mostLinesInAFunction = 70;

// Floors 0 to 4 reach nothing outside: no clock, chance, thread, socket, file, process or event loop.
Findings checkPurity(const SourceFile& file);
// Waiting a fixed time makes a test slow and wrong: it waits for a condition, with a deadline.
Findings checkWaits(const SourceFile& file);
// The licence in the first line (the second of a script); #pragma once in a header.
Findings checkHeading(const SourceFile& file);
// Nothing left for later, and no path of somebody's machine.
Findings checkWords(const SourceFile& file);
// Lines of a file, and of a function in code that clang-format has laid out: its braces stand alone, in
// the same column.
Findings checkLength(const SourceFile& file);
// snake_case, one dot.
Findings checkName(const SourceFile& file);

} // namespace ringmaster::tidy
