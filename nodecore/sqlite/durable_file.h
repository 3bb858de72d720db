// SPDX-License-Identifier: GPL-3.0-or-later
// Small files that are there, whole, after a power cut.
#pragma once

#include "nodecore/base/result.h"

#include <QByteArray>
#include <QString>

namespace ringmaster {

// Renames from to to, replacing it, and syncs the folder of to. The content of from must be synced already.
[[nodiscard]] Result<void> renameDurably(const QString& from, const QString& to);

// Replaces path with a file of these bytes: the old one or the new one is there at any moment.
[[nodiscard]] Result<void> writeDurably(const QString& path, const QByteArray& bytes);

} // namespace ringmaster
