// SPDX-License-Identifier: GPL-3.0-or-later
// One node of a cluster, without its outside. Three doors: a client request comes in, a peer message comes
// in, time passes. It asks the ports in env/ and storage/ for everything else.
//
// Single-threaded: the owner calls everything, and every callback and observer call happens, on one thread.
// Callbacks may run before the call that took them returns, and must not destroy the node.
#pragma once

#include "nodecore/env/clock.h"
#include "nodecore/env/datagrams.h"
#include "nodecore/env/random.h"
#include "nodecore/env/timers.h"
#include "nodecore/env/transport.h"
#include "nodecore/membership/force.h"
#include "nodecore/membership/swim_rules.h"
#include "nodecore/node/change_planner.h"
#include "nodecore/node/node_view.h"
#include "nodecore/repair/reap_rules.h"
#include "nodecore/request/client_request.h"
#include "nodecore/ring/availability.h"
#include "nodecore/ring/partitioner.h"
#include "nodecore/ring/ring_view.h"
#include "nodecore/storage/hint_store.h"
#include "nodecore/version/cluster_secrets.h"
#include "nodecore/wire/hello.h"

#include <memory>

namespace ringmaster {

struct NodeConfig {
    QString name;
    QString cluster = QStringLiteral("ringmaster");
    QString httpAddress; // what clients are told
    QString peerAddress; // what peers are told
    QList<QString> join; // peer addresses of members
    int replicas = 3;
    int readQuorum = 2;
    int writeQuorum = 2;
    Partitioner partitioner = Partitioner::Md5;
    int tokens = 64;              // where its capacity is 1; see tokensFor()
    std::vector<Slot> tokenSlots; // placed by hand; empty: choose `tokens` of them
    QString zone;                 // a node with tokens stays in its zone
    double capacity = 1.0;        // its share of the load against the others': for tokens that it chooses
    qsizetype maxValueBytes = 1024 * 1024;
    qsizetype maxSetBytes = 60 * 1024 * 1024; // of a key's siblings, as merged; see Replica::maxSetBytes
    bool standby = false; // a new node knows the ring and forwards requests, and joins when it is asked to
    QString replaces;     // a new node takes over the tokens of this member, which is gone
    Duration autoRemoveAfter{
        0}; // members that are down for so long are removed; see absence_watch.h. 0: never
    qint64 transferBytesPerSecond = 0; // what repair may ask for and give; 0: no limit
    HintLimits hintLimits;             // what it keeps for members that cannot be reached
    // Until then a removed member may return and give back what it holds, and no tombstone is reaped
    // (node/give_back.h). 0: it is written off at once.
    Duration removedMayReturn = std::chrono::hours(24);
    ReapRules reap;
    Duration scrubWithin = std::chrono::hours(7 * 24); // see repair/scrubber.h; 0: only when asked
    SwimRules swim;
    bool trustsCopy = false; // the store was copied back, and nothing newer is left; members are told
};

// The ports. All must outlive the node.
struct NodePorts {
    Clock& clock;
    Random& random;
    Transport& transport;
    Store& store;
    NodeObserver& observer;
    Datagrams& datagrams;
};

class Node {
public:
    // Checks the configuration against itself and against what the store remembers (another cluster, another
    // name, another partitioner: Conflict, with what to do; nothing is written).
    [[nodiscard]] static Result<std::unique_ptr<Node>> create(NodeConfig config, NodePorts ports);
    ~Node();
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    // Begins to join or to serve. Call once.
    void start();

    // Door 1: a client request. Exactly one callback each, by the deadline.
    void get(GetRequest request, GetCallback done);
    void put(PutRequest request, PutCallback done); // and delete
    void placement(const Key& key, PlacementCallback done);
    void keys(const ObjectCursor& from, const QByteArray& prefix, int limit, KeysCallback done);

