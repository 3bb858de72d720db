// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ringctl/command.h"

namespace ringmaster::ctl {

// import FILE
ExitCode importFile(const Invocation& in);

} // namespace ringmaster::ctl
