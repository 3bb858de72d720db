// SPDX-License-Identifier: GPL-3.0-or-later
// The rooms, their floors, and who may include whom: nodecore/README.md as a table.
#pragma once

#include "tests/tidy/finding.h"
#include "tests/tidy/source_file.h"

#include <QList>
#include <QString>

#include <optional>

namespace ringmaster::tidy {

struct Room {
    QString folder; // nodecore/ring, ui
    int floor = 0;
};

// The last floor that runs in a simulator: nothing on it or below may reach outside.
inline constexpr int lastPureFloor = 4;

const QList<Room>& rooms();

// The room that a path lies in. Nothing for a path outside all of them: app/ringnode is in app, but
// nodecore/CMakeLists.txt is nowhere.
std::optional<Room> roomOf(const QString& path);

// Includes of a room on a higher floor, or of another room on the same floor that is not agreed;
// includes that are not written from the top of the tree; C++ in a room that has no floor yet.
Findings checkFloors(const SourceFile& file);

// A headless program must not need a display: neither Qt Gui, Widgets nor Charts may be included by
// nodecore or by the programs without a window. qtHeaders is where Qt's headers are installed.
Findings checkHeadless(const SourceFile& file, const QString& qtHeaders);

// nodecore/README.md draws the house, and must name every room that there is.
Findings checkPicture(const SourceFile& readme);

} // namespace ringmaster::tidy
