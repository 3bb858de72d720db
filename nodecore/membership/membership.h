// SPDX-License-Identifier: GPL-3.0-or-later
// This node's part in its cluster: its own record, the others' records, the ring that follows from them, and
// who can be reached.
//
// A plain member exchange over the peers' links: the whole table on every new link and whenever two find that
// their digests differ. That a record has changed spreads as news on the probes of PeerWatch, and in a small
// cluster the table itself goes to all. A node that is new asks a member that is there, takes its tokens from
// the ring that it is shown, and announces them once its record is durable.
#pragma once

#include "nodecore/env/clock.h"
#include "nodecore/env/random.h"
#include "nodecore/env/timers.h"
#include "nodecore/env/transport.h"
#include "nodecore/membership/absence_watch.h"
#include "nodecore/membership/acknowledge_lease.h"
#include "nodecore/membership/change_plan.h"
#include "nodecore/membership/force.h"
#include "nodecore/membership/identity.h"
#include "nodecore/membership/peer_refusals.h"
#include "nodecore/membership/peer_watch.h"
#include "nodecore/membership/removal_majority.h"
#include "nodecore/membership/removal_vetoes.h"
#include "nodecore/membership/ring_change.h"
#include "nodecore/wire/hello.h"
#include "nodecore/wire/message.h"

#include <functional>
#include <set>

namespace ringmaster {

struct MembershipConfig {
    Identity identity;
    QString peerAddress;
    QString httpAddress;
    QString zone;
    double capacity = 1.0;
    QList<QString> join;
    int replicas = 3;
    int readQuorum = 2;
    int writeQuorum = 2;
    int tokens = 64;
    std::vector<Slot> tokenSlots; // placed by hand; empty: choose `tokens` of them
    bool standby = false;         // a new node waits to be asked before it joins
    QString replaces;             // a new node takes the tokens of this member, which is gone
    Duration autoRemoveAfter{0};  // as AbsenceWatch has it; 0: never
    Duration removedMayReturn{0}; // after so long a removed member is written off
    SwimRules swim;
};

// How a peer fares, as it last said.
struct PeerVitals {
    quint64 keys = 0;
    double requestsPerSecond = 0;
    bool takesWrites = true; // false: its store is read-only, or has failed
};

class Membership {
public:
    struct Ports {
        const Clock& clock;
        Timers& timers;
        Random& random;
        Transport& transport;
        Datagrams& datagrams;
        Store& store;
    };
    // All may be called from within any call of Membership.
    struct Events {
        std::function<void()> membersChanged;                  // a record, or who can be reached
        std::function<void()> ringChanged;                     // either of the rings
        std::function<void(NodeId)> reachable;                 // it is there, perhaps after a time away
        std::function<void(NodeId)> unreachable;               // requests waiting for it wait in vain
        std::function<PeerVitals()> ownVitals;                 // for the others
        std::function<bool()> holdsNothing;                    // no object and no hint, durable or not
        std::function<bool()> knowsWhatItHolds;                // the counts of the store were verified
        std::function<void(NodeId, Duration absent)> removing; // by autoRemoveAfter
        // The members know a later record of this node, with the actor that it has: its store was put back.
        std::function<void()> hasForgotten;
        std::function<void(const char* level, const QString&)> log;
    };

    Membership(MembershipConfig config, Ports ports, Events events, Remembered remembered, ActorId actor);

    // Makes identity and actor durable, then dials, joins or serves.
    void start();

    // Makes another actor durable as the one that mints here, and announces it; done follows the commit.
    // Where the store refuses, refused is called instead.
    void changeActor(ActorId actor, std::function<void()> done,
                     std::function<void(const Error&)> refused = nullptr);

    // Acts, each durable before it is known. Conflict, with why, where the state does not allow it, or where
    // the ring after it costs data, quorums or replicas (ChangeRisk::consequence) and nobody accepts that.
    // STANDBY, LEFT: joins, at these tokens or, without any, at ones of its choice. One that is to replace a
    // member does so as remove() would, and Force goes for that.
    [[nodiscard]] Result<void> join(std::vector<Slot> tokens, Force force);
    // READY: gives its data to the others, leaves the ring, gives away what it still holds, hints too, and is
    // LEFT then. The last one cannot.
    [[nodiscard]] Result<void> leave(Force force = Force::No);
    // READY: moves to these tokens.
    [[nodiscard]] Result<void> move(std::vector<Slot> tokens);
    // NEW, PENDING, LEAVING, moving: back to what it was. Not of a removal of this node: cancelRemoval().
    [[nodiscard]] Result<void> cancel();
    // Of another member, which cannot be reached by a majority of the ring's members (removal_majority.h):
    // the others rebuild what it held, then it is REMOVED. Where it is back before they have it, one of them
    // takes the removal back; where it is back later it gives back what it holds. Force: without a majority,
    // where nobody else has what it held, and whatever it costs.
    [[nodiscard]] Result<void> remove(NodeId member, Force force);
    // Of one that is REMOVED: nobody waits any longer for what it may give back. Conflict where there is no
    // such thing.
    [[nodiscard]] Result<void> writeOff(NodeId member);
    // This node is REMOVED and holds nothing any more. Durable before it is known.
    void gaveEverythingBack();
    // REMOVED, with nothing left to give back, as the others know.
    bool isDismissed() const;
    // Of a removal that is not over: the member is on the ring as before. Only a member that the removal
    // waits for can, see removal_vetoes.h; else Conflict.
    [[nodiscard]] Result<void> cancelRemoval(NodeId member);

