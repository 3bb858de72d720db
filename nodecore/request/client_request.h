// SPDX-License-Identifier: GPL-3.0-or-later
// What a client asks of a cluster, and what it gets. The dialects translate onto these, and nothing else.
#pragma once

#include "nodecore/base/key.h"
#include "nodecore/request/quorum_report.h"
#include "nodecore/storage/store.h"
#include "nodecore/version/sibling_set.h"
#include "nodecore/wire/message.h"

#include <functional>
#include <optional>
#include <vector>

namespace ringmaster {

inline constexpr Duration defaultRequestTimeout = std::chrono::seconds(5);
inline constexpr Duration maxRequestTimeout = std::chrono::seconds(60);
inline constexpr qsizetype maxIdempotencyIdBytes = wire::maxIdempotencyIdBytes;

struct RequestOptions {
    std::optional<int> quorum = {};        // R or W; nothing: the cluster's default. 1..N, else Malformed.
    std::optional<int> primaryQuorum = {}; // PR or PW: how many of the answers must be primaries'. 0..N.
    bool sloppy = true;                    // fallbacks may stand in
    Duration timeout = defaultRequestTimeout;
    bool trace = false; // the whole trace is wanted with the answer
};

struct GetRequest {
    Key key;
    RequestOptions options;
    TraceId trace = {}; // given by the node that takes it
};

struct GetResponse {
    SiblingSet siblings; // empty, or tombstones only: the key is absent
    QuorumReport quorum;
};

struct PutRequest {
    Key key;
    SiblingSet::Content content; // nothing: a delete
    VersionVector context;       // empty: a concurrent write
    RequestOptions options;
    // Where the client names the write: a retry with the same name finds it (remembered_writes.h), and is to
    // bring the first attempt's context all the same.
    QByteArray idempotencyId = {};
    TraceId trace = {}; // given by the node that takes it
};

struct PutResponse {
    Dot dot;
    SiblingSet siblings; // of the key after the write, as the coordinator had them
    QuorumReport quorum;
};

struct PlacementReplica {
    NodeId node;
    bool reachable = false;
    // What it holds now; nothing where it did not answer, and why in error.
    std::optional<std::vector<Sibling>> siblings;
    SiblingSet set; // of those siblings
    QString error;
    bool isDamaged = false; // the error: it holds a copy that it can give to nobody
};

struct PlacementView {
    Position position;
    Slot slot;
    std::vector<PlacementReplica> preferenceList; // the primaries
};

struct KeysPage {
    std::vector<Key> keys;
    std::optional<ObjectCursor> next; // nothing: that was the last page
};

using GetCallback = std::function<void(RequestResult<GetResponse>)>;
using PutCallback = std::function<void(RequestResult<PutResponse>)>;

using PlacementCallback = std::function<void(PlacementView)>;
using KeysCallback = std::function<void(RequestResult<KeysPage>)>;

} // namespace ringmaster
