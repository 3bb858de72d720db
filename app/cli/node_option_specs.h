// SPDX-License-Identifier: GPL-3.0-or-later
// The options that ringnode has, as its help tells them.
#pragma once

#include "app/cli/option_values.h"

namespace ringmaster::cli {

// All but --help and --version.
const QList<OptionSpec>& nodeOptionSpecs();

// For --help: usage, options, exit codes.
QString nodeHelp();

} // namespace ringmaster::cli