    // This node and peer hold the same of all that both are replicas of, as of began.
    void compared(NodeId peer, MonoTime began);

    // Why this node must not acknowledge a write, or answer a read: it was removed, or may be by now.
    // Nothing: it may (acknowledge_lease.h).
    std::optional<Error> whyNotToAcknowledge() const;
    // Why it does not take over the tokens that it is to (--replace); empty where it does, or is to take
    // none.
    const QString& waitsBecause() const { return m_waitsBecause; }

    NodeId self() const { return m_self.id; }
    // As it is durable and as the others are told.
    const Member& own() const { return *m_table.find(m_self.id); }
    const MemberTable& table() const { return m_table; }
    const RingView& rings() const { return m_rings; }
    const HashRing& ring() const { return m_rings.current(); }
    // Every node that data comes to has it; false while nothing changes, too.
    const RingChange& change() const { return m_change; }
    bool isReachable(NodeId node) const;
    // What SWIM holds of it here: another observer may hold something else.
    SwimState observed(NodeId node) const { return m_watch.stateOf(node); }
    Duration unreachableFor(NodeId node) const;
    // Nodes of the ring that this node cannot reach and that may live all the same: failure detection does
    // not hold them down here, and some peer that can be reached has not said that it sees them down.
    std::vector<NodeId> unreachedButLiving() const;
    PeerVitals vitalsOf(NodeId node) const;
    QString nameOf(NodeId node) const;
    // What context tokens are sealed with: as they are durable. Empty until the cluster has told this node.
    const ClusterSecrets& secrets() const { return m_secrets; }
    // Those that this node has a link with, whether their records are known here yet or not; ascending.
    std::vector<NodeId> linkedPeers() const;
    int linkCount() const { return static_cast<int>(m_watch.linked().size()); }
    // Why, where this node has other members and is linked with none, because they and it refuse each other:
    // it is no part of the cluster, and must not acknowledge anything. Nothing where a member accepts it, or
    // where all are merely unreachable.
    std::optional<QString> refusedByMembers() const;
    // Another member has been linked since this process started, or there is none.
    bool hasMetMembers() const;

