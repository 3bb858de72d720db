// SPDX-License-Identifier: GPL-3.0-or-later
// What a read needs before it says that a key is absent. Floor 3 alone, message by message.
#include "nodecore/request/read_operation.h"
#include "nodecore/storage/memory_store.h"
#include "tests/support/virtual_time.h"

#include <QtTest>

#include <set>

using namespace ringmaster;
using namespace std::chrono_literals;

namespace {

constexpr NodeId coordinator{9}; // holds nothing of the key
constexpr NodeId a{1};
constexpr NodeId b{2};
constexpr NodeId c{3};
constexpr NodeId d{4};
constexpr NodeId e{5};

// The key's preference list is the nodes in this order, the first three of them its primaries.
HashRing ringOf(const std::vector<NodeId>& nodes)
{
    std::vector<RingMember> members;
    quint16 token = slotOf(Partitioner::Md5, *Key::fromBytes("cart")).value;
    for (const NodeId node : nodes)
        members.push_back({node, {Slot{token += 10}}, {}, 1.0});
    return HashRing(members, 3);
}

class Peers final : public PeerDirectory {
public:
    NodeId self() const override { return coordinator; }
    const RingView& rings() const override { return view; }
    bool isReachable(NodeId node) const override { return !away.contains(node); }
    QString nameOf(NodeId node) const override { return QStringLiteral("n%1").arg(node.value); }
    ActorId actorOf(NodeId node) const override { return ActorId{node.value}; }

    RingView view{ringOf({a, b, c, d, e, coordinator}), ringOf({a, b, c, d, e, coordinator})};
    std::set<NodeId> away;
};

class Sent final : public Transport {
public:
    SendResult send(NodeId to, const QByteArray&) override
    {
        nodes.insert(to);
        return SendResult::Queued;
    }
    void setPeers(const QList<QString>&) override {}

    std::set<NodeId> nodes;
};

QByteArray oneValue()
{
    SiblingSet set;
    set.write(*Key::fromBytes("cart"), {}, QByteArray("milk"), ActorId{7}, WallTime{1000});
    return set.encoded();
}

QByteArray oneTombstone()
{
    SiblingSet set;
    set.write(*Key::fromBytes("cart"), {}, std::nullopt, ActorId{7}, WallTime{1000});
    return set.encoded();
}

class Reading {
public:
    explicit Reading(std::set<NodeId> away)
        : m_replica(m_store, m_hints, m_clock, Partitioner::Md5)
        , m_operation(wire::RequestId::received(5, 1), m_ports, {key(), {}, {}}, 2, 0,
                      {m_clock.now(), m_clock.now() + 2s}, 0,
                      [this](RequestResult<GetResponse> result) { answer = std::move(result); })
    {
        peers.away = std::move(away);
    }
    void begin() { m_operation.start(); }
    void askEveryone() { m_operation.askEveryone(); }
    void replied(NodeId from, const QByteArray& set)
    {
        const wire::ReplyTo to{wire::RequestId::received(5, 1), wire::subjectOf(key())};
        QVERIFY(m_operation.replied(from, wire::ReadReply{to, std::nullopt, set}));
    }
    void lost(NodeId node) { m_operation.lost(node); }
    void deadlineReached() { m_operation.deadlineReached(); }
    bool saysAbsent() const { return answer && *answer && !(*answer)->siblings.hasValue(); }
    bool saysQuorumNotMet() const
    {
        return answer && !*answer && answer->error().error.code == ErrorCode::QuorumNotMet;
    }

    Peers peers;
    Sent sent;
    std::optional<RequestResult<GetResponse>> answer;

private:
    static Key key() { return *Key::fromBytes("cart"); }

    EventQueue m_queue;
    VirtualClock m_clock{m_queue};
    MemoryStore m_store;
    HintStore m_hints{m_store};
    Replica m_replica;
    TraceLog m_traces{0};
    OperationPorts m_ports{m_clock, sent, m_replica, m_hints, peers, m_traces};
    ReadOperation m_operation;
};

} // namespace

class ReadOperationTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void twoPrimariesThatHoldNothingShowThatAKeyIsAbsent();
    void anEmptyStandInDoesNotCountTowardsAbsence();
    void aValueThatAStandInHoldsIsAnswered();
    void aValueThatOnlyTheStandInOfOneThatIsAwayHoldsIsFound();
    void aSilentStandInDoesNotKeepAKeyFromBeingAbsent();
    void withTooFewPrimariesNothingFoundIsNoQuorumAndNamesWhoIsMissing();
    void beforeItGivesUpItAsksEverybody();
    void aTombstoneOfAStandInDoesNotMakeAKeyAbsent();
    void whileTheRingChangesAbsenceNeedsThePrimariesOfBoth();
};

