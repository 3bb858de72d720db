// SPDX-License-Identifier: GPL-3.0-or-later
// What a rule found: where, and what is wrong in words that say what to do instead.
#pragma once

#include <QList>
#include <QString>

namespace ringmaster::tidy {

struct Finding {
    QString path; // from the top of the tree
    int line = 0; // from 1; 0 where it is about the whole file
    QString message;
};
using Findings = QList<Finding>;

} // namespace ringmaster::tidy
