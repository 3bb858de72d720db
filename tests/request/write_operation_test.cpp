// SPDX-License-Identifier: GPL-3.0-or-later
// A write that is under way while the ring changes: whose answers count. Floor 3 alone, message by message.
#include "nodecore/request/write_operation.h"
#include "nodecore/storage/memory_store.h"
#include "tests/support/virtual_time.h"

#include <QtTest>

using namespace ringmaster;
using namespace std::chrono_literals;

namespace {

constexpr NodeId a{1};
constexpr NodeId b{2};
constexpr NodeId c{3};
constexpr NodeId joiner{4};

// Every slot is on all of them: three nodes and three replicas.
HashRing ringOf(const std::vector<NodeId>& nodes)
{
    std::vector<RingMember> members;
    for (const NodeId node : nodes)
        members.push_back({node, {Slot{static_cast<quint16>(node.value * 1000)}}, {}, 1.0});
    return HashRing(members, 3);
}

class Peers final : public PeerDirectory {
public:
    NodeId self() const override { return a; }
    const RingView& rings() const override { return view; }
    bool isReachable(NodeId) const override { return true; }
    QString nameOf(NodeId node) const override { return QStringLiteral("n%1").arg(node.value); }
    ActorId actorOf(NodeId node) const override { return ActorId{node.value}; }

    RingView view{ringOf({a, b, c}), ringOf({a, b, c})};
};

class Sent final : public Transport {
public:
    SendResult send(NodeId to, const QByteArray&) override
    {
        nodes.append(to);
        return SendResult::Queued;
    }
    void setPeers(const QList<QString>&) override {}

    QList<NodeId> nodes;
};

// Node a coordinates; the others are whoever the test says.
class Coordinating {
public:
    explicit Coordinating(int quorum)
        : m_replica(m_store, m_hints, m_clock, Partitioner::Md5)
        , m_operation(wire::RequestId::received(5, 1), m_ports, request(), quorum, 0,
                      {m_clock.now(), m_clock.now() + 2s},
                      [this](RequestResult<PutResponse> result) { answer = std::move(result); })
    {
        m_replica.setActor(ActorId{7});
    }
    void begin()
    {
        QVERIFY(m_operation.start());
        m_replica.mint(request().key, request().content, {},
                       [this](const Result<Replica::Minted>& minted) { m_operation.minted(minted); });
    }
    void mintIsDurable() { m_store.commitPending(); }
    void replied(NodeId from) { QVERIFY(takes(from, request().key)); }
    // Whether it takes an answer about that key.
    bool takes(NodeId from, const Key& key)
    {
        const wire::ReplyTo to{wire::RequestId::received(5, 1), wire::subjectOf(key)};
        return m_operation.replied(from, wire::WriteReply{to, {}});
    }
    void refused(NodeId from, ErrorCode code)
    {
        const wire::ReplyTo to{wire::RequestId::received(5, 1), wire::subjectOf(request().key)};
        QVERIFY(m_operation.replied(from, wire::WriteReply{to, Error{code, QStringLiteral("why")}}));
    }
    bool isAcknowledged() const { return answer && *answer; }
    bool mayExist() const { return answer && !*answer && answer->error().mayExist; }
    MemoryStore& store() { return m_store; }
    // Of four nodes, the one that is no primary of the key. The coordinator has to be one.
    NodeId standInOf() const { return walk()[3]; }
    std::vector<NodeId> otherPrimaries() const
    {
        std::vector<NodeId> primaries = walk();
        primaries.resize(3);
        std::erase(primaries, a);
        return primaries;
    }
    quint64 hintsFor(NodeId owner) const
    {
        const auto owed = m_hints.owed().find(owner);
        return owed == m_hints.owed().end() ? 0 : owed->second.hints;
    }

    Peers peers;
    Sent sent;
    std::optional<RequestResult<PutResponse>> answer;

private:
    std::vector<NodeId> walk() const { return peers.ring().walk(m_replica.slot(request().key)); }
    static PutRequest request() { return {*Key::fromBytes("cart"), QByteArray("milk"), {}, {}, {}}; }

    EventQueue m_queue;
    VirtualClock m_clock{m_queue};
    MemoryStore m_store;
    HintStore m_hints{m_store};
    Replica m_replica;
    TraceLog m_traces{0};
    OperationPorts m_ports{m_clock, sent, m_replica, m_hints, peers, m_traces};
    WriteOperation m_operation;
};

} // namespace

class WriteOperationTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void twoOfThreeAcknowledge();
    void aJoinThatBeginsMeanwhileIsToHaveItToo();
    void aReplicaThatTheChangeTookAwayNoLongerCounts();
    void whoCountedInBothRingsStillDoes();
    void forAPrimaryThatRefusesAnotherNodeKeepsAHint();
    void withoutAnotherNodeTheCoordinatorKeepsTheHintOfOneThatRefuses();
    void aStandInThatRefusesIsReplacedByTheNext();
    void nobodyStandsInForOneThatIsNoReplicaByItsOwnRing();
    void aWriteThatAFullDiskRefusesDoesNotExist();
    void aWriteWhoseSyncFailedMayExist();
    void aReplyOfANodeThatWasNotAskedDoesNotCount();
    void aReplyAboutAnotherKeyDoesNotCount();
};

void WriteOperationTest::twoOfThreeAcknowledge()
{
    Coordinating write(2);
    write.begin();
    QVERIFY(write.sent.nodes.isEmpty()); // nothing is seen before it is durable
    write.mintIsDurable();
    QCOMPARE(write.sent.nodes.size(), 2);
    QVERIFY(!write.isAcknowledged());
    write.replied(c);
    QVERIFY(write.isAcknowledged());
}

