// SPDX-License-Identifier: GPL-3.0-or-later
// Reads a whole file, or says why it cannot be read.
#pragma once

#include "nodecore/base/result.h"

#include <QByteArray>
#include <QString>

namespace ringmaster::cli {

// path: a file, a pipe or a device; "-" is the standard input. Never a part of it: Unavailable where it
// cannot be opened or not be read to its end (the standard input is closed, or is a folder), TooLarge over
// most bytes.
[[nodiscard]] Result<QByteArray> bytesOfFile(const QString& path, qint64 most);

} // namespace ringmaster::cli
