// SPDX-License-Identifier: GPL-3.0-or-later
// How ringnode ends. The numbers are part of its interface: scripts and supervisors read them.
#pragma once

namespace ringmaster::cli {

enum class NodeExitCode : int {
    Ok = 0,
    Other = 1,
    Usage = 2,            // the command line, the environment or the configuration file
    DataRefused = 3,      // the data folder cannot be used
    AddressRefused = 4,   // an address cannot be had
    StoreFailed = 5,      // the disk failed while the node ran
    RefusedByCluster = 6, // the cluster will not have the node
    Removed = 7,          // the cluster has removed the node, for good
};

} // namespace ringmaster::cli
