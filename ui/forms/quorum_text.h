// SPDX-License-Identifier: GPL-3.0-or-later
// How a request reached its quorum, or did not, in three short lines.
#pragma once

#include "nodecore/client/node_client.h"

#include <QStringList>

namespace ringmaster {

struct QuorumText {
    QString headline;    // "W 2 of 2 in 2.8 ms"
    QStringList details; // "n1 1.1 ms · n2 2.8 ms", "n3 unreachable"
    friend bool operator==(const QuorumText&, const QuorumText&) = default;
};

// letter: W or R.
QuorumText quorumText(QChar letter, const ClientQuorum& quorum, double tookMs);
// The details alone, for a request that failed.
QStringList quorumDetails(const ClientQuorum& quorum);

} // namespace ringmaster
