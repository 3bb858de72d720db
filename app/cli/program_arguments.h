// SPDX-License-Identifier: GPL-3.0-or-later
// The words of the command line, exactly as they were given.
#pragma once

#include "nodecore/base/result.h"

#include <QStringList>

namespace ringmaster::cli {

// Without the program's name. Malformed, naming the argument, where one is not UTF-8: QCoreApplication's own
// list would hold another word instead.
[[nodiscard]] Result<QStringList> programArguments(int argc, char** argv);

} // namespace ringmaster::cli
