// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/membership/removal_vetoes.h"

#include <QtTest>

using namespace ringmaster;

class RemovalVetoesTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whoIsWaitedForFromTheStartMayDecide();
    void whoHasSpokenNeverMayAgain();
    void whoCameLaterMayNot();
    void eachRemovalStandsForItself();
    void aSecondRemovalOfOneMemberIsAnother();
};

namespace {

constexpr NodeId a{1};
constexpr NodeId b{2};
using Set = std::set<NodeId>;

} // namespace

void RemovalVetoesTest::whoIsWaitedForFromTheStartMayDecide()
{
    RemovalVetoes vetoes;
    vetoes.look({}, false);
    vetoes.look({a}, true);
    QCOMPARE(vetoes.held(), Set{a});
    vetoes.look({a}, true);
    QCOMPARE(vetoes.held(), Set{a});
}

void RemovalVetoesTest::whoHasSpokenNeverMayAgain()
{
    RemovalVetoes vetoes;
    vetoes.look({a}, true);
    vetoes.look({a}, false);
    QVERIFY(vetoes.held().empty());
    vetoes.look({a}, true); // the rings changed, and data comes again
    QVERIFY(vetoes.held().empty());
}

void RemovalVetoesTest::whoCameLaterMayNot()
{
    RemovalVetoes vetoes;
    vetoes.look({a}, false); // as it is remembered at the start
    vetoes.look({a}, true);
    QVERIFY(vetoes.held().empty());
}

void RemovalVetoesTest::eachRemovalStandsForItself()
{
    RemovalVetoes vetoes;
    vetoes.look({a}, false);
    vetoes.look({a, b}, true);
    QCOMPARE(vetoes.held(), Set{b});
    vetoes.look({a}, true);
    QVERIFY(vetoes.held().empty());
}

void RemovalVetoesTest::aSecondRemovalOfOneMemberIsAnother()
{
    RemovalVetoes vetoes;
    vetoes.look({a}, true);
    vetoes.look({a}, false);
    vetoes.look({}, false); // it was taken back
    vetoes.look({a}, true);
    QCOMPARE(vetoes.held(), Set{a});
}

QTEST_GUILESS_MAIN(RemovalVetoesTest)
#include "removal_vetoes_test.moc"
