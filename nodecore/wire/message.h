// SPDX-License-Identifier: GPL-3.0-or-later
// What nodes say to each other once they have been introduced (hello.h): one type byte, then the fields.
//
// Requests carry an id that is the sender's own (request_id.h), and the time that is left for them. A reply
// names the request that it answers: replyTo(request). Nothing is retried by this layer. Encoded sets travel
// as bytes so that equal replies are recognised without being taken apart.
#pragma once

#include "nodecore/base/key.h"
#include "nodecore/base/types.h"
#include "nodecore/env/datagrams.h"
#include "nodecore/storage/store.h"
#include "nodecore/version/cluster_secrets.h"
#include "nodecore/version/sibling_set.h"
#include "nodecore/wire/request_id.h"
#include "nodecore/wire/trace_step.h"

#include <QByteArray>
#include <QByteArrayView>

#include <optional>
#include <variant>
#include <vector>

namespace ringmaster::wire {

// Bounds of what is accepted from a peer.
inline constexpr qsizetype maxSetBytes = 70 * 1024 * 1024;
inline constexpr qsizetype maxErrorBytes = 4096;
inline constexpr qsizetype maxIdempotencyIdBytes = 64;
inline constexpr quint64 maxKeysInPage = 1000;
inline constexpr qsizetype maxProbeBytes = Datagrams::maxBytes;
inline constexpr quint64 maxMembers = 4096;
inline constexpr qsizetype maxMemberBytes = 16 * 1024;
inline constexpr quint64 maxTreeNodes = 256;
inline constexpr quint64 maxSlotsAsked = 1024;
inline constexpr quint64 maxSlotItems = 4096;
inline constexpr quint64 maxSyncItems = 4096;
inline constexpr quint64 maxTraceSteps = 256;
inline constexpr quint64 maxReapItems = 1024;
inline constexpr quint64 maxCountedRanges = 65'536;
inline constexpr quint64 maxHintsReturned = 4096;

// Milliseconds that the sender still waits, rounded up, from sentAtMs on: its own monotonic clock's
// milliseconds, which only mean something beside those of its other requests (request/lateness.h). A receiver
// refuses what is overdue.
struct Budget {
    quint32 ms = 0;
    quint64 sentAtMs = 0;
    friend bool operator==(Budget, Budget) = default;
};

// "What do you hold for this key?"
struct ReadRequest {
    RequestId id;
    Budget budget;
    Key key;
    bool standsIn = false; // asked in the place of a replica that cannot be reached
    friend bool operator==(const ReadRequest&, const ReadRequest&) = default;
};
struct ReadReply {
    ReplyTo to;
    std::optional<Error> error;
    QByteArray set; // an encoded SiblingSet; empty: nothing held
    friend bool operator==(const ReadReply&, const ReadReply&) = default;
};

// "Merge this into what you hold." The reply follows the commit; where the id is none there is no reply.
struct WriteRequest {
    RequestId id;
    Budget budget;
    Key key;
    QByteArray set;
    std::optional<NodeId> hintFor; // the receiver stands in for this primary, and keeps a hint for it
    TraceId trace = {};            // of the request that it belongs to; the keeper of a hint tells its end
    friend bool operator==(const WriteRequest&, const WriteRequest&) = default;
};
struct WriteReply {
    ReplyTo to;
    std::optional<Error> error; // Unavailable, of one that was asked as a replica: by its ring it is none
    friend bool operator==(const WriteReply&, const WriteReply&) = default;
};

// "Coordinate this write; you are a replica of the key." Sent once, never again.
struct ForwardRequest {
    RequestId id;
    Budget budget;
    Key key;
    SiblingSet::Content content;
    VersionVector context;
    quint8 quorum = 0; // as resolved by the sender
    quint8 primaryQuorum = 0;
    bool sloppy = true;
    TraceId trace = {};
    bool wantsSteps = false;       // of the trace, with the reply
    QByteArray idempotencyId = {}; // as the client named the write; empty: not at all
    friend bool operator==(const ForwardRequest&, const ForwardRequest&) = default;
};
// Replicas as the coordinator saw them: QuorumReport, in the terms of this floor.
struct ReplicaOutcome {
    NodeId node;
    quint8 role = 0;
    std::optional<quint8> missing; // MissingReason; nothing: it answered
    quint64 afterUs = 0;
    QString detail;
    friend bool operator==(const ReplicaOutcome&, const ReplicaOutcome&) = default;
};
struct ForwardReply {
    ReplyTo to;
    std::optional<Error> error;
    bool mayExist = false;
    Dot dot;
    QByteArray set; // of the key after the write
    quint8 n = 0;
    quint8 needed = 0;
    NodeId coordinator;
    std::vector<ReplicaOutcome> replicas;
    std::vector<TraceStep> steps = {}; // where they were asked for
    friend bool operator==(const ForwardReply&, const ForwardReply&) = default;
};

// "Which live keys do you hold from here up to slot last?"
struct KeysRequest {
    RequestId id;
    Budget budget;
    bool ofHints = false; // "... for others?" To every node, whatever it is a replica of.
    Slot slot;
    std::optional<Key> after;
    Slot last;
    QByteArray prefix;
    quint16 limit = 0;
    friend bool operator==(const KeysRequest&, const KeysRequest&) = default;
};
struct KeysReply {
    struct Item {
        Slot slot;
        Key key;
        friend bool operator==(const Item&, const Item&) = default;
    };
    ReplyTo to;
    std::optional<Error> error;
    std::vector<Item> items; // by (slot, key)
    bool more = false;       // the scan stopped here:
    Slot nextSlot;
    std::optional<Key> nextAfter;
    friend bool operator==(const KeysReply&, const KeysReply&) = default;
};

// What failure detection says over the link, where datagrams do not get through: membership/swim_message.h,
// opaque on this floor.
struct Probe {
    QByteArray datagram;
    friend bool operator==(const Probe&, const Probe&) = default;
};

// "This is what I see of the ring." On a new link, with every change of it, and when asked.
struct RingState {
    static constexpr quint64 maxAbsent = 4096;
    struct Absence {
        NodeId member;
        quint32 seconds = 0; // for how long the sender has seen it down without a break; 0: it cannot reach
                             // it, and that is all
        bool agrees = false; // to its removal by --auto-remove-after: a vote, in an answer only
        friend bool operator==(const Absence&, const Absence&) = default;
    };

