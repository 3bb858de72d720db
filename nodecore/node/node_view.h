// SPDX-License-Identifier: GPL-3.0-or-later
// Snapshots of a node for the outside: plain values, never live pointers.
#pragma once

#include "nodecore/base/key.h"
#include "nodecore/membership/member.h"
#include "nodecore/membership/swim_message.h"
#include "nodecore/repair/scrubber.h"
#include "nodecore/repair/transfer_meter.h"
#include "nodecore/request/client_request.h"
#include "nodecore/request/request_trace.h"
#include "nodecore/storage/store.h"
#include "nodecore/version/sibling_set.h"
#include "nodecore/wire/request_id.h"

#include <QList>
#include <QString>

#include <vector>

namespace ringmaster {

// One member as this node sees it.
struct MemberView {
    Member member;
    SwimState observed = SwimState::Alive; // failure state is each observer's own
    bool reachable = false;                // over its link, now
    Duration unreachableFor{0};
    int primarySlots = 0;
    int replicaSlots = 0;
    quint64 keys = 0; // live keys held, as it last said
    double requestsPerSecond = 0;
    bool takesWrites = true; // as it last said: its store is neither read-only nor failed
    bool isAwaited = false;  // see Node::awaited()
};

struct MembersView {
    NodeId self;
    std::vector<MemberView> members; // by name
    QString ringDigest;
};

// The change of the ring that is under way, as this node sees it.
struct ChangeView {
    bool isChanging = false;
    QString digest;     // of the ring as it is
    QString nextDigest; // and as it becomes: the same where nothing changes
    // Every member that can be reached sees the same two rings; data counts as brought over only then.
    bool allAgree = false;
    // Of this node: slots that come to it, the objects that it holds in them so far, and whether that is all.
    int incomingSlots = 0;
    quint64 incomingObjects = 0;
    bool hasCaughtUp = true;
};

struct LatencyView {
    Duration p50{0};
    Duration p99{0};
};

// What anti-entropy has done since the node started.
struct RepairView {
    quint64 rounds = 0;
    quint64 objectsGiven = 0;
    quint64 objectsTaken = 0;
    quint64 divergentSlots = 0; // found in the last round
    quint64 readRepairs = 0;    // replicas that a read found behind, and sent what they lacked
    quint64 hintsDelivered = 0; // to their owners
    bool busy = false;          // a round is under way, or asked for
    quint64 skippedCount = 0;   // keys that could not be brought together, see repair/skipped_keys.h
    std::vector<Key> skipped;   // the first of them, mostSkippedNamed at the most
    static constexpr size_t mostSkippedNamed = 10;
};

// What is kept for one member.
struct HintsView {
    NodeId owner;
    quint64 hints = 0;
    quint64 bytes = 0;
    bool reachable = false;
};

// Tombstones on their way out; see repair/tombstone_reaper.h.
struct ReaperView {
    bool enabled = false;
    quint64 tombstones = 0; // held by this node: objects without a value
    quint64 waiting = 0;    // of those that this node is to see off, not old enough or not agreed on yet
    quint64 reaped = 0;     // here, since the node started
    QString waitsFor;       // why the last check did not let them go; empty: nothing is in the way
};

// Keys with many siblings: somebody writes without reading.
struct SiblingsView {
    quint64 warnAbove = 0;
    quint64 keysAbove = 0; // that a write or a merge took over the bound since the node started
    quint64 most = 0;      // siblings of one key, since then
};

// Checksums: what was found damaged, and what looks for it.
struct IntegrityView {
    IntegrityLog::Counters counters;
    quint64 damagedNow = 0;       // records that are not repaired yet
    std::vector<Key> damagedKeys; // some of them
    Scrubber::Progress scrub;
};

struct Conflict {
    Key key;
    quint64 siblings = 0;
};
// Keys in conflict among a stretch of this node's objects.
struct ConflictsPage {
    std::vector<Conflict> conflicts;
    std::optional<ObjectCursor>
        next; // nothing: that was the last page. A page may be empty and not the last.
};

struct StatsView {
    Duration uptime{0};
    quint64 gets = 0;
    quint64 puts = 0;
    quint64 deletes = 0;
    quint64 failed = 0;
    double requestsPerSecond = 0;
    LatencyView getLatency;
    LatencyView putLatency;
    SlotSummary totals;
    StoreHealth storage;
    int connectedPeers = 0;
    RepairView repair;
    quint64 hints = 0;                // kept for others
    std::vector<HintsView> hintsOwed; // and for whom, by name
    ReaperView reaper;
    SiblingsView siblings;
    wire::DroppedReplies droppedReplies; // of peers; see wire/request_id.h
    quint64 overdueRequests = 0;         // of peers; refused, for nobody waited for them any more
    IntegrityView integrity;
};

// Told what happens inside a node, on its thread. For the event stream; it must not call back into the node.
class NodeObserver {
public:
    virtual ~NodeObserver() = default;
    virtual void membersChanged() {}
    virtual void ringChanged() {}
    struct RequestSummary {
        const char* operation = ""; // "get", "put", "delete"
        Key key;
        bool ok = false;
        Duration took{0};
        QuorumReport quorum;
    };
    virtual void requestFinished(const RequestSummary&) {}
    // What is on the disk contradicts itself: the program must end, and nothing of it is to be believed.
    virtual void storeDamaged(const QString& /*reason*/) {}
    // This node has begun to remove a member that was down for so long, by the cluster's own rule.
    virtual void removing(NodeId /*member*/, Duration /*absent*/) {}
    // Hints that this node kept for owner have come home.
    virtual void hintsReturned(NodeId /*owner*/, quint64 /*hints*/) {}
    // One line for the log; level as in "info", "warning".
    virtual void logged(const char* /*level*/, const QString& /*line*/) {}
};

} // namespace ringmaster
