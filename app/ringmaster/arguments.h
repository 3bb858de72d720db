// SPDX-License-Identifier: GPL-3.0-or-later
// The command line of ringmaster.
#pragma once

#include "nodecore/base/result.h"
#include "ui/theme/theme.h"

#include <QStringList>
#include <QUrl>

#include <optional>

namespace ringmaster {

struct Arguments {
    int nodes = 3;
    QString folder;             // of the local cluster
    std::optional<QUrl> attach; // instead of a local cluster
    ThemeMode theme = ThemeMode::System;
    QString answer; // of --help or --version: print it and end
};

// arguments as QCoreApplication has them, the program first. An error says what was wrong and what there is.
[[nodiscard]] Result<Arguments> parseArguments(const QStringList& arguments);

} // namespace ringmaster
