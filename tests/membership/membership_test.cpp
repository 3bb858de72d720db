// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/membership/identity.h"
#include "nodecore/membership/member_table.h"
#include "nodecore/storage/memory_store.h"
#include "tests/support/virtual_time.h"

#include <QtTest>

#include <algorithm>
#include <cmath>

using namespace ringmaster;
using namespace std::chrono_literals;

class MembershipTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void tokensFollowCapacity()
    {
        QCOMPARE(tokensFor(64, 1), 64);
        QCOMPARE(tokensFor(64, 2.5), 160);
        QCOMPARE(tokensFor(64, 0.01), 1);
        QCOMPARE(tokensFor(64, 100), 1024);
        QCOMPARE(tokensFor(4096, 1), 4096); // asked for by its number
        QCOMPARE(tokensFor(4096, 2), 4096);
    }

    void tablesMergeToTheSameInAnyOrder();
    void anOlderRecordChangesNothing();
    void removedIsFinalWhateverTheVersionsAre();
    void onlyReadyAndLeavingMembersAreOnTheRing();
    void changesAreMadeOneAfterTheOther();
    void removalsComeTogetherAndFirst();
    void aDamagedTableIsRefused();
    void aNamesIdDependsOnItsGeneration();
    void aStoreRemembersWhoseItIs();
    void aCopiedStoreGetsANewActor();
    void aRelaxedStoreThatWasNotStoppedGetsANewActor();
};

namespace {

Member member(const QString& name, quint64 version, MemberState state = MemberState::Ready)
{
    Member record;
    record.name = name;
    record.id = nodeIdFor(name, 0);
    record.state = state;
    record.version = version;
    record.tokens = {Slot{static_cast<quint16>(version * 100)}};
    return record;
}

} // namespace

void MembershipTest::tablesMergeToTheSameInAnyOrder()
{
    const quint64 seed = 99;
    qInfo("seed %llu", seed);
    SeededRandom random(seed);
    std::vector<Member> records;
    for (int i = 0; i < 40; ++i) {
        Member record = member(QStringLiteral("n%1").arg(random.below(5)), random.below(6));
        if (random.below(8) == 0)
            record = removedRecord(record, NodeId{1 + random.below(3)});
        if (record.state == MemberState::Removed && random.below(3) == 0)
            record = writtenOffRecord(record);
        record.zone = QStringLiteral("z%1").arg(random.below(3)); // so that equal versions may differ
        records.push_back(record);
    }
    std::optional<QByteArray> first;
    for (int round = 0; round < 50; ++round) {
        for (size_t i = records.size(); i > 1; --i)
            std::swap(records[i - 1], records[random.below(i)]);
        MemberTable table;
        for (const Member& record : records)
            table.merge(record);
        if (!first)
            first = table.encoded();
        QCOMPARE(table.encoded(), *first);
        const Result<MemberTable> back = MemberTable::decode(table.encoded());
        QVERIFY(back);
        QCOMPARE(back->digest(), table.digest());
    }
}

void MembershipTest::anOlderRecordChangesNothing()
{
    MemberTable table;
    QVERIFY(table.merge(member(QStringLiteral("n1"), 5)));
    const quint64 digest = table.digest();
    QVERIFY(!table.merge(member(QStringLiteral("n1"), 4)));
    QVERIFY(!table.merge(member(QStringLiteral("n1"), 5)));
    QCOMPARE(table.digest(), digest);
    QVERIFY(table.merge(member(QStringLiteral("n1"), 6)));
    QVERIFY(table.digest() != digest);
}

void MembershipTest::removedIsFinalWhateverTheVersionsAre()
{
    MemberTable table;
    QVERIFY(table.merge(member(QStringLiteral("n1"), 9)));
    QVERIFY(table.merge(removedRecord(member(QStringLiteral("n1"), 3), NodeId{1})));
    QVERIFY(!table.merge(member(QStringLiteral("n1"), 12)));
    QCOMPARE(table.find(nodeIdFor(QStringLiteral("n1"), 0))->state, MemberState::Removed);
}

void MembershipTest::onlyReadyAndLeavingMembersAreOnTheRing()
{
    MemberTable table;
    const std::vector<MemberState> states = {
        MemberState::Starting, MemberState::Standby, MemberState::New,  MemberState::Pending,
        MemberState::Ready,    MemberState::Leaving, MemberState::Left, MemberState::Removed};
    for (size_t i = 0; i < states.size(); ++i)
        table.merge(member(QStringLiteral("n%1").arg(i), i, states[i]));
    QCOMPARE(table.ringMembers().size(), size_t(2));
}

namespace {

// Four members of one token each; so many of them are leaving, the smallest ids first.
std::vector<Member> fourWithLeavers(size_t leavers)
{
    std::vector<Member> members;
    for (int i = 0; i < 4; ++i) {
        members.push_back(member(QStringLiteral("n%1").arg(i), 1));
        members.back().tokens = {Slot{static_cast<quint16>(1000 * i)}};
    }
    std::sort(members.begin(), members.end(), [](const Member& a, const Member& b) { return a.id < b.id; });
    for (size_t i = 0; i < leavers; ++i) {
        members[i].state = MemberState::Leaving;
        members[i].target = std::vector<Slot>();
    }
    return members;
}

MemberTable tableOf(const std::vector<Member>& members)
{
    MemberTable table;
    for (const Member& each : members)
        table.merge(each);
    return table;
}

std::vector<NodeId> idsFrom(const std::vector<Member>& members, size_t first)
{
    std::vector<NodeId> ids;
    for (size_t i = first; i < members.size(); ++i)
        ids.push_back(members[i].id);
    return ids;
}

} // namespace

