// SPDX-License-Identifier: GPL-3.0-or-later
// Deletes what a bench has written.
#pragma once

#include "nodecore/client/load_generator.h"

namespace ringmaster::ctl {

struct BenchCleanup {
    qint64 removed = 0;
    qint64 left = 0; // of which it is not known that they are gone
    QString problem; // of the first that is left
};

// Many at once; what fails is tried again a few times. Waits until it is over.
BenchCleanup removeKeys(const QList<QUrl>& nodes, const std::vector<LoadGenerator::WrittenKey>& keys);

} // namespace ringmaster::ctl
