// SPDX-License-Identifier: GPL-3.0-or-later
// The log file of one node: kept from growing over many starts, and read from its end.
#pragma once

#include <QString>
#include <QStringList>

namespace ringmaster {

inline constexpr qint64 maxLogBytes = 4 * 1024 * 1024;

// To be called while the node does not run: a log over maxLogBytes becomes <file>.old, in place of the one
// before it.
void rotateLog(const QString& file);

// The last lines, at most so many, none longer than 400 characters, without control characters.
QStringList lastLogLines(const QString& file, int most);

} // namespace ringmaster
