// SPDX-License-Identifier: GPL-3.0-or-later
// The plain values that removals are decided by: votes, lease, opposing tables.
#include "nodecore/membership/absence_watch.h"
#include "nodecore/membership/acknowledge_lease.h"
#include "nodecore/membership/opposing_removals.h"
#include "nodecore/membership/removal_majority.h"
#include "tests/support/virtual_time.h"

#include <QtTest>

using namespace ringmaster;
using namespace std::chrono_literals;

class RemovalPartsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aMajorityCountsTheOneInQuestionAsSilent();
    void whoHasNotSaidAnythingIsNoVote();
    void theLeaseNeedsHalfOfTheRing();
    void theLeaseEndsBeforeAVoterOnAFastClockAgrees();
    void theLeaseCountsFromTheQuestion();
    void aVoteCountsOnlyInAFreshAnswer();
    void aVoterGrantsNoLeaseAsLongAsItsVoteCounts();
    void aMessageOfTheAbsentOneBeginsItsAbsenceAnew();
    void whoExpectsNoRemovalIsNotVotedOn();
    void aRingThatGrewSinceGivesNoMajority();
    void aRecordOfARemovalComesBackAsItWas();
    void aRecordOfAnEarlierProgramIsRead();
    void writtenOffWinsOverRemoved();
    void oneOfTwoOpposingRemovalsStands();
    void itStandsInWhateverOrderItIsHeardOf();
    void moreSupportersStand();
    void somebodyIsLeftOfACircle();
    void removalsOfOneSideDoNotOppose();
};

namespace {

const std::vector<NodeId> five = {NodeId{1}, NodeId{2}, NodeId{3}, NodeId{4}, NodeId{5}};

MonoTime at(Duration since)
{
    return MonoTime{since};
}

Member member(int number)
{
    Member record;
    record.name = QStringLiteral("n%1").arg(number);
    record.id = nodeIdFor(record.name, 0);
    record.state = MemberState::Ready;
    record.version = 1;
    record.tokens = {Slot{static_cast<quint16>(number * 1000)}};
    return record;
}

NodeId idOf(int number)
{
    return member(number).id;
}

// n1..count on the ring.
MemberTable tableOf(int count)
{
    MemberTable table;
    for (int i = 1; i <= count; ++i)
        table.merge(member(i));
    return table;
}

MemberTable removing(MemberTable table, const std::vector<int>& gone, int by, quint32 supporters)
{
    for (const int number : gone) {
        Member record = *table.find(idOf(number));
        record.supporters = supporters;
        table.merge(removedRecord(record, idOf(by)));
    }
    return table;
}

// As Membership takes a table.
MemberTable merged(const MemberTable& ours, const MemberTable& theirs)
{
    MemberTable result = ours;
    const OpposingRemovals opposing(ours, theirs);
    for (const Member& member : opposing.restored())
        result.restore(member);
    for (const auto& [id, member] : theirs.members()) {
        if (!opposing.isVoid(member))
            result.merge(member);
    }
    return result;
}

std::set<NodeId> removedIn(const MemberTable& table)
{
    std::set<NodeId> removed;
    for (const auto& [id, member] : table.members()) {
        if (member.state == MemberState::Removed)
            removed.insert(id);
    }
    return removed;
}

} // namespace

void RemovalPartsTest::aMajorityCountsTheOneInQuestionAsSilent()
{
    const auto votes = countAbsenceVotes(NodeId{4}, {NodeId{1}, NodeId{2}, NodeId{3}, NodeId{4}},
                                         [](NodeId) { return std::optional(true); });
    QCOMPARE(votes.unreachable.size(), 3u);
    QCOMPARE(votes.silent, std::vector<NodeId>{NodeId{4}});
    QVERIFY(votes.isMajority());
    const auto ofTwo =
        countAbsenceVotes(NodeId{2}, {NodeId{1}, NodeId{2}}, [](NodeId) { return std::optional(true); });
    QVERIFY(!ofTwo.isMajority());
}

