// SPDX-License-Identifier: GPL-3.0-or-later
// Removes tombstones that nobody can need any more.
//
// A tombstone is there so that an old set of its key (one with a sibling that the tombstone has superseded),
// when it turns up, is known to be old. So it may go when no old set is left anywhere: on no disk, in no
// hint, in no node's memory, in no message. The first node of the preference list, the leader, sees to that,
// in steps:
//
// 1. It has seen the same tombstone for ReapRules::after on its own monotonic clock.
// 2. It asks every member for its first vote (ReapVoter). Each looks: its own copy is this very tombstone,
// durable and
//    latest alike, or, where it is no primary, nothing; it keeps no hint of the key, and none whose removal
//    is not durable; no read or write of the key is under way at it. From then on it guards the key: any
//    other set of it that comes in takes the vote back. Then it sends an Echo to every member, and votes when
//    all have come back, and when what it saw is synced, in a relaxed store too.
// 3. ReapRules::quiet after the last first vote it asks for the second. Each looks again, and at the guard.
// 4. It tells every member to remove the tombstone, where it is still that.
//
// All members must see the same rings and the same members at each vote, and reach each other; a member that
// is away may hold anything and stops all reaping. Who is REMOVED or LEFT is no such member: what it sends is
// not taken, and who is LEFT holds nothing when it joins again (see membership/).
//
// Why no old set is left after step 3, with no assumption about how long anything takes. Call g a member's
// first look, f its first vote and v its second; every f comes before every v. Suppose that an old set was
// sent by some member S to another and has not arrived when all second votes are given, or arrives later than
// its receiver's v.
//   - If S sent it before its g: links keep their order, and the Echo that S sent after g on the same link
//   came back
//     before f. So it arrived before every v, or was lost. Where it arrived before the receiver's g, the
//     receiver had merged it when it looked, or had it in a read under way and did not vote. Where it arrived
//     between g and v the guard broke, and the receiver did not vote a second time.
//   - If S sent it between its g and its v: S held no old set at g, where it could send it from, and its
//   guard says that
//     none came in since. A write that S began since then makes a new set, not an old one.
//   - If S sent it after its v: take the first such message of all members. S got the set after its v from
//   another
//     message, which was sent before g, between g and v, or after v of its own sender: the first two are
//     excluded above, and the third was not the first.
// That a member has nothing in its memory at g rests on one rule for everything that sends sets: **it reads
// what it sends from the store, or from the hints, in the moment in which it sends it.** Anti-entropy lists
// keys and hashes, and reads the sets when a message leaves, also where the answer had to wait for bandwidth;
// hinted handoff reads hints, which are kept until their owner has answered; a range is dropped by hash. What
// a write or a read keeps in memory (a stand-in is chosen late, a stale replica is repaired) belongs to a
// request under way, which step 2 asks for. What cannot be read counts as something else.
//
// A crash forgets guards and first votes: the member does not vote a second time. What it had on its disk at
// v is the tombstone and nothing else, whatever a power cut takes: that much was synced before f. A store
// that was lost comes back empty, and a copy that was put back is set aside (see node/), so neither brings
// the past back. Where a message of step 4 is lost, anti-entropy brings the tombstone back from who still has
// it, and all begins again; where it comes late, it is as true as before: no old set comes into being again.
// New writes of a reaped key: see Replica::reap.
#pragma once

#include "nodecore/env/clock.h"
#include "nodecore/env/timers.h"
#include "nodecore/repair/reap_rules.h"
#include "nodecore/repair/reap_voter.h"

#include <map>

namespace ringmaster {

class TombstoneReaper {
public:
    struct Ports {
        const Clock& clock;
        Timers& timers;
        Transport& transport;
        Store& store;
        HintStore& hints;
        Replica& replica;
        const PeerDirectory& peers;
        wire::RequestIds& ids;
    };
    // Between two looks at the own store; a check that is not answered is given up after `patience`.
    static constexpr Duration interval = std::chrono::seconds(2);
    static constexpr Duration patience = std::chrono::seconds(10);
    // Tombstones that are watched at once; the others have their turn later.
    static constexpr int maxWatched = 20'000;
    // First checks that all agreed to and that wait for the second.
    static constexpr size_t checksAgreed = ReapVoter::votesKept / 2;

    TombstoneReaper(Ports ports, ReapVoter::Questions questions, ReapRules rules);

    void start();
    void linkLost(NodeId peer);

    // As a member that is asked.
    void handle(NodeId from, const wire::ReapCheckRequest& request);
    void handle(NodeId from, const wire::ReapRequest& request);
    void handle(NodeId from, const wire::Echo& echo) { m_voter.handle(from, echo); }
    // A set of the key came from another node. To be told of every one, before anything is done with it.
    void received(const Key& key, QByteArrayView set) { m_voter.received(key, set); }
    // As the one who asks.
    void handle(NodeId from, const wire::ReapCheckReply& reply);

    bool isEnabled() const { return m_rules.after > Duration{0}; }
    quint64 watched() const { return static_cast<quint64>(m_watched.size()); }
    quint64 reapedCount() const { return m_reaped; }
    // Why the last check did not let its tombstones go; empty: nothing was in the way.
    const QString& waitsFor() const { return m_waitsFor; }

private:
    using Item = ReapVoter::Item;
    struct Agreed {
        MonoTime when; // all gave their first vote
        wire::RequestId check;
    };
    struct Watched {
        quint64 hash = 0;
        MonoTime since;
        std::optional<Agreed> agreed;
        quint64 pass = 0; // that saw it last
    };
    struct Check {
        wire::ReapCheckRequest request;
        std::vector<bool> clear;
        std::set<NodeId> waitingFor; // this node among them
        QString objection;           // why not all are clear
        bool isSecond() const { return !request.firstId.isNone(); }
    };

    void tick();
    void look();
    bool lookAt(Slot slot);
    void endPass();
    void considerCheck();
    std::vector<Item> dueSecond(wire::RequestId& firstCheck) const;
    std::vector<Item> dueFirst() const;
    void ask(std::vector<Item> items, wire::RequestId firstCheck);
    void voted(NodeId member, wire::RequestId check, const ReapVoter::Vote& vote);
    void concludeCheck();
    void reapEverywhere(const std::vector<Item>& items);
    void abandonCheck(const QString& waitsFor);
    void endCheck(const QString& waitsFor);
    void removeHere(const std::vector<Item>& items);

    Ports m_ports;
    ReapRules m_rules;
    ReapVoter m_voter;
    std::map<Key, Watched> m_watched;
    int m_nextSlot = 0;
    quint64 m_pass = 1;
    std::optional<Check> m_check;
    TimerId m_patience;
    quint64 m_reaped = 0;
    QString m_waitsFor;
};

} // namespace ringmaster
