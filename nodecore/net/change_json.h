// SPDX-License-Identifier: GPL-3.0-or-later
// How a planned change of the ring, and one that is under way, look in JSON; see API.md for the shapes.
#pragma once

#include "nodecore/net/json_writer.h"
#include "nodecore/node/node.h"

namespace ringmaster {

void writePlan(JsonWriter& json, const CountedPlan& plan);
void writeProgress(JsonWriter& json, const Node& node);
// The member "transfers": what is copied to and from the node now.
void writeTransfers(JsonWriter& json, const Node& node);

} // namespace ringmaster
