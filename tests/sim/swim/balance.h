// SPDX-License-Identifier: GPL-3.0-or-later
// How even the load is on rings that grow by one join after another: nodes with 64 tokens for a capacity of
// 1, N = 3.
#pragma once

#include <QString>

#include <vector>

namespace ringmaster::sim {

struct BalanceMeasure {
    int nodes = 0;
    double primary = 0; // largest load / mean
    double replica = 0; // likewise
    double moved = 0;   // slots copied by the join that made this size / the least possible
};

// Of equal nodes: one for each size from 3 to the largest of sizes, of those over 100 only for sizes.
std::vector<BalanceMeasure> measureBalance(const std::vector<int>& sizes, quint64 seed);

// A cluster in zones, or of nodes that are not equal: they join in this order.
struct PlacedNode {
    QString zone;
    double capacity = 1;
};
struct ShareMeasure {
    double primary = 0; // largest load / fair share, which is by capacity
    double replica = 0; // likewise
    double least = 0;   // smallest replica load / fair share
    int crowded = 0;    // slots with two replicas in one zone, though there is another
};
// replaced: after that so many leave, one after another, and as many equal to them join.
ShareMeasure measureShares(const std::vector<PlacedNode>& nodes, int replaced, quint64 seed);

} // namespace ringmaster::sim
