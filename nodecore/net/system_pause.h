// SPDX-License-Identifier: GPL-3.0-or-later
// Stops the calling thread, as a long garbage collection or SIGSTOP would: nothing on it goes on meanwhile.
#pragma once

#include "nodecore/base/types.h"

namespace ringmaster {

// Ends early where the process handles a signal: who asks it to end must not wait for this.
void systemPause(Duration duration);

} // namespace ringmaster
