// SPDX-License-Identifier: GPL-3.0-or-later
// A member's two votes on a tombstone, message by message.
#include "nodecore/repair/reap_voter.h"
#include "nodecore/storage/memory_store.h"
#include "tests/support/virtual_time.h"

#include <QtTest>

using namespace ringmaster;

namespace {

constexpr NodeId self{1};
constexpr NodeId asker{2};
constexpr NodeId other{3};

HashRing ringOf(const std::vector<NodeId>& nodes)
{
    std::vector<RingMember> members;
    for (const NodeId node : nodes)
        members.push_back({node, {Slot{static_cast<quint16>(node.value * 1000)}}, {}, 1.0});
    return HashRing(members, 3);
}

class Peers final : public PeerDirectory {
public:
    NodeId self() const override { return ::self; }
    const RingView& rings() const override { return view; }
    bool isReachable(NodeId) const override { return true; }
    QString nameOf(NodeId node) const override { return QStringLiteral("n%1").arg(node.value); }
    ActorId actorOf(NodeId node) const override { return ActorId{node.value}; }

    RingView view{ringOf({::self, asker, other}), ringOf({::self, asker, other})};
};

class Sent final : public Transport {
public:
    SendResult send(NodeId to, const QByteArray& message) override
    {
        const std::optional<wire::Message> decoded = wire::decode(message);
        if (const auto* echo = decoded ? std::get_if<wire::Echo>(&*decoded) : nullptr)
            echoes.emplace_back(to, *echo);
        return SendResult::Queued;
    }
    void setPeers(const QList<QString>&) override {}

    std::vector<std::pair<NodeId, wire::Echo>> echoes;
};

// Node `self`, which holds a tombstone of one key, durably.
class Voting {
public:
    Voting()
    {
        m_replica.setActor(ActorId{7});
        const VersionVector seen = write(QByteArray("old"), {});
        old = held();
        write(std::nullopt, seen);
        tombstone = held();
    }

    // Its first vote, once it is given.
    void askFirst(const wire::RequestId& asked)
    {
        voter.voteFirst(asker, asked, voter.view(), {item()},
                        [this](const ReapVoter::Vote& vote) { first = vote; });
    }
    ReapVoter::Vote askSecond(const wire::RequestId& asked)
    {
        return voter.voteSecond(asker, asked, voter.view(), {item()});
    }
    bool votesYesTwice()
    {
        return first && *first && **first == std::vector<bool>{true} && askSecond(check) &&
               *askSecond(check) == std::vector<bool>{true};
    }
    void echoAll()
    {
        store.commitPending();
        echoOnly();
    }
    void echoOnly()
    {
        for (const auto& [to, echo] : std::exchange(sent.echoes, {}))
            voter.handle(to, wire::Echo{echo.id, true});
    }
    ReapVoter::Item item() const { return {key, recordHash(key, tombstone)}; }
    VersionVector write(SiblingSet::Content content, const VersionVector& context)
    {
        VersionVector now;
        m_replica.mint(key, std::move(content), context,
                       [&now](const Result<Replica::Minted>& minted) { now = minted->set.context(); });
        store.commitPending();
        return now;
    }
    QByteArray held() { return *m_replica.read(key); }

    const Key key = *Key::fromBytes("cart");
    const wire::RequestId check = wire::RequestId::received(5, 1);
    QByteArray old;
    QByteArray tombstone;
    MemoryStore store;
    HintStore hints{store};
    Peers peers;
    Sent sent;
    bool isBusy = false;
    std::vector<NodeId> members{self, asker, other};
    std::optional<ReapVoter::Vote> first;

private:
    EventQueue m_queue;
    VirtualClock m_clock{m_queue};
    SeededRandom m_random{1};
    Replica m_replica{store, hints, m_clock, Partitioner::Md5};
    wire::RequestIds m_ids{m_random};

public:
    ReapVoter voter{
        {sent, store, hints, m_replica, peers, m_ids},
        {[this] { return members; },
         [this](const std::vector<Key>& keys) { return std::vector<bool>(keys.size(), isBusy); }}};
};

} // namespace

class ReapVoterTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theFirstVoteIsGivenWhenEveryEchoIsBack();
    void theFirstVoteWaitsUntilWhatItSawIsOnTheDisk();
    void whereTheDiskRefusesThereIsNoVote();
    void anEchoThatWasSentBeforeTheQuestionDoesNotCount();
    void anEchoOfAnEarlierProcessDoesNotCount();
    void anotherSetThatComesBetweenTheVotesTakesItBack();
    void theTombstoneItselfMayComeBetweenTheVotes();
    void whatIsLatestAndNotDurableIsNoVote();
    void aHintWhoseRemovalIsNotDurableIsNoVote();
    void aRequestUnderWayIsNoVote();
    void withoutAFirstVoteThereIsNoSecond();
    void aRestartedAskersVotesAreKept();
    void aLinkThatBreaksMeanwhileEndsTheVote();
    void whoSeesOtherMembersIsRefused();
};

void ReapVoterTest::theFirstVoteIsGivenWhenEveryEchoIsBack()
{
    Voting node;
    node.askFirst(node.check);
    node.store.commitPending();
    QCOMPARE(node.sent.echoes.size(), size_t(2));
    const auto echoes = node.sent.echoes;
    node.voter.handle(echoes[0].first, wire::Echo{echoes[0].second.id, true});
    node.voter.handle(echoes[0].first, wire::Echo{echoes[0].second.id, true});
    QVERIFY(!node.first);
    QVERIFY(!node.askSecond(node.check));
    node.voter.handle(echoes[1].first, wire::Echo{echoes[1].second.id, true});
    QVERIFY(node.votesYesTwice());
}

void ReapVoterTest::theFirstVoteWaitsUntilWhatItSawIsOnTheDisk()
{
    Voting node;
    node.store.setRelaxed(true);
    node.write(std::nullopt, {}); // acknowledged, and not synced
    node.tombstone = node.held();
    QVERIFY(node.store.unsynced() > 0);
    node.askFirst(node.check);
    node.echoOnly();
    QVERIFY(!node.first);
    QVERIFY(!node.askSecond(node.check));
    node.store.commitPending();
    QVERIFY(node.votesYesTwice());
    QCOMPARE(node.store.unsynced(), size_t(0));
}

void ReapVoterTest::whereTheDiskRefusesThereIsNoVote()
{
    Voting node;
    node.store.becomeReadOnly(QStringLiteral("full"));
    node.askFirst(node.check);
    node.echoAll();
    QVERIFY(node.first && !*node.first);
    QVERIFY(!node.askSecond(node.check));
}

void ReapVoterTest::anEchoThatWasSentBeforeTheQuestionDoesNotCount()
{
    Voting node;
    node.askFirst(wire::RequestId::received(5, 8));
    const auto earlier = std::exchange(node.sent.echoes, {});
    node.first.reset();
    node.askFirst(wire::RequestId::received(5, 9));
    for (const auto& [to, echo] : earlier)
        node.voter.handle(to, wire::Echo{echo.id, true});
    QVERIFY(!node.askSecond(wire::RequestId::received(5, 9)));
    node.echoAll();
    QVERIFY(node.askSecond(wire::RequestId::received(5, 9)));
}

void ReapVoterTest::anEchoOfAnEarlierProcessDoesNotCount()
{
    Voting node;
    node.askFirst(node.check);
    for (const NodeId from : {asker, other})
        node.voter.handle(from, wire::Echo{wire::RequestId::received(4711, 1000), true});
    QVERIFY(!node.first);
}

void ReapVoterTest::anotherSetThatComesBetweenTheVotesTakesItBack()
{
    for (const bool isBeforeTheEchoes : {true, false}) {
        Voting node;
        node.askFirst(node.check);
        if (isBeforeTheEchoes)
            node.voter.received(node.key, node.old);
        node.echoAll();
        if (!isBeforeTheEchoes)
            node.voter.received(node.key, node.old);
        QVERIFY(!node.votesYesTwice());
        QCOMPARE(*node.askSecond(node.check), std::vector<bool>{false});
    }
}

