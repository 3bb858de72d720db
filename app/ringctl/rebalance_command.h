// SPDX-License-Identifier: GPL-3.0-or-later
// cluster rebalance: the moves that even out the load, one after another.
#pragma once

#include "app/ringctl/command.h"

namespace ringmaster::ctl {

QList<Command> rebalanceCommands(); // one of changeCommands()

} // namespace ringmaster::ctl
