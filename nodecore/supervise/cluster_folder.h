// SPDX-License-Identifier: GPL-3.0-or-later
// Where a local cluster is kept when nobody says otherwise: the same for the window and the command line.
#pragma once

#include <QString>

namespace ringmaster {

// ringmaster/local under the user's data location: ~/.local/share/ringmaster/local, usually.
QString defaultClusterFolder(); // empty where there is neither $HOME nor $XDG_DATA_HOME

} // namespace ringmaster
