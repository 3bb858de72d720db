// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/ring/ring_plan.h"
#include "nodecore/ring/token_allocation.h"
#include "tests/ring/rings.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

using namespace ringmaster;

namespace {

struct Balance {
    double primary = 0;    // largest load / mean
    double replica = 0;    // the same of replica loads
    double joinerMove = 0; // slots that the last to join holds as a replica / its fair share
};

void keepWorst(Balance& worst, const Balance& now)
{
    worst.primary = std::max(worst.primary, now.primary);
    worst.replica = std::max(worst.replica, now.replica);
    worst.joinerMove = std::max(worst.joinerMove, now.joinerMove);
}

// Loads by capacity, against the mean load by capacity.
Balance balanceOf(const std::vector<RingMember>& members, int replicas)
{
    double capacity = 0;
    for (const RingMember& member : members)
        capacity += member.capacity;
    const double copies = std::min(replicas, static_cast<int>(members.size()));
    std::map<NodeId, double> shares;
    for (const RingMember& member : members)
        shares[member.node] = slotCount * member.capacity / capacity;
    Balance balance;
    for (const RingLoad& load : planRing(HashRing(), HashRing(members, replicas)).loads) {
        const double share = shares[load.node];
        const double replica = load.replicaAfter / (copies * share);
        balance.primary = std::max(balance.primary, load.primaryAfter / share);
        balance.replica = std::max(balance.replica, replica);
        if (load.node == members.back().node)
            balance.joinerMove = replica;
    }
    return balance;
}

RingMember join(std::vector<RingMember>& members, quint64 node, int tokens, int replicas, Random& random,
                double capacity = 1.0, const QString& zone = {})
{
    RingMember joiner{NodeId{node}, {}, zone, capacity};
    joiner.tokens = allocateTokens(members, joiner, tokens, replicas, random);
    members.push_back(joiner);
    return joiner;
}

} // namespace

class TokenAllocationTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theFirstNodeSpreadsItsTokensEvenly()
    {
        rings::SeededRandom random(1);
        const std::vector<Slot> tokens = allocateTokens({}, RingMember{NodeId{1}, {}, {}, 1.0}, 4, 3, random);
        QVERIFY((tokens == std::vector<Slot>{Slot{16383}, Slot{32767}, Slot{49151}, Slot{65535}}));
    }

    void loadStaysEvenWhileAClusterGrowsTo100Nodes()
    {
        rings::SeededRandom random(1);
        std::vector<RingMember> members;
        Balance worst;
        for (int size = 1; size <= 100; ++size) {
            const RingMember joiner = join(members, random.next(), 64, 3, random);
            QCOMPARE(joiner.tokens.size(), size_t{64});
            if (size < 3)
                continue;
            const Balance balance = balanceOf(members, 3);
            keepWorst(worst, balance);
            QVERIFY2(balance.primary <= 1.05, qPrintable(QString::number(balance.primary)));
            QVERIFY2(balance.replica <= 1.15, qPrintable(QString::number(balance.replica)));
            QVERIFY2(balance.joinerMove <= 1.1, qPrintable(QString::number(balance.joinerMove)));
            if (size == 3 || size == 10 || size == 30 || size == 100)
                qInfo("%3d nodes: largest/mean load: primary %.3f, replica (N=3) %.3f; slots copied by the "
                      "join/least %.3f",
                      size, balance.primary, balance.replica, balance.joinerMove);
        }
        qInfo("  worst of 3 to 100: primary %.3f, replica (N=3) %.3f; slots copied by a join/least %.3f",
              worst.primary, worst.replica, worst.joinerMove);
    }

    void sharesFollowCapacity()
    {
        rings::SeededRandom random(1);
        std::vector<RingMember> members;
        for (quint64 node = 1; node <= 24; ++node) {
            const double capacity = node % 4 == 0 ? 2.0 : node % 4 == 1 ? 0.5 : 1.0;
            join(members, node, static_cast<int>(64 * capacity), 3, random, capacity);
        }
        const Balance balance = balanceOf(members, 3);
        qInfo("24 nodes of capacities 0.5 to 2: primary %.3f, replica %.3f", balance.primary,
              balance.replica);
        QVERIFY(balance.primary <= 1.05);
    }

    void loadStaysEvenWithZones()
    {
        rings::SeededRandom random(1);
        std::vector<RingMember> members;
        for (quint64 node = 0; node < 30; ++node)
            join(members, node + 1, 64, 3, random, 1.0, QString::number(node % 3));
        const Balance balance = balanceOf(members, 3);
        qInfo("30 nodes in 3 zones: primary %.3f, replica %.3f", balance.primary, balance.replica);
        QVERIFY(balance.primary <= 1.05);
    }

    void zonesOfUnequalSizeShareTheReplicasOfEverySlot()
    {
        rings::SeededRandom random(1);
        std::vector<RingMember> members;
        for (const char* zone : {"a", "b", "a", "b", "b", "b"})
            join(members, random.next(), 64, 3, random, 1.0, QString::fromLatin1(zone));
        const HashRing ring(members, 3);
        for (const Token& token : ring.tokens()) {
            std::set<QString> zones;
            for (const NodeId node : ring.preferenceList(token.slot)) {
                zones.insert(std::find_if(members.begin(), members.end(), [&](const RingMember& member) {
                                 return member.node == node;
                             })->zone);
            }
            QCOMPARE(zones.size(), size_t{2});
        }
        const Balance balance = balanceOf(members, 3);
        qInfo("zones of 2 and 4: primary %.3f, replica %.3f", balance.primary, balance.replica);
        QVERIFY(balance.primary <= 1.05);
        QVERIFY(balance.replica <= 1.15);
    }

    void twiceTheCapacityIsTwiceTheLoadWhileNodesComeAndGo()
    {
        rings::SeededRandom random(1);
        std::vector<RingMember> members;
        const RingMember large = join(members, random.next(), 128, 3, random, 2.0);
        for (int i = 0; i < 9; ++i)
            join(members, random.next(), 64, 3, random);
        for (int change = 0; change < 8; ++change) {
            const HashRing ring(members, 3);
            QVERIFY(std::abs(ring.primarySlots(large.node) * 11.0 / slotCount - 2) <= 0.1);
            QVERIFY(std::abs(ring.replicaSlots(large.node) * 11.0 / slotCount - 6) <= 0.3);
            members.erase(members.begin() + 1 + change % 9);
            join(members, random.next(), 64, 3, random);
        }
    }

    void onlyTheJoinerWinsSlots()
    {
        rings::SeededRandom random(1);
        std::vector<RingMember> members;
        for (quint64 node = 1; node <= 8; ++node)
            join(members, node, 16, 3, random);
        const HashRing before(members, 3);
        const RingMember joiner = join(members, 99, 16, 3, random);
        const HashRing after(members, 3);
        for (int i = 0; i < slotCount; ++i) {
            const Slot slot{static_cast<quint16>(i)};
            QVERIFY(after.ownerOf(slot) == before.ownerOf(slot) || after.ownerOf(slot) == joiner.node);
        }
        QCOMPARE(after.primarySlots(joiner.node), static_cast<int>(std::round(slotCount / 9.0)));
    }

    void equalChanceGivesEqualTokens()
    {
        std::vector<std::vector<Slot>> chosen;
        for (int round = 0; round < 2; ++round) {
            rings::SeededRandom random(5);
            std::vector<RingMember> members;
            for (quint64 node = 1; node <= 5; ++node)
                join(members, node, 32, 3, random);
            chosen.push_back(members.back().tokens);
        }
        QVERIFY(chosen[0] == chosen[1]);
    }

    void neverReturnsATokenThatIsTaken()
    {
        rings::SeededRandom random(1);
        // Every slot but three is taken.
        RingMember crowd{NodeId{1}, {}, {}, 1.0};
        for (int i = 0; i < slotCount; ++i) {
            if (i != 5 && i != 700 && i != 701)
                crowd.tokens.push_back(Slot{static_cast<quint16>(i)});
        }
        const std::vector<Slot> tokens =
            allocateTokens({crowd}, RingMember{NodeId{2}, {}, {}, 1.0}, 64, 3, random);
        QVERIFY(!tokens.empty());
        const std::set<Slot> distinct(tokens.begin(), tokens.end());
        QCOMPARE(distinct.size(), tokens.size());
        for (const Slot token : tokens)
            QVERIFY(token.value == 5 || token.value == 700 || token.value == 701);
    }

    void aFullRingHasNoTokenLeft()
    {
        rings::SeededRandom random(1);
        std::vector<RingMember> members;
        for (int i = 0; i < slotCount; ++i)
            members.push_back(rings::member(static_cast<quint64>(i) + 1, {i}));
        QVERIFY(allocateTokens(members, RingMember{NodeId{70'000}, {}, {}, 1.0}, 64, 3, random).empty());
    }

    void anAbsurdCountOrCapacityIsSurvived_data()
    {
        QTest::addColumn<int>("count");
        QTest::addColumn<double>("capacity");
        QTest::newRow("no tokens") << 0 << 1.0;
        QTest::newRow("fewer than none") << -7 << 1.0;
        QTest::newRow("no capacity") << 8 << 0.0;
        QTest::newRow("negative capacity") << 8 << -1.0;
        QTest::newRow("not a number") << 8 << std::numeric_limits<double>::quiet_NaN();
        QTest::newRow("infinite") << 8 << std::numeric_limits<double>::infinity();
        QTest::newRow("tiny") << 8 << 1e-300;
    }

    void anAbsurdCountOrCapacityIsSurvived()
    {
        QFETCH(int, count);
        QFETCH(double, capacity);
        rings::SeededRandom random(1);
        std::vector<RingMember> members;
        join(members, 1, count, 3, random, capacity);
        QCOMPARE(members[0].tokens.size(), static_cast<size_t>(std::max(0, count)));
        members = {rings::member(1, {100, 40'000})};
        join(members, 2, count, 3, random, capacity);
        QVERIFY(members[1].tokens.size() <= static_cast<size_t>(std::max(0, count)));
        QCOMPARE(members[1].tokens.empty(), count <= 0);
    }

    void moreTokensThanSlotsAreCut()
    {
        rings::SeededRandom random(1);
        const RingMember joiner{NodeId{1}, {}, {}, 1.0};
        QCOMPARE(allocateTokens({}, joiner, 1'000'000, 3, random).size(), size_t{slotCount});
    }
};

QTEST_GUILESS_MAIN(TokenAllocationTest)
#include "token_allocation_test.moc"
