// SPDX-License-Identifier: GPL-3.0-or-later
// What must hold for the tree as a whole.
#pragma once

#include "tests/tidy/finding.h"

#include <QStringList>

namespace ringmaster::tidy {

// entries: the names at the top of the tree, hidden ones too.
Findings checkTopLevel(const QStringList& entries);

// paths: all files of the tree. Every room that holds anything has a README.md, and so do the folders
// at the top that a person opens first.
Findings checkReadmes(const QStringList& paths);

} // namespace ringmaster::tidy
