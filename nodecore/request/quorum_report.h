// SPDX-License-Identifier: GPL-3.0-or-later
// What became of one coordinated request: who answered, who did not, and why. Plain values; they travel
// back through a forwarding node and out through the API.
#pragma once

#include "nodecore/base/result.h"
#include "nodecore/base/types.h"
#include "nodecore/wire/trace_step.h"

#include <QString>

#include <vector>

namespace ringmaster {

enum class ReplicaRole : quint8 { Primary, Fallback };

enum class MissingReason : quint8 {
    Unreachable, // no link to it when it was to be asked, or the link broke
    NoAnswer,    // asked, and silent until the deadline
    Overloaded,  // its queue was full
    Refused,     // it answered with an error
};

struct QuorumReport {
    struct Answer {
        NodeId node;
        ReplicaRole role = ReplicaRole::Primary;
        Duration after{0}; // since the coordinator began
        friend bool operator==(const Answer&, const Answer&) = default;
    };
    struct Missing {
        NodeId node;
        ReplicaRole role = ReplicaRole::Primary;
        MissingReason reason = MissingReason::NoAnswer;
        QString detail; // what it answered, where it refused
        friend bool operator==(const Missing&, const Missing&) = default;
    };

    int n = 0;
    int needed = 0;
    NodeId coordinator;
    std::vector<Answer> answered; // in order of arrival
    std::vector<Missing> missing;
    TraceId trace; // of the request, where this node took it

    friend bool operator==(const QuorumReport&, const QuorumReport&) = default;
};

// Why a request failed. mayExist is for writes: the value may be on a replica all the same, and may yet
// spread.
struct RequestFailure {
    Error error;
    QuorumReport quorum;
    bool mayExist = false;
};

template <class T>
using RequestResult = tl::expected<T, RequestFailure>;

} // namespace ringmaster
