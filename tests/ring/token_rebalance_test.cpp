// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/ring/ring_plan.h"
#include "nodecore/ring/token_allocation.h"
#include "nodecore/ring/token_rebalance.h"
#include "tests/ring/rings.h"

#include <QTest>

#include <algorithm>

using namespace ringmaster;

namespace {

constexpr int replicas = 3;

struct Outcome {
    double primary = 0; // largest load / share
    double replica = 0;
    double moved = 0; // slots that change their owner / the least possible
};

std::vector<RingMember> applied(std::vector<RingMember> members, const std::vector<RingMember>& moves)
{
    for (const RingMember& move : moves) {
        for (RingMember& member : members) {
            if (member.node == move.node)
                member.tokens = move.tokens;
        }
    }
    return members;
}

Outcome outcomeOf(const std::vector<RingMember>& before, const std::vector<RingMember>& after)
{
    double capacity = 0;
    for (const RingMember& member : before)
        capacity += member.capacity;
    const HashRing old(before, replicas);
    const HashRing made(after, replicas);
    Outcome outcome;
    double least = 0;
    for (const RingMember& member : after) {
        const double share = slotCount * member.capacity / capacity;
        const double copies = std::min(replicas, static_cast<int>(after.size()));
        outcome.primary = std::max(outcome.primary, made.primarySlots(member.node) / share);
        outcome.replica = std::max(outcome.replica, made.replicaSlots(member.node) /
                                                        std::min<double>(slotCount, copies * share));
        least += std::max(0.0, share - old.primarySlots(member.node));
    }
    int moved = 0;
    for (int slot = 0; slot < slotCount; ++slot) {
        const Slot at{static_cast<quint16>(slot)};
        moved += old.ownerOf(at) == made.ownerOf(at) ? 0 : 1;
    }
    outcome.moved = least < 1 ? 0 : moved / least;
    return outcome;
}

// Each node by itself: so many tokens, anywhere.
std::vector<RingMember> placedByChance(int nodes, int tokens, Random& random)
{
    std::vector<RingMember> members;
    for (int node = 0; node < nodes; ++node) {
        RingMember member = rings::member(random.next(), {});
        for (int i = 0; i < tokens; ++i)
            member.tokens.push_back(Slot{static_cast<quint16>(random.below(slotCount))});
        std::sort(member.tokens.begin(), member.tokens.end());
        member.tokens.erase(std::unique(member.tokens.begin(), member.tokens.end()), member.tokens.end());
        members.push_back(member);
    }
    return members;
}

} // namespace

class TokenRebalanceTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void handPlacedTokensComeOutEven()
    {
        const std::vector<RingMember> members{rings::member(1, {40'000}), rings::member(2, {50'000, 52'000}),
                                              rings::member(3, {60'000})};
        rings::SeededRandom random(1);
        const std::vector<RingMember> moves = rebalanceTokens(members, replicas, random);
        const Outcome outcome = outcomeOf(members, applied(members, moves));
        QVERIFY2(outcome.primary <= 1.05, qPrintable(QString::number(outcome.primary)));
        QVERIFY2(outcome.moved <= 1.001, qPrintable(QString::number(outcome.moved)));
    }

    void anyPlacementComesOutEven_data()
    {
        QTest::addColumn<int>("nodes");
        QTest::addColumn<int>("tokens");
        for (const int nodes : {2, 3, 5, 10, 30}) {
            for (const int tokens : {1, 4, 64})
                QTest::addRow("%d nodes with %d tokens each", nodes, tokens) << nodes << tokens;
        }
    }
    void anyPlacementComesOutEven()
    {
        QFETCH(int, nodes);
        QFETCH(int, tokens);
        const quint64 seed = rings::chosenSeed();
        rings::SeededRandom random(seed);
        Outcome worst;
        for (int round = 0; round < 5; ++round) {
            const std::vector<RingMember> members = placedByChance(nodes, tokens, random);
            const std::vector<RingMember> after =
                applied(members, rebalanceTokens(members, replicas, random));
            const Outcome outcome = outcomeOf(members, after);
            worst = {std::max(worst.primary, outcome.primary), std::max(worst.replica, outcome.replica),
                     std::max(worst.moved, outcome.moved)};
            rings::SeededRandom again(seed);
            QVERIFY(rebalanceTokens(after, replicas, again).empty());
        }
        qInfo("primary %.3f, replica %.3f of a share; slots moved / least %.3f; seed %llu", worst.primary,
              worst.replica, worst.moved, seed);
        QVERIFY2(worst.primary <= 1.05, qPrintable(QString::number(worst.primary)));
        QVERIFY2(worst.moved <= 1.1, qPrintable(QString::number(worst.moved)));
    }

    void whoOwnsNothingBecauseOthersHaveItsTokensGetsAShareToo()
    {
        const std::vector<RingMember> members{rings::member(1, {20'000}), rings::member(2, {50'000}),
                                              rings::member(3, {20'000}), rings::member(4, {20'000, 50'000})};
        rings::SeededRandom random(2);
        const std::vector<RingMember> after = applied(members, rebalanceTokens(members, replicas, random));
        const HashRing ring(after, replicas);
        for (const RingMember& member : after)
            QVERIFY(ring.primarySlots(member.node) > slotCount * 0.24);
        QVERIFY(rebalanceTokens(after, replicas, random).empty());
    }

    void shareFollowsCapacity()
    {
        rings::SeededRandom random(3);
        std::vector<RingMember> members = placedByChance(4, 16, random);
        members.front().capacity = 3;
        const std::vector<RingMember> after = applied(members, rebalanceTokens(members, replicas, random));
        QVERIFY(outcomeOf(members, after).primary <= 1.05);
        QVERIFY(HashRing(after, replicas).primarySlots(members.front().node) > slotCount * 0.48);
    }

    void zonesKeepTheirReplicasApart()
    {
        rings::SeededRandom random(5);
        std::vector<RingMember> members = placedByChance(9, 16, random);
        for (size_t i = 0; i < members.size(); ++i)
            members[i].zone = QString::number(i % 3);
        const std::vector<RingMember> after = applied(members, rebalanceTokens(members, replicas, random));
        const Outcome outcome = outcomeOf(members, after);
        QVERIFY(outcome.primary <= 1.05);
        QVERIFY2(outcome.replica <= 1.3, qPrintable(QString::number(outcome.replica)));
    }

    void thoseThatAreEvenStay()
    {
        rings::SeededRandom random(7);
        std::vector<RingMember> members;
        for (int node = 0; node < 6; ++node) {
            RingMember joiner{NodeId{random.next()}, {}, {}, 1.0};
            joiner.tokens = allocateTokens(members, joiner, 64, replicas, random);
            members.push_back(joiner);
        }
        QVERIFY(rebalanceTokens(members, replicas, random).empty());
        // One that has but a few tokens owns little: it alone moves.
        members.back().tokens.resize(20);
        const std::vector<RingMember> moves = rebalanceTokens(members, replicas, random);
        QCOMPARE(moves.size(), size_t{1});
        QCOMPARE(moves.front().node, members.back().node);
    }

    void anEmptyRingAndALoneNodeHaveNothingToDo()
    {
        rings::SeededRandom random(9);
        QVERIFY(rebalanceTokens({}, replicas, random).empty());
        QVERIFY(rebalanceTokens({rings::member(1, {})}, replicas, random).empty());
        QVERIFY(rebalanceTokens({rings::member(1, {5})}, replicas, random).empty());
    }

    void tokensThatDoNothingAreGivenUp()
    {
        // Each of 2's cuts begins where its own range ends.
        const std::vector<RingMember> members{rings::member(1, {50'000}), rings::member(2, {60'000})};
        rings::SeededRandom random(11);
        const std::vector<RingMember> after = applied(members, rebalanceTokens(members, replicas, random));
        const HashRing ring(after, replicas);
        for (size_t i = 0; i < ring.tokens().size(); ++i) {
            const NodeId next = ring.tokens()[(i + 1) % ring.tokens().size()].node;
            QVERIFY(ring.tokens()[i].node != next || ring.tokens().size() < 2);
        }
    }
};

QTEST_GUILESS_MAIN(TokenRebalanceTest)
#include "token_rebalance_test.moc"
