// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ringctl/command.h"

namespace ringmaster::ctl {

// export FILE
ExitCode exportFile(const Invocation& in);

} // namespace ringmaster::ctl
