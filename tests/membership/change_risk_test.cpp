// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/membership/change_plan.h"
#include "tests/ring/rings.h"

#include <QtTest>

#include <set>

using namespace ringmaster;

namespace {

NodeId idOf(const QString& name)
{
    return nodeIdFor(name, 0);
}

// n1..n5, a fifth of the ring each, in that order.
MemberTable fiveMembers()
{
    MemberTable table;
    for (int i = 1; i <= 5; ++i) {
        Member member;
        member.name = QStringLiteral("n%1").arg(i);
        member.id = idOf(member.name);
        member.state = MemberState::Ready;
        member.version = 1;
        member.tokens = {Slot{static_cast<quint16>(i * 13'000)}};
        table.merge(member);
    }
    return table;
}

ChangeWish wish(ChangeWish::Kind kind, const QString& name = {}, std::vector<Slot> tokens = {})
{
    ChangeWish made;
    made.kind = kind;
    made.name = name;
    made.tokenSlots = std::move(tokens);
    return made;
}

Result<ChangePlan> planned(const std::vector<ChangeWish>& wishes, const std::set<QString>& away,
                           const PlanRules& rules = {}, const MemberTable& members = fiveMembers())
{
    rings::SeededRandom random(1);
    return planChange(
        members, wishes, rules,
        [&](NodeId node) {
            return std::none_of(away.begin(), away.end(),
                                [&](const QString& name) { return idOf(name) == node; });
        },
        random);
}

using Kind = ChangeWish::Kind;
const QString n2 = QStringLiteral("n2");
const QString n3 = QStringLiteral("n3");
const QString n4 = QStringLiteral("n4");
const QString n9 = QStringLiteral("n9");

} // namespace

class ChangeRiskTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void whereAllAreThereNothingIsInTheWay()
    {
        for (const ChangeWish& one : {wish(Kind::Join, n9), wish(Kind::Leave, n2), wish(Kind::Remove, n2)}) {
            const auto plan = planned({one}, {});
            QVERIFY(plan);
            QVERIFY2(plan->risk.words.isEmpty(), qPrintable(plan->risk.words));
        }
    }

    void aJoinNeedsNoneThatIsAwayWhereQuorumsAreMajorities()
    {
        const auto plan = planned({wish(Kind::Join, n9)}, {n3});
        QVERIFY(plan);
        QVERIFY(plan->risk.waitsFor.empty());
        QVERIFY(plan->risk.words.isEmpty());
    }

    void whereOneReplicaIsAQuorumTheOneThatIsAwayIsNeeded()
    {
        const auto plan = planned({wish(Kind::Join, n9)}, {n3}, {3, 1, 3});
        QVERIFY(plan);
        QCOMPARE(plan->risk.waitsFor, std::set<NodeId>{idOf(n3)});
        QVERIFY2(plan->risk.words.contains(QStringLiteral("compared with n3")), qPrintable(plan->risk.words));
    }

    void dataThatIsToComeToOneThatIsAwayIsWaitedFor()
    {
        // What n2 held comes to n4, n5 and n1.
        const auto plan = planned({wish(Kind::Remove, n2)}, {n2, n4});
        QVERIFY(plan);
        QCOMPARE(plan->risk.waitsFor, std::set<NodeId>{idOf(n4)});
        QVERIFY2(plan->risk.words.contains(QStringLiteral("come to n4")), qPrintable(plan->risk.words));
    }

    void theOneThatIsRemovedIsNotWaitedFor()
    {
        const auto plan = planned({wish(Kind::Remove, n2)}, {n2}, {3, 1, 1});
        QVERIFY(plan);
        QVERIFY2(plan->risk.waitsFor.empty(), qPrintable(plan->risk.words));
    }

    void whatOnlyTheRemovedOneHeldIsLost()
    {
        const auto plan = planned({wish(Kind::Remove, n2)}, {n2}, {1, 1, 1});
        QVERIFY(plan);
        QCOMPARE(plan->risk.slotsLost, 13'000);
        QVERIFY2(plan->risk.words.contains(QStringLiteral("lost")), qPrintable(plan->risk.words));
    }

    void theRingAfterTheChangeIsJudgedToo_data()
    {
        QTest::addColumn<int>("leavers");
        QTest::addColumn<int>("replicas");
        QTest::addColumn<int>("readQuorum");
        QTest::addColumn<int>("writeQuorum");
        QTest::addColumn<QString>("consequence"); // a part of it; empty: there is none
        const auto keep = QStringLiteral("keep 2 replicas instead of N=3");
        const auto both =
            QStringLiteral("keep 1 replica, and R=2 and W=2 need more: afterwards none of their "
                           "keys can be read or written");
        QTest::newRow("five to three") << 2 << 3 << 2 << 2 << QString();
        QTest::newRow("five to two") << 3 << 3 << 2 << 2 << keep;
        QTest::newRow("five to one") << 4 << 3 << 2 << 2 << both;
        QTest::newRow("five to two, W=3") << 3 << 3 << 1 << 3
                                          << QStringLiteral("W=3 needs more: afterwards none "
                                                            "of their keys can be written");
        QTest::newRow("five to two, R=3") << 3 << 3 << 3 << 1
                                          << QStringLiteral("R=3 needs more: afterwards none "
                                                            "of their keys can be read");
        QTest::newRow("five to one, N=1") << 4 << 1 << 1 << 1 << QString();
        // Five nodes never had seven replicas, but they had five.
        QTest::newRow("five to four, N=7")
            << 1 << 7 << 4 << 4 << QStringLiteral("keep 4 replicas instead of N=7");
    }
    void theRingAfterTheChangeIsJudgedToo()
    {
        QFETCH(int, leavers);
        QFETCH(int, replicas);
        QFETCH(int, readQuorum);
        QFETCH(int, writeQuorum);
        QFETCH(QString, consequence);
        std::vector<ChangeWish> wishes;
        for (int i = 0; i < leavers; ++i)
            wishes.push_back(wish(Kind::Leave, QStringLiteral("n%1").arg(5 - i)));
        const auto plan = planned(wishes, {}, {replicas, readQuorum, writeQuorum});
        QVERIFY(plan);
        QCOMPARE(plan->risk.consequence.isEmpty(), consequence.isEmpty());
        QVERIFY2(plan->risk.consequence.contains(consequence), qPrintable(plan->risk.consequence));
        QVERIFY(plan->risk.words.contains(plan->risk.consequence));
    }

    void whatWasSoBeforeIsNoConsequence()
    {
        // Too few for N, R and W; a join and a move make it no worse.
        for (const ChangeWish& one : {wish(Kind::Join, n9), wish(Kind::Move, n2, {Slot{7}})}) {
            const auto plan = planned({one}, {}, {9, 9, 9});
            QVERIFY(plan);
            QVERIFY2(plan->risk.consequence.isEmpty(), qPrintable(plan->risk.consequence));
        }
    }

    void aRebalanceComesOutEven()
    {
        MemberTable members = fiveMembers();
        Member third = *members.find(idOf(n3));
        third.tokens = {Slot{100}, Slot{50'000}};
        ++third.version;
        members.merge(third);
        const auto plan = planned({wish(Kind::Rebalance)}, {}, {}, members);
        QVERIFY(plan);
        QVERIFY(plan->moves.slotsMoved() > 0);
        for (const RingLoad& load : plan->moves.loads)
            QVERIFY2(load.primaryAfter <= 1.05 * slotCount / 5,
                     qPrintable(QString::number(load.primaryAfter)));
        const auto again = planned({wish(Kind::Rebalance)}, {}, {}, plan->members);
        QVERIFY(again);
        QCOMPARE(again->moves.slotsMoved(), 0);
    }

    void aRebalanceFollowsOtherChangesOfThePlan()
    {
        const auto plan = planned({wish(Kind::Leave, n2), wish(Kind::Rebalance)}, {});
        QVERIFY(plan);
        QCOMPARE(plan->after.primarySlots(idOf(n2)), 0);
        QVERIFY(plan->after.primarySlots(idOf(n3)) <= 1.05 * slotCount / 4);
    }

    void aRebalanceWaitsForNobody()
    {
        const auto away = planned({wish(Kind::Rebalance)}, {n3});
        QVERIFY(!away);
        QCOMPARE(away.error().code, ErrorCode::Conflict);
        QVERIFY2(away.error().message.startsWith(n3), qPrintable(away.error().message));
        MemberTable changing = fiveMembers();
        Member mover = *changing.find(idOf(n2));
        mover.target = std::vector<Slot>{Slot{7}};
        ++mover.version;
        changing.merge(mover);
        const auto busy = planned({wish(Kind::Rebalance)}, {}, {}, changing);
        QVERIFY(!busy);
        QCOMPARE(busy.error().code, ErrorCode::Conflict);
        QVERIFY(planned({wish(Kind::Rebalance), wish(Kind::Rebalance)}, {}).error().code ==
                ErrorCode::Malformed);
    }

    void aRemovedNameIsPlannedAsTheNextOfItsName()
    {
        MemberTable members = fiveMembers();
        members.merge(removedRecord(*members.find(idOf(n2)), idOf(n3)));
        const auto plan = planned({wish(Kind::Join, n2)}, {}, {}, members);
        QVERIFY(plan);
        QVERIFY(plan->after.primarySlots(nodeIdFor(n2, 1)) > 0);
    }
};

QTEST_GUILESS_MAIN(ChangeRiskTest)
#include "change_risk_test.moc"
