// SPDX-License-Identifier: GPL-3.0-or-later
// One thing that happened to a request, as its coordinator saw it. Plain values, which travel back to the
// node that forwarded the request.
#pragma once

#include "nodecore/base/bytes.h"
#include "nodecore/base/types.h"
#include "nodecore/version/version_vector.h"

#include <QString>

#include <optional>
#include <vector>

namespace ringmaster {

using TraceId = StrongId<struct TraceIdTag>; // 0: no trace

enum class TraceEvent : quint8 {
    Forwarded,    // to node, which coordinates
    Minted,       // a dot is durable at node, the coordinator
    Asked,        // a request went to node
    Answered,     // dots: what it holds (a read)
    Missing,      // node will not answer, and why in detail
    QuorumMet,    // the client has its answer
    Failed,       // the client is told so
    HintKept,     // node keeps the write for owner
    HintReturned, // node has given it to owner
    Repaired,     // node was sent what it lacked (a read)
};

struct TraceStep {
    // Bounds of what is recorded and accepted.
    static constexpr size_t maxDots = 16;
    static constexpr qsizetype maxDetailBytes = 256;

    TraceEvent event = TraceEvent::Asked;
    NodeId node = {};
    bool fallback = false;            // node stands in for owner; else it is a primary
    std::optional<NodeId> owner = {}; // of a fallback, and of a hint
    std::vector<Dot> dots = {};       // the first of them
    QString detail = {};
    Duration at{0}; // since the request began

    friend bool operator==(const TraceStep&, const TraceStep&) = default;
};

namespace wire {

void writeTraceStep(ByteWriter& to, const TraceStep& step);
// Bad bytes fail the reader, as with every other field.
TraceStep readTraceStep(ByteReader& from);

} // namespace wire

} // namespace ringmaster
