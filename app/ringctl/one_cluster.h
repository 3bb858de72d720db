// SPDX-License-Identifier: GPL-3.0-or-later
// Several addresses in --url stand for one cluster.
#pragma once

#include "app/ringctl/exit_code.h"

#include <QUrl>

namespace ringmaster::ctl {

// Conflict, naming the two, where the addresses are known to be of two clusters. An address that does not
// answer, and that no member of the cluster has, is said on stderr.
[[nodiscard]] Result<void> checkThatOneCluster(const QList<QUrl>& nodes);

} // namespace ringmaster::ctl