void RemovalPartsTest::whoHasNotSaidAnythingIsNoVote()
{
    const auto votes = countAbsenceVotes(NodeId{5}, five, [](NodeId observer) -> std::optional<bool> {
        if (observer == NodeId{1} || observer == NodeId{2})
            return true;
        return observer == NodeId{3} ? std::optional(false) : std::nullopt;
    });
    QCOMPARE(votes.reaching, std::vector<NodeId>{NodeId{3}});
    QCOMPARE(votes.silent.size(), 2u);
    QVERIFY(!votes.isMajority());
}

void RemovalPartsTest::theLeaseNeedsHalfOfTheRing()
{
    AcknowledgeLease lease(10s);
    lease.granted(NodeId{2}, at(1s));
    QVERIFY(!lease.isHeld(NodeId{1}, five, at(1s)));
    lease.granted(NodeId{3}, at(1s));
    QVERIFY(lease.isHeld(NodeId{1}, five, at(1s)));
    QVERIFY(lease.isHeld(NodeId{1}, {NodeId{1}, NodeId{2}, NodeId{8}, NodeId{9}}, at(1s)));
    QVERIFY(lease.isHeld(NodeId{1}, {NodeId{1}, NodeId{9}}, at(100s))); // of two nobody is ever removed
    QVERIFY(AcknowledgeLease(Duration{0}).isHeld(NodeId{1}, five, at(100s)));
}

void RemovalPartsTest::theLeaseEndsBeforeAVoterOnAFastClockAgrees()
{
    for (const Duration after : {Duration(10s), Duration(30min), Duration(24h)}) {
        const AcknowledgeLease lease(after);
        // In real time: this node's clock is 1 % slow, the voter's 1 % fast.
        QVERIFY(double(lease.length().count()) * 1.0101 < double(after.count()) / 1.01);
    }
}

void RemovalPartsTest::theLeaseCountsFromTheQuestion()
{
    AcknowledgeLease lease(10s);
    lease.granted(NodeId{2}, at(5s));
    lease.granted(NodeId{2}, at(3s)); // an answer that was long under way takes nothing back
    lease.granted(NodeId{3}, at(5s));
    QVERIFY(lease.isHeld(NodeId{1}, five, at(14s)));
    QVERIFY(!lease.isHeld(NodeId{1}, five, at(15s)));
}

void RemovalPartsTest::aVoteCountsOnlyInAFreshAnswer()
{
    AbsenceWatch watch(10s);
    watch.observed(NodeId{5}, true, five, at(0s));
    const std::vector<AbsenceWatch::Absence> vote{{NodeId{5}, 12, true}};
    watch.said(NodeId{2}, vote, std::nullopt); // unasked
    watch.said(NodeId{3}, vote, at(12s));
    QVERIFY(!watch.isAgreed(NodeId{5}, NodeId{1}, five, at(13s)));
    watch.said(NodeId{2}, vote, at(12s));
    QVERIFY(watch.isAgreed(NodeId{5}, NodeId{1}, five, at(13s)));
    QVERIFY(!watch.isAgreed(NodeId{5}, NodeId{1}, five, at(16s)));
    watch.said(NodeId{2}, vote, at(15s));
    watch.said(NodeId{3}, vote, at(15s));
    QVERIFY(watch.isAgreed(NodeId{5}, NodeId{1}, five, at(16s)));
    watch.said(NodeId{3}, {}, std::nullopt); // it is back there
    QVERIFY(!watch.isAgreed(NodeId{5}, NodeId{1}, five, at(16s)));
}

