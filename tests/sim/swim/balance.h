// SPDX-License-Identifier: GPL-3.0-or-later
// How even the load is on rings that grow by one join after another: equal nodes with 64 tokens each, N = 3.
#pragma once

#include <QtGlobal>

#include <vector>

namespace ringmaster::sim {

struct BalanceMeasure {
    int nodes = 0;
    double primary = 0; // largest load / mean
    double replica = 0; // likewise
    double moved = 0;   // slots copied by the join that made this size / the least possible
};

// One for each size from 3 to nodes.
std::vector<BalanceMeasure> measureBalance(int nodes, quint64 seed);

} // namespace ringmaster::sim
