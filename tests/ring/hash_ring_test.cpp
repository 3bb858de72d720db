// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/ring/hash_ring.h"
#include "tests/ring/rings.h"

#include <QTest>

#include <algorithm>
#include <map>
#include <set>

using namespace ringmaster;
using rings::member;

namespace {

using Nodes = std::vector<NodeId>;

Slot slot(int value)
{
    return Slot{static_cast<quint16>(value)};
}

Nodes nodes(std::initializer_list<quint64> ids)
{
    Nodes list;
    for (const quint64 id : ids)
        list.push_back(NodeId{id});
    return list;
}

// The rule in its plainest form: from the slot, token by token, all the way around.
class NaiveRing {
public:
    explicit NaiveRing(const std::vector<RingMember>& members)
    {
        for (const RingMember& one : members) {
            for (const Slot token : one.tokens) {
                const auto [at, isNew] = m_owners.emplace(token.value, one.node);
                if (!isNew)
                    at->second = std::min(at->second, one.node);
            }
            m_zones[one.node] = one.zone;
        }
    }

    // All nodes, those of new zones first.
    Nodes walk(int from) const
    {
        Nodes met;
        const auto meet = [&met](NodeId node) {
            if (std::find(met.begin(), met.end(), node) == met.end())
                met.push_back(node);
        };
        for (auto at = m_owners.lower_bound(from); at != m_owners.end(); ++at)
            meet(at->second);
        for (auto at = m_owners.begin(); at != m_owners.lower_bound(from); ++at)
            meet(at->second);
        Nodes first;
        Nodes rest;
        std::set<QString> zones;
        for (const NodeId node : met) {
            const QString zone = m_zones.at(node);
            (zone.isEmpty() || zones.insert(zone).second ? first : rest).push_back(node);
        }
        first.insert(first.end(), rest.begin(), rest.end());
        return first;
    }

private:
    std::map<int, NodeId> m_owners;
    std::map<NodeId, QString> m_zones;
};

} // namespace

class HashRingTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void anEmptyRingHasNobody()
    {
        for (const HashRing& ring : {HashRing(), HashRing({}, 3), HashRing({member(1, {})}, 3)}) {
            QVERIFY(ring.isEmpty());
            QVERIFY(ring.nodes().empty());
            QVERIFY(ring.preferenceList(slot(7)).empty());
            QVERIFY(ring.walk(slot(7)).empty());
            QVERIFY(!ring.isPrimary(NodeId{1}, slot(7)));
            QCOMPARE(ring.primarySlots(NodeId{1}), 0);
        }
    }

    void aNodeOwnsTheSlotsUpToItsToken()
    {
        const HashRing ring({member(1, {100}), member(2, {200})}, 1);
        QCOMPARE(ring.ownerOf(slot(100)), NodeId{1});
        QCOMPARE(ring.ownerOf(slot(101)), NodeId{2});
        QCOMPARE(ring.ownerOf(slot(200)), NodeId{2});
        QCOMPARE(ring.ownerOf(slot(201)), NodeId{1});
        QCOMPARE(ring.ownerOf(slot(65535)), NodeId{1});
        QCOMPARE(ring.ownerOf(slot(0)), NodeId{1});
        QCOMPARE(ring.rangeOf(slot(150)), (SlotRange{slot(101), slot(200)}));
        QCOMPARE(ring.rangeOf(slot(3)), (SlotRange{slot(201), slot(100)}));
        QCOMPARE(ring.rangeOf(slot(3)).slots(), slotCount - 100);
        QCOMPARE(ring.primarySlots(NodeId{2}), 100);
    }

    void oneTokenOwnsTheWholeRing()
    {
        for (const int token : {0, 77, 65535}) {
            const HashRing ring({member(1, {token})}, 3);
            QCOMPARE(ring.rangeOf(slot(5)).slots(), slotCount);
            QCOMPARE(ring.primarySlots(NodeId{1}), slotCount);
            QCOMPARE(ring.replicaSlots(NodeId{1}), slotCount);
            QCOMPARE(ring.preferenceList(slot(5)), nodes({1}));
        }
    }

    void theSmallerNodeHasATokenThatTwoClaim()
    {
        const HashRing ring({member(9, {100, 300}), member(4, {100, 200})}, 2);
        QCOMPARE(ring.ownerOf(slot(100)), NodeId{4});
        QCOMPARE(ring.tokens().size(), size_t{3});
        // One that loses its only token is not on the ring.
        const HashRing lost({member(9, {100}), member(4, {100})}, 2);
        QCOMPARE(lost.nodes(), nodes({4}));
    }

    void thePreferenceListSkipsNodesMetBefore()
    {
        const HashRing ring({member(1, {10, 20}), member(2, {30}), member(3, {40}), member(4, {50})}, 3);
        QCOMPARE(ring.preferenceList(slot(5)), nodes({1, 2, 3}));
        QCOMPARE(ring.preferenceList(slot(45)), nodes({4, 1, 2}));
        QCOMPARE(ring.walk(slot(5)), nodes({1, 2, 3, 4}));
        QVERIFY(ring.isPrimary(NodeId{3}, slot(5)));
        QVERIFY(!ring.isPrimary(NodeId{4}, slot(5)));
    }

    void distinctZonesComeFirst()
    {
        const QString east = QStringLiteral("east");
        const QString west = QStringLiteral("west");
        const HashRing ring({member(1, {10}, east), member(2, {20}, east), member(3, {30}, west),
                             member(4, {40}, east), member(5, {50}, west)},
                            3);
        QCOMPARE(ring.preferenceList(slot(0)), nodes({1, 3, 2}));
        QCOMPARE(ring.walk(slot(0)), nodes({1, 3, 2, 4, 5}));
    }

    void aNodeWithoutAZoneSharesItWithNobody()
    {
        const QString east = QStringLiteral("east");
        const HashRing ring({member(1, {10}, east), member(2, {20}, east), member(3, {30}), member(4, {40})},
                            3);
        QCOMPARE(ring.preferenceList(slot(0)), nodes({1, 3, 4}));
    }

    void listsAreShorterWhereThereAreFewerNodes()
    {
        const HashRing ring({member(1, {10}), member(2, {20})}, 5);
        QCOMPARE(ring.preferenceList(slot(15)), nodes({2, 1}));
        QVERIFY(HashRing({member(1, {10})}, 0).preferenceList(slot(1)).empty());
        QVERIFY(HashRing({member(1, {10})}, -1).preferenceList(slot(1)).empty());
    }

    void agreesWithANaiveRingEverywhere()
    {
        const quint64 seed = rings::chosenSeed();
        qInfo("RINGMASTER_SEED=%llu", seed);
        rings::SeededRandom random(seed);
        for (int round = 0; round < 60; ++round) {
            const std::vector<RingMember> members = rings::randomMembers(random);
            const auto replicas = static_cast<int>(1 + random.below(5));
            const HashRing ring(members, replicas);
            const NaiveRing naive(members);
            std::vector<int> probes{0, 65535};
            for (const Token& token : ring.tokens())
                probes.insert(probes.end(), {token.slot.value, (token.slot.value + 1) % slotCount});
            for (const int at : probes) {
                Nodes expected = naive.walk(at);
                QCOMPARE(ring.walk(slot(at)), expected);
                if (!expected.empty())
                    expected.resize(std::min(expected.size(), static_cast<size_t>(replicas)));
                QCOMPARE(ring.preferenceList(slot(at)), expected);
            }
        }
    }

    void slotsAddUp()
    {
        rings::SeededRandom random(1);
        for (int round = 0; round < 20; ++round) {
            const HashRing ring(rings::randomMembers(random), 3);
            int primary = 0;
            int replica = 0;
            for (const NodeId node : ring.nodes()) {
                primary += ring.primarySlots(node);
                replica += ring.replicaSlots(node);
            }
            QCOMPARE(primary, ring.isEmpty() ? 0 : slotCount);
            QCOMPARE(replica, slotCount * std::min(3, static_cast<int>(ring.nodes().size())) *
                                  (ring.isEmpty() ? 0 : 1));
        }
    }

    void theDigestTellsRingsApart()
    {
        const HashRing ring({member(1, {10}), member(2, {20})}, 3);
        QCOMPARE(ring.digest().size(), 16);
        QCOMPARE(HashRing({member(2, {20}), member(1, {10}), member(3, {})}, 3).digest(), ring.digest());
        QVERIFY(HashRing({member(1, {10}), member(2, {21})}, 3).digest() != ring.digest());
        QVERIFY(HashRing({member(1, {10}), member(3, {20})}, 3).digest() != ring.digest());
        QVERIFY(HashRing({member(1, {10}), member(2, {20})}, 2).digest() != ring.digest());
        QVERIFY(HashRing({member(1, {10}), member(2, {20}, QStringLiteral("z"))}, 3).digest() !=
                ring.digest());
    }

    // A change of these digits means that old and new nodes disagree about one ring.
    void theDigestIsTheSameOnEveryMachine()
    {
        const HashRing ring({member(1, {10}), member(2, {20}, QStringLiteral("east"))}, 3);
        QCOMPARE(ring.digest(), QStringLiteral("d59516b3b1bc5ec3"));
    }

    void moreNodesThanSlotsLeaveSomeWithoutAPlace()
    {
        std::vector<RingMember> members;
        for (int i = 0; i < slotCount + 10; ++i)
            members.push_back(member(static_cast<quint64>(i) + 1, {i % slotCount}));
        const HashRing ring(members, 3);
        QCOMPARE(ring.nodes().size(), size_t{slotCount});
        QCOMPARE(ring.ownerOf(slot(9)), NodeId{10});
        QCOMPARE(ring.preferenceList(slot(65535)), nodes({65536, 1, 2}));
    }
};

QTEST_GUILESS_MAIN(HashRingTest)
#include "hash_ring_test.moc"