void RemovalPartsTest::aVoterGrantsNoLeaseAsLongAsItsVoteCounts()
{
    AbsenceWatch watch(10s);
    watch.observed(NodeId{5}, true, five, at(0s));
    QVERIFY(!watch.say({}, true, at(9s)).front().agrees);
    QVERIFY(watch.mayGrantLease(NodeId{5}, at(9s)));
    QVERIFY(!watch.say({}, false, at(11s)).front().agrees); // not asked
    QVERIFY(watch.say({}, true, at(11s)).front().agrees);
    watch.heard(NodeId{5}, at(12s));
    QVERIFY(!watch.mayGrantLease(NodeId{5}, at(12s)));
    QVERIFY(!watch.mayGrantLease(NodeId{5}, at(11s) + AbsenceWatch::freshFor + 1s));
    QVERIFY(watch.mayGrantLease(NodeId{5}, at(17s)));
}

void RemovalPartsTest::aMessageOfTheAbsentOneBeginsItsAbsenceAnew()
{
    AbsenceWatch watch(10s);
    watch.observed(NodeId{5}, true, five, at(0s));
    watch.heard(NodeId{5}, at(8s));
    QVERIFY(watch.longAbsent(at(17s)).empty());
    QCOMPARE(watch.longAbsent(at(18s)), std::vector<NodeId>{NodeId{5}});
}

void RemovalPartsTest::whoExpectsNoRemovalIsNotVotedOn()
{
    AbsenceWatch watch(10s);
    watch.expects(NodeId{5}, Duration{0}); // it asks for no lease
    watch.expects(NodeId{4}, 60s);
    watch.observed(NodeId{5}, true, five, at(0s));
    watch.observed(NodeId{4}, true, five, at(0s));
    QVERIFY(watch.longAbsent(at(59s)).empty());
    QCOMPARE(watch.longAbsent(at(60s)), std::vector<NodeId>{NodeId{4}});
}

void RemovalPartsTest::aRingThatGrewSinceGivesNoMajority()
{
    AbsenceWatch watch(10s);
    watch.observed(NodeId{5}, true, five, at(0s));
    const std::vector<AbsenceWatch::Absence> vote{{NodeId{5}, 12, true}};
    for (const NodeId joined : {NodeId{6}, NodeId{7}, NodeId{8}})
        watch.said(joined, vote, at(12s));
    watch.said(NodeId{2}, vote, at(12s));
    std::vector<NodeId> grown = five;
    grown.insert(grown.end(), {NodeId{6}, NodeId{7}, NodeId{8}});
    QVERIFY(!watch.isAgreed(NodeId{5}, NodeId{1}, grown, at(12s)));
    watch.said(NodeId{3}, vote, at(12s));
    QVERIFY(watch.isAgreed(NodeId{5}, NodeId{1}, grown, at(12s)));
}

void RemovalPartsTest::aRecordOfARemovalComesBackAsItWas()
{
    Member record = removedRecord(member(1), idOf(2));
    record.isForced = true;
    ByteWriter to;
    record.encode(to);
    QCOMPARE(decodeMemberRecord(to.result()), std::optional(record));
    QVERIFY(record.mayGiveBack);
    Member waiting = member(3);
    waiting.state = MemberState::Standby;
    QVERIFY(!removedRecord(waiting, idOf(2)).mayGiveBack);
}

// It ends with the program's version, and nobody waits for what such a removed member holds.
void RemovalPartsTest::aRecordOfAnEarlierProgramIsRead()
{
    Member record = removedRecord(member(1), idOf(2));
    record.removedBy = NodeId{};
    record.mayGiveBack = false;
    ByteWriter to;
    record.encode(to);
    const auto read = decodeMemberRecord(to.result());
    QCOMPARE(read, std::optional(record));
    QVERIFY(!decodeMemberRecord(to.result() + QByteArray(1, '\1')));
}

void RemovalPartsTest::writtenOffWinsOverRemoved()
{
    MemberTable table;
    Member removed = removedRecord(member(1), idOf(2));
    const Member writtenOff = writtenOffRecord(removed);
    removed.version += 10;
    table.merge(writtenOff);
    QVERIFY(!table.merge(removed));
    QVERIFY(!table.find(idOf(1))->mayGiveBack);
}