// A ring that was neither the one of before nor the one that was copied for must never count.
void MembershipTest::changesAreMadeOneAfterTheOther()
{
    std::vector<Member> members = fourWithLeavers(2);
    QCOMPARE(tableOf(members).changersNow(), std::set<NodeId>{members[0].id});
    const std::vector<NodeId> announced = tableOf(members).rings(2).next().nodes();
    QCOMPARE(announced, idsFrom(members, 1));
    members[0].state = MemberState::Left;
    members[0].target.reset();
    members[0].tokens.clear();
    const MemberTable table = tableOf(members);
    QCOMPARE(table.rings(2).current().nodes(), announced);
    QCOMPARE(table.changersNow(), std::set<NodeId>{members[1].id});
    QCOMPARE(table.rings(2).next().nodes(), idsFrom(members, 2));
}

void MembershipTest::removalsComeTogetherAndFirst()
{
    std::vector<Member> members = fourWithLeavers(3);
    members[1].isRemoval = true;
    members[2].isRemoval = true;
    const MemberTable table = tableOf(members);
    QCOMPARE(table.changersNow(), (std::set<NodeId>{members[1].id, members[2].id}));
    QCOMPARE(table.rings(2).next().nodes(), (std::vector<NodeId>{members[0].id, members[3].id}));
}

void MembershipTest::aDamagedTableIsRefused()
{
    MemberTable table;
    table.merge(member(QStringLiteral("n1"), 1));
    table.merge(member(QStringLiteral("n2"), 1));
    const QByteArray whole = table.encoded();
    for (qsizetype n = 0; n < whole.size(); ++n)
        QVERIFY(!MemberTable::decode(QByteArrayView(whole).first(n)));
}

void MembershipTest::aNamesIdDependsOnItsGeneration()
{
    QCOMPARE(nodeIdFor(QStringLiteral("n1"), 0), nodeIdFor(QStringLiteral("n1"), 0));
    QVERIFY(nodeIdFor(QStringLiteral("n1"), 0) != nodeIdFor(QStringLiteral("n1"), 1));
    QVERIFY(nodeIdFor(QStringLiteral("n1"), 0) != nodeIdFor(QStringLiteral("n2"), 0));
    QVERIFY(isValidNodeName(QStringLiteral("a-Z_0.9")));
    for (const char* bad : {"", "a b", "a/b", "ü"})
        QVERIFY(!isValidNodeName(QString::fromUtf8(bad)));
    QVERIFY(!isValidNodeName(QString(65, QChar(u'a'))));
}

void MembershipTest::aStoreRemembersWhoseItIs()
{
    MemoryStore store(MemoryStore::Commit::AtOnce);
    QVERIFY(!recall(store)->identity);
    const Identity mine{QStringLiteral("demo"), QStringLiteral("n1"), Partitioner::Md5, 3};
    WriteBatch batch;
    rememberIdentity(batch, mine, ActorId{42});
    store.write(std::move(batch), [](const Result<void>&) {});
    const Result<Remembered> remembered = recall(store);
    QVERIFY(remembered);
    QVERIFY(remembered->identity == mine);
    QVERIFY(remembered->actor == ActorId{42});
    QVERIFY(checkIdentity(remembered->identity, mine));
    Identity other = mine;
    other.cluster = QStringLiteral("prod");
    QCOMPARE(checkIdentity(remembered->identity, other).error().code, ErrorCode::Conflict);
}

namespace {

MemoryStore storeOf(ActorId actor)
{
    MemoryStore store(MemoryStore::Commit::AtOnce);
    WriteBatch batch;
    rememberIdentity(batch, {QStringLiteral("demo"), QStringLiteral("n1"), Partitioner::Md5, 0}, actor);
    store.write(std::move(batch), {});
    return store;
}

} // namespace

void MembershipTest::aCopiedStoreGetsANewActor()
{
    SeededRandom random(1);
    MemoryStore store = storeOf(ActorId{42});
    const MemoryStore backup = store;
    const Remembered remembered = *recall(store);
    store.crash();
    QCOMPARE(chooseActor(remembered, store, random), ActorId{42});
    store.restore(backup);
    QVERIFY(chooseActor(remembered, store, random) != ActorId{42});
    QVERIFY(chooseActor({}, store, random) != chooseActor({}, store, random));
}

void MembershipTest::aRelaxedStoreThatWasNotStoppedGetsANewActor()
{
    SeededRandom random(1);
    MemoryStore store = storeOf(ActorId{42});
    const Remembered remembered = *recall(store);
    store.setRelaxed(true);
    WriteBatch batch;
    batch.put(SideTable::Meta, "something", "v");
    store.write(batch, {});
    store.reopen();
    QCOMPARE(chooseActor(remembered, store, random), ActorId{42});
    store.write(batch, {});
    store.crash();
    QVERIFY(chooseActor(remembered, store, random) != ActorId{42});
}

QTEST_GUILESS_MAIN(MembershipTest)
#include "membership_test.moc"
