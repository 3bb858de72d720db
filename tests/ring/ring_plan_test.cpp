// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/ring/ring_plan.h"
#include "tests/ring/rings.h"

#include <QTest>

#include <algorithm>
#include <iterator>

using namespace ringmaster;
using rings::member;

namespace {

Slot slot(int value)
{
    return Slot{static_cast<quint16>(value)};
}

using Holders = std::vector<NodeId>; // ascending

Holders holdersOf(const HashRing& ring, int at)
{
    Holders holders = ring.preferenceList(slot(at));
    std::sort(holders.begin(), holders.end());
    return holders;
}

Holders minus(const Holders& from, const Holders& what)
{
    Holders rest;
    std::set_difference(from.begin(), from.end(), what.begin(), what.end(), std::back_inserter(rest));
    return rest;
}

bool contains(const Holders& holders, NodeId node)
{
    return std::binary_search(holders.begin(), holders.end(), node);
}

// What a plan says of each slot. Its moves and losses are in the order of nodes, so these are ascending.
struct BySlot {
    std::vector<Holders> gaining = std::vector<Holders>(slotCount);
    std::vector<Holders> losing = std::vector<Holders>(slotCount);
    std::vector<Holders> sources = std::vector<Holders>(slotCount);

    explicit BySlot(const RingPlan& plan)
    {
        for (const RingMove& move : plan.moves) {
            for (size_t i = move.range.first.value; i <= move.range.last.value; ++i) {
                gaining[i].push_back(move.to);
                sources[i].push_back(move.from);
            }
        }
        for (const RingLoss& loss : plan.losses) {
            for (size_t i = loss.range.first.value; i <= loss.range.last.value; ++i)
                losing[i].push_back(loss.node);
        }
    }
};

void compareSlotBySlot(const HashRing& before, const HashRing& after)
{
    const RingPlan plan = planRing(before, after);
    const BySlot said(plan);
    qint64 moved = 0;
    for (int i = 0; i < slotCount; ++i) {
        const auto at = static_cast<size_t>(i);
        const Holders held = holdersOf(before, i);
        const Holders gaining = minus(holdersOf(after, i), held);
        if (said.gaining[at] != gaining || said.losing[at] != minus(held, holdersOf(after, i)))
            QFAIL(qPrintable(QStringLiteral("slot %1").arg(i)));
        for (const NodeId source : said.sources[at])
            QVERIFY(contains(before.isEmpty() ? gaining : held, source));
        moved += static_cast<qint64>(gaining.size());
    }
    QCOMPARE(plan.slotsMoved(), moved);
    for (const RingLoad& load : plan.loads) {
        QCOMPARE(load.primaryBefore, before.primarySlots(load.node));
        QCOMPARE(load.primaryAfter, after.primarySlots(load.node));
        QCOMPARE(load.replicaBefore, before.replicaSlots(load.node));
        QCOMPARE(load.replicaAfter, after.replicaSlots(load.node));
    }
    QCOMPARE(plan.loads.size(), before.nodes().size() + minus(after.nodes(), before.nodes()).size());
}

} // namespace

class RingPlanTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void nothingMovesBetweenEqualRings()
    {
        const HashRing ring({member(1, {100}), member(2, {200})}, 1);
        const RingPlan plan = planRing(ring, ring);
        QVERIFY(plan.moves.empty());
        QVERIFY(plan.losses.empty());
        QCOMPARE(plan.loads.size(), size_t{2});
    }

    void aJoinerCopiesFromTheNodeThatGivesUpTheRange()
    {
        const HashRing before({member(1, {100}), member(2, {200})}, 1);
        const HashRing after({member(1, {100}), member(2, {200}), member(3, {150})}, 1);
        const RingPlan plan = planRing(before, after);
        const SlotRange range{slot(101), slot(150)};
        QVERIFY((plan.moves == std::vector<RingMove>{{range, NodeId{2}, NodeId{3}}}));
        QVERIFY((plan.losses == std::vector<RingLoss>{{range, NodeId{2}}}));
        QVERIFY((plan.loads[1] == RingLoad{NodeId{2}, 100, 50, 100, 50}));
        QVERIFY((plan.loads[2] == RingLoad{NodeId{3}, 0, 50, 0, 50}));
        QCOMPARE(plan.slotsMoved(), 50);
    }

    void whereNobodyGivesUpTheRangeTheFirstHolderIsCopiedFrom()
    {
        const HashRing before({member(1, {100}), member(2, {65535})}, 1);
        const HashRing after({member(1, {100}), member(2, {65535})}, 2);
        const RingPlan plan = planRing(before, after);
        QVERIFY((plan.moves == std::vector<RingMove>{{{slot(101), slot(65535)}, NodeId{2}, NodeId{1}},
                                                     {{slot(0), slot(100)}, NodeId{1}, NodeId{2}}}));
        QVERIFY(plan.losses.empty());
    }

    void anEmptyRingHasNothingToCopy()
    {
        const HashRing after({member(1, {100})}, 3);
        const RingPlan plan = planRing(HashRing(), after);
        QVERIFY((plan.moves == std::vector<RingMove>{{{slot(0), slot(65535)}, NodeId{1}, NodeId{1}}}));
        QVERIFY(planRing(after, HashRing()).moves.empty());
        QCOMPARE(planRing(after, HashRing()).losses.size(), size_t{1});
        QVERIFY(planRing(HashRing(), HashRing()).loads.empty());
    }

    void rangesAreAsLongAsCanBe()
    {
        // The token at 120 changes nothing about who holds what.
        const HashRing before({member(1, {100}), member(2, {120, 200})}, 1);
        const HashRing after({member(1, {100}), member(3, {200})}, 1);
        const RingPlan plan = planRing(before, after);
        QVERIFY((plan.moves == std::vector<RingMove>{{{slot(101), slot(200)}, NodeId{2}, NodeId{3}}}));
        QCOMPARE(plan.losses.size(), size_t{1});
    }

    void agreesWithAComparisonSlotBySlot()
    {
        const quint64 seed = rings::chosenSeed();
        qInfo("RINGMASTER_SEED=%llu", seed);
        rings::SeededRandom random(seed);
        for (int round = 0; round < 2 && !QTest::currentTestFailed(); ++round) {
            std::vector<RingMember> members = rings::randomMembers(random);
            const auto replicas = static_cast<int>(1 + random.below(4));
            const HashRing before(members, replicas);
            compareSlotBySlot(before, HashRing(rings::randomMembers(random), replicas));
            members.erase(members.begin() + static_cast<std::ptrdiff_t>(random.below(members.size())));
            compareSlotBySlot(before, HashRing(members, replicas)); // one leaves
            compareSlotBySlot(HashRing(members, replicas), before); // one joins
        }
    }
};

QTEST_GUILESS_MAIN(RingPlanTest)
#include "ring_plan_test.moc"
