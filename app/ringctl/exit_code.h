// SPDX-License-Identifier: GPL-3.0-or-later
// How ringctl ends, for scripts. Documented in app/README.md and in `ringctl --help`.
#pragma once

#include "nodecore/base/result.h"
#include "nodecore/client/node_client.h"

namespace ringmaster::ctl {

enum class ExitCode : int {
    Ok = 0,
    Failed = 1,   // anything that has no number of its own
    Usage = 2,    // the command line is wrong; nothing was asked of a node
    Absent = 3,   // the key is not there
    Quorum = 4,   // too few replicas answered, or not in time
    NoAnswer = 5, // no node answers
    Conflict = 6, // what is there contradicts what was asked: several values, another cluster
};

// A node names the parameter of its API that it refused; this names the option that was typed. Others stay as
// they are.
ClientError inOptions(ClientError error);
ExitCode exitCodeFor(const ClientError& error); // Usage where an option was refused
ExitCode exitCodeFor(const Error& error);

} // namespace ringmaster::ctl
