// SPDX-License-Identifier: GPL-3.0-or-later
// A member's part in the reaping of tombstones: its two votes, and what it has to notice between them. The
// whole protocol, and why it is safe, stands in tombstone_reaper.h.
//
// First vote: this node holds nothing of the key but the tombstone, anywhere that it could send it from. From
// then on the key is guarded. The vote is given when an Echo has come back from every member, so that
// whatever this node sent before it looked has arrived, and when what it saw is on its disk: what a relaxed
// store has not synced, a power cut takes back. Second vote: this node still holds nothing else, and since
// the first vote no other set of the key has come in.
//
// Bounded: an asker's first votes are kept up to votesKept, the oldest go first.
#pragma once

#include "nodecore/env/transport.h"
#include "nodecore/ring/peer_directory.h"
#include "nodecore/storage/hint_store.h"
#include "nodecore/storage/replica.h"
#include "nodecore/storage/store.h"
#include "nodecore/wire/message.h"

#include <QHash>

#include <deque>
#include <functional>
#include <set>

namespace ringmaster {

class ReapVoter {
public:
    struct Ports {
        Transport& transport;
        Store& store;
        HintStore& hints;
        Replica& replica;
        const PeerDirectory& peers;
        wire::RequestIds& ids;
    };
    struct Questions {
        // Every member that may hold something, this node among them, ascending. A node with a link to this
        // one counts, whether its record is known here yet or not.
        std::function<std::vector<NodeId>()> members;
        // For which of these keys is a read or a write under way at this node, which may yet send what it
        // knows?
        std::function<std::vector<bool>(const std::vector<Key>&)> busyWith;
    };
    using Item = wire::ReapCheckRequest::Item;
    // For each item whether this node holds nothing else; or, for all of them, why this node cannot say.
    using Vote = Result<std::vector<bool>>;
    using VoteDone = std::function<void(const Vote&)>;

    // First votes of one asker; it has no more under way (TombstoneReaper::checksAgreed).
    static constexpr size_t votesKept = 16;
    // Of the keys of one check.
    static constexpr qsizetype maxKeyBytes = 512 * 1024;

    ReapVoter(Ports ports, Questions questions);

    // What all voters of a check must see alike: the rings, and the members. Empty while the ring changes.
    QByteArray view() const;
    std::vector<NodeId> members() const { return m_questions.members(); }

    // done is called at most once: not where the vote is displaced by later ones.
    void voteFirst(NodeId asker, wire::RequestId check, const QByteArray& askersView,
                   const std::vector<Item>& items, VoteDone done);
    // firstCheck: the check whose first vote this one confirms.
    [[nodiscard]] Vote voteSecond(NodeId asker, wire::RequestId firstCheck, const QByteArray& askersView,
                                  const std::vector<Item>& items);

    // A set of the key came from another node, in whatever message.
    void received(const Key& key, QByteArrayView set);
    void handle(NodeId from, const wire::Echo& echo);
    void linkLost(NodeId peer);

private:
    struct FirstVote {
        NodeId asker;
        wire::RequestId check;
        QByteArray view;
        std::vector<bool> clear; // as this node found at first; for the answer
        QHash<Key, quint64>
            guarded;      // those that were clear, with their hashes, and that nothing else came of
        quint64 echo = 0; // number of the Echo that was sent after this node had looked
        std::set<NodeId> waitingFor; // members whose Echo has not come back
        bool isSynced = false;       // what this node saw is on its disk
        VoteDone done;               // null once called

        bool isReady() const { return isSynced && waitingFor.empty(); }
    };

    // Why this node cannot vote now; nothing where it can.
    std::optional<Error> objection(const QByteArray& askersView, const std::vector<Item>& items) const;
    bool holdsOnly(const Item& item) const;
    void beginEchoes(FirstVote& vote);
    void beginSync(const FirstVote& vote);
    std::deque<FirstVote>::iterator find(NodeId asker, const wire::RequestId& check);
    void giveIfReady(std::deque<FirstVote>::iterator vote);
    void guard(const FirstVote& vote);
    void unguard(const Key& key);
    void makeRoomFor(NodeId asker);
    void drop(std::deque<FirstVote>::iterator vote);

    Ports m_ports;
    Questions m_questions;
    std::deque<FirstVote> m_votes; // the oldest first
    QHash<Key, int> m_guarded;     // in how many of them
};

} // namespace ringmaster
