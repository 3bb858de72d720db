// SPDX-License-Identifier: GPL-3.0-or-later
// Finds the command that a command line means, checks its options, and runs it or explains itself.
#pragma once

#include "app/ringctl/command.h"

namespace ringmaster::ctl {

// arguments: without the program's name.
ExitCode runCommandLine(const QStringList& arguments);

} // namespace ringmaster::ctl