    // Door 2: the peers. hello() is what the transport introduces this node with; judge() decides over a
    // peer's (nothing: welcome) before linkUp is called for it.
    Hello hello() const;
    [[nodiscard]] std::optional<Error> judge(const Hello& peer) const;
    void linkUp(const Hello& peer);
    void linkDown(NodeId peer);
    // This node and the peer at that address do not accept each other, as the transport has found.
    void refused(const QString& address, const Refusal& why);
    // A message that cannot be decoded returns false: the transport closes the link.
    [[nodiscard]] bool receive(NodeId from, QByteArrayView message);
    // Anybody may have sent it; what is no datagram of this cluster is ignored.
    void receiveDatagram(const QString& fromAddress, QByteArrayView datagram);

    // Door 3: time has passed. Call at nextDue(), which changes with every call of any door.
    void timePassed();
    std::optional<MonoTime> nextDue() const;

    const NodeConfig& config() const;
    NodeId id() const;
    // For so long after its start a node that is READY waits for its links before it says that it serves.
    static constexpr Duration startupBound = std::chrono::seconds(5);
    // READY, knows the cluster's secrets, the store takes reads, clients are not refused, and nothing is
    // awaited.
    bool isServing() const;
    // Within startupBound: the nodes of the ring that this one is not linked with although its peers do not
    // all see them down, and, where a quorum of the ring cannot be reached, all that it is not linked with.
    // What it is asked for before they are there may be with them only.
    std::vector<NodeId> awaited() const;
    // Whether every key can be read and written now, as this node sees its cluster. Takes time with the size
    // of the ring: about a millisecond for 100 members with 64 tokens each.
    Availability availability() const;
    // What context tokens are sealed with. Empty until the cluster has told this node: it answers no request
    // for a key then.
    const ClusterSecrets& secrets() const;
    // Why no client is answered here, with what to do; nothing where clients are answered. Whoever has
    // members, none of which accepts it, acknowledges nothing, and neither does a node that has just started
    // and has not met any of its members yet: it may be such a one.
    std::optional<Error> refusalOfClients() const;
    // Why no member accepts this node; nothing where one does, or where all are merely unreachable.
    std::optional<QString> refusedByMembers() const;
    const HashRing& ring() const;
    const RingView& rings() const;
    MembersView members() const;
    // Of this node's own record.
    MemberState state() const;
    // It was removed and has nothing left to give back, or nobody takes it any more: it has no more to do.
    bool isDismissed() const;
    // Why it does not take over the tokens that it is to (--replace); empty where nothing is in the way.
    QString waitsBecause() const;
    // Why it acknowledges nothing although it is READY; see membership/acknowledge_lease.h.
    std::optional<Error> whyNotToAcknowledge() const;
    // Looks at every slot while the ring changes: for those who ask now and then.
    ChangeView change() const;
    StatsView stats() const;
    // What is copied to and from this node now, by peer.
    std::vector<TransferView> transfers() const;
    // The last requests that this node took or coordinated; the latest first.
    std::vector<RequestTrace> traces(size_t most) const;
    std::optional<RequestTrace> trace(TraceId id) const;
    // Looks through a bounded stretch of this node's own objects.
    [[nodiscard]] Result<ConflictsPage> conflicts(const ObjectCursor& from, int limit) const;
    // What a change would do, before anything is done: Malformed, Conflict or Absent where it makes no sense.
    void plan(const std::vector<ChangeWish>& wishes, PlanCallback done);

    // Acts on the ring, as Membership has them: each returns when it is decided, not when it is over.
    [[nodiscard]] Result<void> join(std::vector<Slot> tokens, Force force = Force::No);
    [[nodiscard]] Result<void> leave(Force force = Force::No);
    [[nodiscard]] Result<void> move(std::vector<Slot> tokens);
    [[nodiscard]] Result<void> cancel();
    [[nodiscard]] Result<void> remove(NodeId member, Force force = Force::No);
    [[nodiscard]] Result<void> writeOff(NodeId member);
    [[nodiscard]] Result<void> cancelRemoval(NodeId member);

    // Compares with every member that can be reached, now: all that both hold or, where a slot is given,
    // that slot key by key. How many members that is; StatsView::repair tells when it is over.
    int repairNow(std::optional<Slot> slot);
    // Reads everything that this node holds and verifies it, now; StatsView::integrity tells when it is over.
    void scrubNow();
    QString nameOf(NodeId node) const; // its id where the name is not known

private:
    class Impl;
    explicit Node(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

} // namespace ringmaster