    Hello hello() const;
    [[nodiscard]] std::optional<Error> judge(const Hello& peer) const;
    void linkUp(const Hello& peer);
    void linkDown(NodeId peer);
    // This node and the peer at that address do not accept each other.
    void refused(const QString& address, const Refusal& why);
    // It speaks as if it did not know what its own record says here: a link may outlast a cut.
    void remind(NodeId peer) { sendTableSoon(peer); }
    // Something, anything, came from it.
    void heard(NodeId peer);
    // A request left for it.
    void sent(NodeId peer) { m_watch.sent(peer); }
    void handle(NodeId from, const wire::Probe& probe) { m_watch.handle(from, probe); }
    void receiveDatagram(const QString& fromAddress, QByteArrayView datagram)
    {
        m_watch.receive(fromAddress, datagram);
    }
    void handle(NodeId from, const wire::RingState& state);
    // False where a record is no record.
    [[nodiscard]] bool handle(NodeId from, const wire::Members& members);

private:
    void becomeKnown();
    void considerJoining();
    void considerFinishing();
    bool isFirstOfItsCluster() const;
    bool mayChooseTokensNow() const;
    std::vector<Slot> chooseTokens();
    void finishOwnChange();
    bool hasLeftRing() const;
    void considerHavingLeft();
    void settleClaims();
    void joinAgainIfCrowdedOut();
    std::vector<Slot> slotsClaimedByOthers() const;
    void finishRemovals();
    NodeId endsRemovals() const;
    void lookAtRemovals();
    void takeBackRemovalsOfThoseBack();
    void considerAbsence();
    void writeOffThoseGoneForLong();
    bool takesEnoughPartInRemovals(const std::vector<Member>& gone) const;
    AbsenceVotes votesOn(NodeId member) const;
    [[nodiscard]] Result<void> refuseWithoutVotes(const Member& member) const;
    [[nodiscard]] Result<void> refuseLastCopies(const Member& member) const;
    [[nodiscard]] Result<void> refuseForItsConsequence(const Member& member);
    [[nodiscard]] Result<void> refuseReplacing() const;
    [[nodiscard]] Result<void> refuseReplacingOneThatIsThere() const;
    std::set<NodeId> unreachableMembers() const;
    void reachabilityChanged();
    void askForLease();
    QString namesOf(const std::vector<NodeId>& members) const;
    // Whether the tokens of config.replaces may be taken now; where not, says why, and may wait as STANDBY.
    bool mayReplaceNow();
    bool mayFinishReplacing() const;
    bool isToReplace() const;
    bool isToBeDismissed() const { return m_self.state == MemberState::Removed && !m_self.mayGiveBack; }
    // Whom of the ring's members and this node reaches it.
    std::vector<NodeId> whoReaches(NodeId member) const;
    void standBy(const QString& why);
    void giveUpReplacingOneThatIsBack();
    const Member* replacedMember() const;
    // Refused where the change costs something for good and nobody accepts that. act: as in refusalOf().
    [[nodiscard]] Result<void> judgeConsequence(const ChangeWish& wish, Force force, const QString& act);
    // Writes a record that is not this node's own: only a removal does.
    void rewrite(Member record);
    bool isNewsOfSelf(const Member& record) const;
    void warnOfAnotherZone();
    void reclaim(const Member& olderSelf);
    // And with it, in one commit and one table, records of others.
    void ownRecordChanged(const std::vector<Member>& others = {});
    void afterTableChange();
    void persistMembers();
    // With the records that are on their way to the disk, which m_table has only after their commit: a batch
    // that comes later would put the older ones back.
    MemberTable asWritten() const;
    // Of what members exchange: the table and the secrets.
    quint64 exchangeDigest() const { return m_table.digest() ^ m_secrets.digest(); }
    void makeSecretIfFounder();
    void takeSecrets(const std::vector<QByteArray>& secrets);
    void sendTable(NodeId to);
    void sendTableToFew(); // to all linked peers, where they are few
    // question: of the one that this answers.
    void sendState(NodeId to, bool wantsReply, std::optional<MonoTime> question = std::nullopt);
    void takeWordsOf(NodeId from, const wire::RingState& state);
    void tellSoon();
    void setRings();
    void greet(NodeId peer);
    void lookAgain();
    void lookAgainLater();
    PeerWatch::Events watchEvents();
    QByteArray ownCard() const;
    void takeCard(NodeId from, const QByteArray& card);
    void sendTableSoon(NodeId to);
    void newsCame(const SwimNews& news, NodeId toldBy);
    bool takeRecord(const Member& record);
    // True where anything changed.
    bool takeTable(NodeId from, const MemberTable& theirs);
    bool restore(const std::vector<Member>& members);
    void becomeAsRecorded(const Member& record);
    void silent(NodeId peer);
    QStringList addressesOfOthers() const;
    void reportRefusal();

    MembershipConfig m_config;
    Ports m_ports;
    Events m_events;
    Member m_self;
    quint64 m_process = 0;
    MemberTable m_table;
    ClusterSecrets m_secrets;
    ClusterSecrets m_secretsWritten; // with those that are on their way to the disk
    RingView m_rings;
    RingChange m_change;
    RingChange::Said m_lastSaid;
    bool m_isTelling = false;
    bool m_isWritingOwn = false; // the own record is on its way to the disk
    bool m_isLookingWhetherEmpty = false;
    std::map<NodeId, Member> m_rewriting; // others' records that are
    RemovalVetoes m_vetoes;
    std::set<NodeId> m_takingBack; // removals, while that is on its way to the disk
    AbsenceWatch m_absences;
    AcknowledgeLease m_lease;
    MonoTime m_askForLeaseAt{};
    std::map<NodeId, MonoTime>
        m_awaitedSince;              // removed members that may give back, since none of them is here
    std::set<NodeId> m_knowsMyTable; // said so since the table last changed
    Force m_replaceForce = Force::No;
    QString m_waitsBecause;
    std::set<NodeId> m_awaitingTable; // linked, but its member table has not come yet
    PeerWatch m_watch;
    std::map<NodeId, PeerVitals> m_vitals;
    struct TableRest {
        MonoTime until;
        bool isComing = false;
    };
    std::map<NodeId, TableRest> m_tableRests; // of those that a card said lack something
    std::map<NodeId, Hello> m_linkedAs;
    bool m_wasEverLinked = false;
    PeerRefusals m_refusals;
    bool m_isReportedRefused = false;
    bool m_started = false;      // identity and actor are durable
    bool m_wasDismissed = false; // when it was started
};

} // namespace ringmaster
