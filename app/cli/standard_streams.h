// SPDX-License-Identifier: GPL-3.0-or-later
// The descriptors 0, 1 and 2.
#pragma once

namespace ringmaster::cli {

// Call it first in main(). Where a program is started with a standard stream closed (`<&-`), the next file or
// socket that it opens would get that stream's number, and take what is meant for the terminal. This puts
// /dev/null there, opened the wrong way round: reading the standard input, or writing the outputs, still
// fails.
void occupyStandardStreams();

} // namespace ringmaster::cli
