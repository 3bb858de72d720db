// SPDX-License-Identifier: GPL-3.0-or-later
// How the node's values look in JSON; see API.md for the shapes.
#pragma once

#include "nodecore/net/json_writer.h"
#include "nodecore/node/node.h"
#include "nodecore/version/read_view.h"

namespace ringmaster {

void writeKey(JsonWriter& json, const Key& key); // "key" or "key_base64"
void writeQuorum(JsonWriter& json, const QuorumReport& quorum, const Node& node);
// One key's set, as a client is given it.
struct ShownSet {
    const Key& key;
    const SiblingSet& set;
    const ClusterSecrets& secrets; // not empty
    ReadView view;                 // of set
};
// "siblings" and, where not all are in the view, "siblings_left".
void writeSiblings(JsonWriter& json, const ShownSet& shown);
void writeContext(JsonWriter& json, const ShownSet& shown);

// One whole object; without the steps, a summary of it.
void writeTrace(JsonWriter& json, const RequestTrace& trace, const Node& node, bool withSteps);
// "count" and "owed".
void writeHintsOwed(JsonWriter& json, const StatsView& stats, const Node& node);

// Whole bodies; the event stream adds its own members to them.
void writeMembersInto(JsonWriter& json, const Node& node);
void writeStatsInto(JsonWriter& json, const Node& node, qint64 queuedPeerBytes);

} // namespace ringmaster