    quint64 membersDigest = 0; // equal for equal member tables
    quint64 change = 0;        // of the ring, that the sender sees; see ring_change.h
    quint64 caughtUp = 0;      // the change for which it has all the data that comes to it
    bool wantsReply = false;
    quint64 asked = 0;           // the sender's own clock, for the answer to name; 0: no reply is wanted
    quint64 answers = 0;         // the `asked` of the question that this answers; 0: of none
    bool grantsLease = false;    // to whom it answers; see membership/acknowledge_lease.h
    quint32 removeAfterMs = 0;   // of absence the sender expects to be removed after; 0: never
    std::vector<Absence> absent; // members that the sender cannot reach
    friend bool operator==(const RingState&, const RingState&) = default;
};

// The sender's whole member table: encoded records (membership/member.h), opaque on this floor; and the
// secrets of the cluster that it knows (version/cluster_secrets.h).
struct Members {
    std::vector<QByteArray> records;
    std::vector<QByteArray> secrets = {};
    friend bool operator==(const Members&, const Members&) = default;
};

// "What are the hashes below these nodes of the tree over the slots that we both hold?" Both must see one
// ring.
struct TreeRequest {
    RequestId id;
    QByteArray ringDigest;
    quint8 level = 0;             // of the nodes; 0..3
    std::vector<quint16> indices; // of the nodes
    friend bool operator==(const TreeRequest&, const TreeRequest&) = default;
};
struct TreeReply {
    ReplyTo to;
    bool sameRing = false;       // else nothing else is said
    std::vector<quint64> hashes; // of the children, 16 for each index asked
    friend bool operator==(const TreeReply&, const TreeReply&) = default;
};

// "What do you hold in these slots?"
struct SlotsRequest {
    struct Item {
        Slot slot;
        bool wantsObjects = false;     // the sender holds nothing there: the objects come with the listing
        std::optional<Key> after = {}; // only what comes after this key; nothing: the whole slot
        friend bool operator==(const Item&, const Item&) = default;
    };
    RequestId id;
    quint64 held = 0;        // objects that the sender held, when it began, in the slots that both hold
    quint32 slotsLeft = 0;   // that it will ask for later
    quint16 enoughItems = 0; // for one reply
    std::vector<Item> slots; // ascending, each once
    friend bool operator==(const SlotsRequest&, const SlotsRequest&) = default;
};
// Bounded by the sender, in items and bytes, but for the last set; the rest is to be asked for again.
struct SlotsReply {
    struct Item {
        Slot slot;
        Key key;
        quint64 hash = 0;    // recordHash
        QByteArray set = {}; // where it was wanted, and the reply had room for it; else empty
        friend bool operator==(const Item&, const Item&) = default;
    };
    ReplyTo to;
    std::optional<Error> error;
    // Of the slots asked, the first so many are listed to their ends, and the next one up to this key. 0 and
    // no key: not now, the sender compares itself with the asker already.
    quint16 complete = 0;
    std::optional<Key> upTo;
    std::vector<Item> items; // by (slot, key)
    friend bool operator==(const SlotsReply&, const SlotsReply&) = default;
};

// "Merge these, and tell me what you hold of them then." The reply follows the commit.
struct SyncRequest {
    struct Item {
        Key key;
        QByteArray set; // empty: the sender holds nothing of it
        friend bool operator==(const Item&, const Item&) = default;
    };
    RequestId id;
    std::vector<Item> items; // each key once
    friend bool operator==(const SyncRequest&, const SyncRequest&) = default;
};
// Bounded by the sender, in bytes, but for the last set; the rest is to be asked for again.
struct SyncReply {
    ReplyTo to;
    std::optional<Error> error;
    quint16 complete = 0;         // of the items asked, the first so many were merged and are answered
    std::vector<quint16> skipped; // but for these, by number, ascending: they cannot be merged there
    std::vector<SyncRequest::Item> items; // those that differ from what was sent; empty: damaged here
    friend bool operator==(const SyncReply&, const SyncReply&) = default;
};

// "Here is what I kept for you." The reply follows the commit.
struct HandoffRequest {
    RequestId id;
    std::vector<SyncRequest::Item> items; // each key once
    friend bool operator==(const HandoffRequest&, const HandoffRequest&) = default;
};
struct HandoffReply {
    ReplyTo to;
    std::optional<Error> error;
    quint16 complete = 0;         // of the items sent, the first so many are held durably
    std::vector<quint16> skipped; // but for these, by number, ascending: they cannot be merged there
    friend bool operator==(const HandoffReply&, const HandoffReply&) = default;
};

// "The hints that these requests left with me for owner have come home." For traces only: it may be lost.
struct HintsReturned {
    NodeId owner;
    std::vector<TraceId> traces;
    friend bool operator==(const HintsReturned&, const HintsReturned&) = default;
};

// "Is there anything of these keys with you but this tombstone?" To every member, twice; see
// repair/tombstone_reaper.h.
struct ReapCheckRequest {
    struct Item {
        Key key;
        quint64 hash = 0; // recordHash of the set that is to go
        friend bool operator==(const Item&, const Item&) = default;
    };
    RequestId id;
    QByteArray ringDigest; // ReapVoter::view of the asker
    RequestId firstId;     // of the first check of these; none: this is it
    std::vector<Item> items;
    friend bool operator==(const ReapCheckRequest&, const ReapCheckRequest&) = default;
};
struct ReapCheckReply {
    ReplyTo to;
    std::optional<Error> error; // to all: this node cannot say, and why
    std::vector<quint8> clear;  // 1: nothing but the tombstone. For each item asked.
    friend bool operator==(const ReapCheckReply&, const ReapCheckReply&) = default;
};
// "Every member said so, twice. Remove them, where they are still that."
struct ReapRequest {
    std::vector<ReapCheckRequest::Item> items;
    friend bool operator==(const ReapRequest&, const ReapRequest&) = default;
};

// "How many objects do you hold in these ranges?" For plans.
struct CountsRequest {
    struct Range {
        Slot first;
        Slot last; // not below first
        friend bool operator==(const Range&, const Range&) = default;
    };
    RequestId id;
    std::vector<Range> ranges;
    friend bool operator==(const CountsRequest&, const CountsRequest&) = default;
};
struct CountsReply {
    ReplyTo to;
    std::vector<quint64> objects; // of each range
    quint32 bytesEach = 0;        // of an object, about: of a few that were looked at
    friend bool operator==(const CountsReply&, const CountsReply&) = default;
};

// "Say this back." What was sent before it on this link has then been dealt with, or never will be.
struct Echo {
    RequestId id; // the asker's own: an echo of an earlier process of its says nothing
    bool isReply = false;
    friend bool operator==(const Echo&, const Echo&) = default;
};

using Message =
    std::variant<ReadRequest, ReadReply, WriteRequest, WriteReply, ForwardRequest, ForwardReply, KeysRequest,
                 KeysReply, Probe, Members, TreeRequest, TreeReply, SlotsRequest, SlotsReply, SyncRequest,
                 SyncReply, HandoffRequest, HandoffReply, HintsReturned, ReapCheckRequest, ReapCheckReply,
                 ReapRequest, Echo, CountsRequest, CountsReply, RingState>;

// A hash of what the request is about: its keys, slots or ranges. Equal on both ends of a link.
quint64 subjectOf(const Key& key); // of a request about one key
quint64 subjectOf(const ReadRequest& request);
quint64 subjectOf(const WriteRequest& request);
quint64 subjectOf(const ForwardRequest& request);
quint64 subjectOf(const KeysRequest& request);
quint64 subjectOf(const TreeRequest& request);
quint64 subjectOf(const SlotsRequest& request);
quint64 subjectOf(const SyncRequest& request);
quint64 subjectOf(const HandoffRequest& request);
quint64 subjectOf(const ReapCheckRequest& request);
quint64 subjectOf(const CountsRequest& request);

// How a reply names this request.
template <class Request>
ReplyTo replyTo(const Request& request)
{
    return {request.id, subjectOf(request)};
}

QByteArray encode(const Message& message);
// Nothing where the bytes are not one whole valid message.
[[nodiscard]] std::optional<Message> decode(QByteArrayView bytes);

} // namespace ringmaster::wire