void ReadOperationTest::twoPrimariesThatHoldNothingShowThatAKeyIsAbsent()
{
    Reading read({});
    read.begin();
    for (const NodeId node : std::set<NodeId>(read.sent.nodes))
        read.replied(node, {});
    QVERIFY(read.saysAbsent());

    Reading oneAway({c});
    oneAway.begin();
    QCOMPARE(oneAway.sent.nodes, (std::set<NodeId>{a, b}));
    oneAway.replied(a, {});
    oneAway.replied(b, {});
    QVERIFY(!oneAway.answer); // who stands in for c may hold something
    QVERIFY(oneAway.sent.nodes.contains(d));
    oneAway.lost(d);
    QVERIFY(oneAway.saysAbsent());
}

void ReadOperationTest::anEmptyStandInDoesNotCountTowardsAbsence()
{
    Reading read({c});
    read.begin();
    read.askEveryone(); // b is slow
    QCOMPARE(read.sent.nodes, (std::set<NodeId>{a, b, d}));
    read.replied(a, {});
    read.replied(d, {});
    QVERIFY(!read.answer);
    read.replied(b, {});
    QVERIFY(read.saysAbsent());
}

void ReadOperationTest::aValueThatAStandInHoldsIsAnswered()
{
    Reading read({b, c});
    read.begin();
    read.replied(a, {});
    read.replied(d, oneValue());
    QVERIFY(read.answer && *read.answer);
    QVERIFY((*read.answer)->siblings.hasValue());
}

void ReadOperationTest::aValueThatOnlyTheStandInOfOneThatIsAwayHoldsIsFound()
{
    Reading read({c});
    read.begin();
    read.replied(a, {});
    read.replied(b, {});
    read.replied(d, oneValue());
    QVERIFY(read.answer && *read.answer);
    QVERIFY((*read.answer)->siblings.hasValue());
}

void ReadOperationTest::aSilentStandInDoesNotKeepAKeyFromBeingAbsent()
{
    Reading read({c});
    read.begin();
    read.replied(a, {});
    read.replied(b, {});
    read.deadlineReached();
    QVERIFY(read.saysAbsent());
}

void ReadOperationTest::withTooFewPrimariesNothingFoundIsNoQuorumAndNamesWhoIsMissing()
{
    Reading read({b, c});
    read.begin();
    for (const NodeId node : {a, d, e})
        read.replied(node, {});
    QVERIFY(read.saysQuorumNotMet());
    const RequestFailure& failure = read.answer->error();
    QCOMPARE(failure.quorum.missing.size(), size_t(2));
    QVERIFY(failure.error.message.contains(QStringLiteral("n2 is unreachable")));
    QVERIFY(failure.error.message.contains(QStringLiteral("n3 is unreachable")));
}

void ReadOperationTest::beforeItGivesUpItAsksEverybody()
{
    Reading read({b, c});
    read.begin();
    QCOMPARE(read.sent.nodes, (std::set<NodeId>{a, d}));
    read.replied(a, {});
    read.replied(d, {});
    QVERIFY(!read.answer);
    QVERIFY(read.sent.nodes.contains(e));
    read.replied(e, oneValue());
    QVERIFY((*read.answer)->siblings.hasValue());
}

void ReadOperationTest::aTombstoneOfAStandInDoesNotMakeAKeyAbsent()
{
    Reading read({b, c});
    read.begin();
    read.replied(a, {});
    read.replied(d, oneTombstone());
    read.lost(e);
    QVERIFY(read.saysQuorumNotMet());
}

void ReadOperationTest::whileTheRingChangesAbsenceNeedsThePrimariesOfBoth()
{
    Reading read({});
    read.peers.view = RingView(ringOf({a, b, c, d, e, coordinator}), ringOf({d, e, c, a, b, coordinator}));
    read.begin();
    read.askEveryone();
    read.replied(a, {});
    read.replied(b, {});
    QVERIFY(!read.answer); // of the ring to come nobody has answered
    read.replied(d, {});
    QVERIFY(!read.answer);
    read.replied(e, {});
    QVERIFY(read.saysAbsent());
}

QTEST_GUILESS_MAIN(ReadOperationTest)
#include "read_operation_test.moc"