void WriteOperationTest::aJoinThatBeginsMeanwhileIsToHaveItToo()
{
    Coordinating write(2);
    write.begin();
    write.mintIsDurable();
    QVERIFY(!write.sent.nodes.contains(joiner));
    write.peers.view = RingView(ringOf({a, b, c}), ringOf({a, b, joiner}));
    write.replied(c); // enough in the ring of before, not in the one to come
    QVERIFY(!write.isAcknowledged());
    QVERIFY(write.sent.nodes.contains(joiner));
    write.replied(joiner);
    QVERIFY(write.isAcknowledged());
}

void WriteOperationTest::aReplicaThatTheChangeTookAwayNoLongerCounts()
{
    Coordinating write(2);
    write.begin();
    write.peers.view = RingView(ringOf({a, b, joiner}), ringOf({a, b, joiner}));
    write.mintIsDurable();
    write.replied(c);
    QVERIFY(!write.isAcknowledged());
    write.replied(b);
    QVERIFY(write.isAcknowledged());
}

void WriteOperationTest::whoCountedInBothRingsStillDoes()
{
    Coordinating write(2);
    write.begin();
    write.mintIsDurable();
    write.peers.view = RingView(ringOf({a, b, c}), ringOf({a, b, joiner}));
    write.replied(b);
    QVERIFY(write.isAcknowledged());
}

void WriteOperationTest::forAPrimaryThatRefusesAnotherNodeKeepsAHint()
{
    Coordinating write(3);
    write.peers.view = RingView(ringOf({a, b, c, joiner}), ringOf({a, b, c, joiner}));
    const NodeId standIn = write.standInOf();
    const std::vector<NodeId> others = write.otherPrimaries();
    write.begin();
    write.mintIsDurable();
    QVERIFY(!write.sent.nodes.contains(standIn));
    write.replied(others[0]);
    write.refused(others[1], ErrorCode::ReadOnly);
    QVERIFY(!write.answer);
    QVERIFY(write.sent.nodes.contains(standIn));
    write.replied(standIn);
    QVERIFY(write.isAcknowledged());
}

void WriteOperationTest::withoutAnotherNodeTheCoordinatorKeepsTheHintOfOneThatRefuses()
{
    Coordinating write(2);
    write.begin();
    write.mintIsDurable();
    write.replied(b);
    QVERIFY(write.isAcknowledged());
    write.refused(c, ErrorCode::ReadOnly);
    write.mintIsDurable();
    QCOMPARE(write.hintsFor(c), quint64(1));
}

void WriteOperationTest::aStandInThatRefusesIsReplacedByTheNext()
{
    Coordinating write(3);
    write.peers.view = RingView(ringOf({a, b, c, joiner}), ringOf({a, b, c, joiner}));
    const NodeId standIn = write.standInOf();
    const std::vector<NodeId> others = write.otherPrimaries();
    write.begin();
    write.mintIsDurable();
    write.refused(others[0], ErrorCode::ReadOnly);
    write.refused(standIn, ErrorCode::Unavailable); // it keeps as many hints as it may
    write.mintIsDurable();
    QCOMPARE(write.hintsFor(others[0]), quint64(1)); // nobody else is left
    QVERIFY(!write.isAcknowledged());
}

void WriteOperationTest::nobodyStandsInForOneThatIsNoReplicaByItsOwnRing()
{
    Coordinating write(3);
    write.peers.view = RingView(ringOf({a, b, c, joiner}), ringOf({a, b, c, joiner}));
    const NodeId standIn = write.standInOf();
    const std::vector<NodeId> others = write.otherPrimaries();
    write.begin();
    write.mintIsDurable();
    write.refused(others[0], ErrorCode::Unavailable);
    QVERIFY(!write.sent.nodes.contains(standIn));
    QVERIFY(write.mayExist());
}

void WriteOperationTest::aWriteThatAFullDiskRefusesDoesNotExist()
{
    Coordinating write(2);
    write.begin();
    write.store().becomeReadOnly(QStringLiteral("The disk is full."));
    QVERIFY(write.answer && !*write.answer);
    QCOMPARE(write.answer->error().error.code, ErrorCode::ReadOnly);
    QVERIFY(!write.mayExist());
}

void WriteOperationTest::aWriteWhoseSyncFailedMayExist()
{
    Coordinating write(2);
    write.begin();
    write.store().fail(QStringLiteral("A sync failed."));
    QVERIFY(write.mayExist());
    QVERIFY(write.answer->error().error.message.contains(QStringLiteral("read the key")));
}

void WriteOperationTest::aReplyOfANodeThatWasNotAskedDoesNotCount()
{
    Coordinating write(2);
    write.begin();
    QVERIFY(!write.takes(c, *Key::fromBytes("cart"))); // the dot is not durable: nothing was sent
    write.mintIsDurable();
    QVERIFY(!write.takes(joiner, *Key::fromBytes("cart")));
    QVERIFY(!write.isAcknowledged());
}

void WriteOperationTest::aReplyAboutAnotherKeyDoesNotCount()
{
    Coordinating write(2);
    write.begin();
    write.mintIsDurable();
    QVERIFY(!write.takes(b, *Key::fromBytes("basket")));
    QVERIFY(!write.isAcknowledged());
    write.replied(b);
    QVERIFY(write.isAcknowledged());
}

QTEST_GUILESS_MAIN(WriteOperationTest)
#include "write_operation_test.moc"