void RemovalPartsTest::oneOfTwoOpposingRemovalsStands()
{
    const MemberTable one = removing(tableOf(4), {3, 4}, 1, 2);
    const MemberTable other = removing(tableOf(4), {1, 2}, 3, 2);
    const MemberTable ofOne = merged(one, other);
    QCOMPARE(ofOne.digest(), merged(other, one).digest());
    QCOMPARE(removedIn(ofOne),
             idOf(1) < idOf(3) ? (std::set<NodeId>{idOf(3), idOf(4)}) : (std::set<NodeId>{idOf(1), idOf(2)}));
}

// Some nodes have seen a part of a side's removals only.
void RemovalPartsTest::itStandsInWhateverOrderItIsHeardOf()
{
    const std::vector<MemberTable> tables = {
        tableOf(4),
        removing(tableOf(4), {3}, 1, 2),
        removing(tableOf(4), {4}, 1, 2),
        removing(tableOf(4), {3, 4}, 1, 2),
        removing(tableOf(4), {1}, 3, 2),
        removing(tableOf(4), {1, 2}, 3, 2),
    };
    const quint64 seed = 7;
    qInfo("seed %llu", seed);
    SeededRandom random(seed);
    for (int round = 0; round < 200; ++round) {
        std::vector<MemberTable> nodes;
        for (int node = 0; node < 4; ++node)
            nodes.push_back(tables[size_t(random.below(tables.size()))]);
        nodes.push_back(tables[3]); // the authors know all that they did
        nodes.push_back(tables[5]);
        for (int step = 0; step < 500; ++step) {
            MemberTable& to = nodes[size_t(random.below(nodes.size()))];
            to = merged(to, nodes[size_t(random.below(nodes.size()))]);
        }
        for (const MemberTable& node : nodes)
            QCOMPARE(node.digest(), nodes.front().digest());
        QCOMPARE(removedIn(nodes.front()), removedIn(merged(tables[3], tables[5])));
    }
}

void RemovalPartsTest::moreSupportersStand()
{
    const MemberTable larger = removing(tableOf(5), {4, 5}, 1, 3);
    const MemberTable smaller = removing(tableOf(5), {1, 2, 3}, 4, 2);
    const std::set<NodeId> gone{idOf(4), idOf(5)};
    QCOMPARE(removedIn(merged(larger, smaller)), gone);
    QCOMPARE(removedIn(merged(smaller, larger)), gone);
}

// Of each side two have removed, one the author of the other's.
void RemovalPartsTest::somebodyIsLeftOfACircle()
{
    for (int turn = 0; turn < 4; ++turn) {
        const auto at = [turn](int number) { return 1 + (number + turn) % 4; };
        const MemberTable one = removing(removing(tableOf(4), {at(1)}, at(0), 2), {at(2)}, at(3), 2);
        const MemberTable other = removing(removing(tableOf(4), {at(0)}, at(2), 2), {at(3)}, at(1), 2);
        const MemberTable together = merged(one, other);
        QCOMPARE(together.digest(), merged(other, one).digest());
        QVERIFY(removedIn(together).size() < 4);
    }
}

void RemovalPartsTest::removalsOfOneSideDoNotOppose()
{
    const MemberTable none = tableOf(5);
    const MemberTable one = removing(none, {4}, 1, 3);
    const MemberTable other = removing(none, {5}, 2, 3);
    QCOMPARE(removedIn(merged(one, other)), (std::set<NodeId>{idOf(4), idOf(5)}));
    // n1 removed n4, and was removed itself later.
    const MemberTable later = removing(one, {1}, 2, 4);
    const std::set<NodeId> both{idOf(1), idOf(4)};
    QCOMPARE(removedIn(merged(later, one)), both);
    QCOMPARE(removedIn(merged(one, later)), both);
    QCOMPARE(removedIn(merged(removing(none, {1}, 2, 4), later)), both);
}

QTEST_GUILESS_MAIN(RemovalPartsTest)
#include "removal_parts_test.moc"
