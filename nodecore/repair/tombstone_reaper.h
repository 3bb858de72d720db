// SPDX-License-Identifier: GPL-3.0-or-later
// Removes tombstones that nobody can need any more.
//
// A tombstone is there so that an old copy of the value, when it turns up, is known to be old. It may go when
// no old copy is left: when every primary holds this very tombstone and nothing else, no other member holds
// anything else of the key, nobody keeps a hint for it, and nothing of it is under way. The first node of the
// preference list sees to that, in steps:
//
// 1. It has seen the same tombstone for ReapRules::after on its own monotonic clock.
// 2. It asks every member whether all that is true there, and whether that member reaches every other one. A
//    member that is asked also sends an Echo to every other member.
// 3. ReapRules::quiet later it asks again. A member now agrees only if each Echo that it sent since the first
//    question has come back: links keep their order, so whatever it had sent of the key's past before it
//    agreed the first time has arrived by now and would be seen there, or was lost for good.
// 4. It tells every member to remove the tombstone, where it is still that.
//
// A member that cannot be reached therefore stops all reaping: it may hold anything. A store that was lost
// comes back empty, and a copy that was put back is set aside (see node/), so neither brings the past back.
// Where a message of step 4 is lost, anti-entropy brings the tombstone back from who still has it, and all
// begins again. New writes of a reaped key: see Replica::reap.
#pragma once

#include "nodecore/env/clock.h"
#include "nodecore/env/timers.h"
#include "nodecore/env/transport.h"
#include "nodecore/repair/reap_rules.h"
#include "nodecore/ring/peer_directory.h"
#include "nodecore/storage/hint_store.h"
#include "nodecore/storage/replica.h"
#include "nodecore/wire/message.h"

#include <functional>
#include <map>
#include <set>

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
    struct Questions {
        // Every member that may hold something, this node among them: all but the REMOVED.
        std::function<std::vector<NodeId>()> members;
        // For which of these keys is a request under way at this node?
        std::function<std::vector<bool>(const std::vector<Key>&)> busyWith;
    };
    // Between two looks at the own store; a check that is not answered is given up after `patience`.
    static constexpr Duration interval = std::chrono::seconds(2);
    static constexpr Duration patience = std::chrono::seconds(10);
    // Tombstones that are watched at once; the others have their turn later.
    static constexpr int maxWatched = 20'000;

    TombstoneReaper(Ports ports, Questions questions, ReapRules rules);

    void start();
    void linkLost(NodeId peer);

    // As a member that is asked.
    void handle(NodeId from, const wire::ReapCheckRequest& request);
    void handle(NodeId from, const wire::ReapRequest& request);
    void handle(NodeId from, const wire::Echo& echo);
    // As the one who asks.
    void handle(NodeId from, const wire::ReapCheckReply& reply);

    bool isEnabled() const { return m_rules.after > Duration{0}; }
    quint64 watched() const { return static_cast<quint64>(m_watched.size()); }
    quint64 reapedCount() const { return m_reaped; }
    // Why the last check did not let its tombstones go; empty: nothing was in the way.
    const QString& waitsFor() const { return m_waitsFor; }

private:
    using Item = wire::ReapCheckRequest::Item;
    struct Watched {
        quint64 hash = 0;
        MonoTime since;
        std::optional<MonoTime> agreed; // when all agreed for the first time
        wire::RequestId agreedId;       // to this check
        quint64 pass = 0;               // that saw it last
    };
    struct Check {
        wire::RequestId id;
        wire::RequestId firstId; // none: it is one
        std::vector<Item> items;
        quint64 subject = 0; // of the question
        std::vector<bool> clear;
        std::set<NodeId> waitingFor;
        QString objection; // why not all are clear
    };

    void tick();
    void look();
    bool lookAt(Slot slot);
    void endPass();
    void considerCheck();
    std::vector<Item> due(bool second, MonoTime now) const;
    void ask(std::vector<Item> items, bool second);
    void concludeCheck();
    void abandonCheck(const QString& waitsFor);
    void endCheck(const QString& waitsFor);
    // One for each item.
    std::vector<bool> clearHere(const std::vector<Item>& items);
    // The same for a check of asker's, or why this node cannot say.
    Result<std::vector<bool>> answer(NodeId asker, wire::RequestId id, wire::RequestId firstId,
                                     const std::vector<Item>& items);
    std::optional<QString> whoIsAway() const;
    bool allEchoedSince(MonoTime when) const;
    void sendEchoes();
    void removeHere(const std::vector<Item>& items);

    Ports m_ports;
    Questions m_questions;
    ReapRules m_rules;
    std::map<Key, Watched> m_watched;
    int m_nextSlot = 0;
    quint64 m_pass = 1;
    std::optional<Check> m_check;
    TimerId m_patience;
    std::map<NodeId, MonoTime> m_echoed; // when the latest Echo that came back was sent
    // When this node answered the last first checks, by asker and id.
    std::map<NodeId, std::map<wire::RequestId, MonoTime>> m_firstAnswers;
    quint64 m_reaped = 0;
    QString m_waitsFor;
};

} // namespace ringmaster
