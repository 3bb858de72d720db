// SPDX-License-Identifier: GPL-3.0-or-later
// Small files that are there, whole, after a power cut.
#pragma once

#include "nodecore/base/result.h"

#include <QByteArray>
#include <QString>

namespace ringmaster {

// Writes the bytes of a file over themselves and syncs them. For a file that was not synced, or whose sync
// failed: the kernel then shows bytes that it took for written and that the disk does not have.
[[nodiscard]] Result<void> rewriteDurably(const QString& path);

// What was made, renamed or removed in the folder stays so.
[[nodiscard]] Result<void> syncFolder(const QString& folder);

// Renames from to to, replacing it, and syncs the folder of to. The content of from must be synced already.
[[nodiscard]] Result<void> renameDurably(const QString& from, const QString& to);

// Replaces path with a file of these bytes: the old one or the new one is there at any moment.
[[nodiscard]] Result<void> writeDurably(const QString& path, const QByteArray& bytes);

} // namespace ringmaster
