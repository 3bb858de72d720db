// SPDX-License-Identifier: GPL-3.0-or-later
// Rule 3: has everything come together? The only judge that looks into the nodes: at their stores, byte for
// byte.
#pragma once

#include "tests/support/virtual_cluster.h"

namespace ringmaster::sim {

// What is still apart, for a person; nothing once all nodes serve one ring and reach each other, all
// primaries of each key hold the same bytes, the hashes of their slots agree, and nobody keeps a hint. spared
// is down on purpose: of the others nobody reaches it, and they may keep hints for it.
std::optional<QString> whatIsStillApart(VirtualCluster& cluster, const std::vector<QByteArray>& keys,
                                        std::optional<int> spared = {});

// A tombstone that is still held, for a person.
std::optional<QString> anyTombstone(VirtualCluster& cluster, const std::vector<QByteArray>& keys);

} // namespace ringmaster::sim