void ReapVoterTest::theTombstoneItselfMayComeBetweenTheVotes()
{
    Voting node;
    node.askFirst(node.check);
    node.voter.received(node.key, node.tombstone);
    node.voter.received(node.key, {});
    node.voter.received(*Key::fromBytes("another"), node.old);
    node.echoAll();
    QVERIFY(node.votesYesTwice());
}

// The tombstone comes again over what a crash would bring back.
void ReapVoterTest::whatIsLatestAndNotDurableIsNoVote()
{
    Voting node;
    node.store.crash();
    WriteBatch older;
    const Slot slot = slotOf(Partitioner::Md5, node.key);
    older.putObject(slot, node.key, node.old, true);
    node.store.write(std::move(older), [](const Result<void>&) {});
    node.store.commitPending();
    WriteBatch newer;
    newer.putObject(slot, node.key, node.tombstone, false);
    node.store.write(std::move(newer), [](const Result<void>&) {});
    node.askFirst(node.check);
    node.echoAll();
    QVERIFY(!node.votesYesTwice());

    node.store.commitPending();
    const auto again = wire::RequestId::received(5, 2);
    node.askFirst(again);
    node.echoAll();
    QCOMPARE(*node.askSecond(again), std::vector<bool>{true});
}

void ReapVoterTest::aHintWhoseRemovalIsNotDurableIsNoVote()
{
    Voting node;
    node.hints.keep(other, slotOf(Partitioner::Md5, node.key), node.key, node.old, {},
                    [](const Result<void>&) {});
    node.store.commitPending();
    const auto hints = node.hints.oldest(other, 1, 1000);
    node.hints.forget({hints->front().number}, [](const Result<void>&) {});
    node.askFirst(node.check);
    node.echoAll();
    QVERIFY(!node.votesYesTwice());
    node.store.commitPending();
    const auto again = wire::RequestId::received(5, 2);
    node.askFirst(again);
    node.echoAll();
    QCOMPARE(*node.askSecond(again), std::vector<bool>{true});
}

void ReapVoterTest::aRequestUnderWayIsNoVote()
{
    Voting node;
    node.isBusy = true;
    node.askFirst(node.check);
    node.isBusy = false;
    node.echoAll();
    QVERIFY(!node.votesYesTwice());
}

void ReapVoterTest::withoutAFirstVoteThereIsNoSecond()
{
    Voting node;
    QVERIFY(!node.askSecond(node.check));
}

// Whatever the order of its ids before and after.
void ReapVoterTest::aRestartedAskersVotesAreKept()
{
    Voting node;
    for (quint64 number = 1000; number < 1200; ++number) {
        node.askFirst(wire::RequestId::received(9, number));
        node.echoAll();
    }
    QVERIFY(!node.askSecond(wire::RequestId::received(9, 1000))); // the oldest go
    const auto afterRestart = wire::RequestId::received(3, 1);
    node.askFirst(afterRestart);
    node.echoAll();
    QCOMPARE(*node.askSecond(afterRestart), std::vector<bool>{true});
}

void ReapVoterTest::aLinkThatBreaksMeanwhileEndsTheVote()
{
    Voting node;
    node.askFirst(node.check);
    node.voter.linkLost(other);
    QVERIFY(node.first && !*node.first);
    node.echoAll();
    QVERIFY(!node.askSecond(node.check));
}

void ReapVoterTest::whoSeesOtherMembersIsRefused()
{
    Voting node;
    const QByteArray view = node.voter.view();
    node.members.push_back(NodeId{4});
    node.voter.voteFirst(asker, node.check, view, {node.item()},
                         [&node](const ReapVoter::Vote& vote) { node.first = vote; });
    QVERIFY(node.first && !*node.first);
}

QTEST_GUILESS_MAIN(ReapVoterTest)
#include "reap_voter_test.moc"
